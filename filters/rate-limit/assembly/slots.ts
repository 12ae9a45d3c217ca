// A set of eight slots, the unit of both tables: bytes that a bucket is looked for in, and that the oldest bucket has to
// leave when a new one comes.
//   slot: u64 bucket, 0 for none · i64 time of the last request · f64 level then · i64 time when it will be empty
import { drained, hasRoom, nanosecondsToEmpty, secondsUntilRoom } from '../gcra'
import { burstOf, requestsOf, unitSecondsOf } from './limit'

export const SLOT_SIZE: usize = 32
export const SLOTS_PER_SET: usize = 8
export const SET_SIZE: usize = SLOT_SIZE * SLOTS_PER_SET

/** A bucket that still held something had to go; counted by whoever asked. */
export let hasEvicted: bool = false

/** The slot of a bucket; a new one in the place of an unused slot, of an empty bucket, or of the one that is empty first. */
export function slotFor(set: usize, bucket: u64, now: i64): usize {
  hasEvicted = false
  let oldest = set
  for (let slot = set; slot < set + SET_SIZE; slot += SLOT_SIZE) {
    if (load<u64>(slot) == bucket) return slot
    if (emptyAt(slot) < emptyAt(oldest)) oldest = slot
  }
  hasEvicted = emptyAt(oldest) > now
  store<u64>(oldest, bucket)
  store<i64>(oldest, now, 8)
  store<f64>(oldest, 0, 16)
  store<i64>(oldest, now, 24)
  return oldest
}

// @ts-ignore: decorator
@inline
function emptyAt(slot: usize): i64 {
  return load<u64>(slot) ? load<i64>(slot, 24) : i64.MIN_VALUE
}

/** What is in the bucket now. */
export function levelOf(slot: usize, limit: usize, now: i64): f64 {
  const elapsed = <f64>(now - load<i64>(slot, 8))
  return drained(load<f64>(slot, 16), elapsed, requestsOf(limit), unitSecondsOf(limit), burstOf(limit))
}

/** Seconds until the limit lets one more through; 0 when it does now. */
export function waitFor(level: f64, limit: usize): f64 {
  return hasRoom(level, burstOf(limit)) ? 0 : secondsUntilRoom(level, burstOf(limit), requestsOf(limit), unitSecondsOf(limit))
}

/** Stores a level as of now. A clock that went back starts again from here. */
export function setLevel(slot: usize, limit: usize, level: f64, now: i64): void {
  const full = nanosecondsToEmpty(level, requestsOf(limit), unitSecondsOf(limit))
  store<i64>(slot, now, 8)
  store<f64>(slot, level, 16)
  store<i64>(slot, now + <i64>min<f64>(full, 4e18), 24)
}

// A set of eight slots, the unit of both tables: bytes that a bucket is looked for in, and that the oldest bucket has to
// leave when a new one is let in. A request comes to a bucket, and the seconds that it has to wait come out.
//   slot: u64 bucket, 0 for none · i64 time of the last request · f64 level then · i64 time when it will be empty
import { drained, hasRoom, nanosecondsToEmpty, secondsUntilRoom } from '../gcra'
import { burstOf, requestsOf, unitSecondsOf } from './limit'

const SLOT_SIZE: usize = 32
const SLOTS_PER_SET: usize = 8
export const SET_SIZE: usize = SLOT_SIZE * SLOTS_PER_SET

/** What becomes of a level: one request more if there is room, one less as another limit has refused it, nothing. */
export const TAKE: f64 = 1
export const GIVE_BACK: f64 = -1
export const LOOK: f64 = 0

/** Of the last `charge`: the set is another now. */
export let hasChanged: bool = false
/** And a bucket that still held something had to go; counted by whoever asked. */
export let hasEvicted: bool = false

/** Seconds until the bucket has room for one request, 0 when it has. Only what is let in takes a slot from others. */
export function charge(set: usize, bucket: u64, limit: usize, now: i64, change: f64): f64 {
  hasChanged = false
  hasEvicted = false
  let slot = slotOf(set, bucket)
  const level = slot ? levelOf(slot, limit, now) : 0
  const wait = waitFor(level, limit)
  if (change == GIVE_BACK ? !slot : change == LOOK || wait > 0) return wait
  if (!slot) slot = newSlot(set, bucket, now)
  setLevel(slot, limit, max<f64>(level + change, 0), now)
  hasChanged = true
  return 0
}

/** 0 when it has none. */
function slotOf(set: usize, bucket: u64): usize {
  for (let slot = set; slot < set + SET_SIZE; slot += SLOT_SIZE) if (load<u64>(slot) == bucket) return slot
  return 0
}

/** For a bucket that has none: an unused slot, that of an empty bucket, or of the one that is empty first. */
function newSlot(set: usize, bucket: u64, now: i64): usize {
  let oldest = set
  for (let slot = set + SLOT_SIZE; slot < set + SET_SIZE; slot += SLOT_SIZE)
    if (emptyAt(slot) < emptyAt(oldest)) oldest = slot
  hasEvicted = emptyAt(oldest) > now
  store<u64>(oldest, bucket)
  return oldest
}

// @ts-ignore: decorator
@inline
function emptyAt(slot: usize): i64 {
  return load<u64>(slot) ? load<i64>(slot, 24) : i64.MIN_VALUE
}

/** What is in the bucket now. */
function levelOf(slot: usize, limit: usize, now: i64): f64 {
  const elapsed = <f64>(now - load<i64>(slot, 8))
  return drained(load<f64>(slot, 16), elapsed, requestsOf(limit), unitSecondsOf(limit), burstOf(limit))
}

/** Seconds until the limit lets one more through; 0 when it does now. */
function waitFor(level: f64, limit: usize): f64 {
  return hasRoom(level, burstOf(limit)) ? 0 : secondsUntilRoom(level, burstOf(limit), requestsOf(limit), unitSecondsOf(limit))
}

/** Stores a level as of now. A clock that went back starts again from here. */
function setLevel(slot: usize, limit: usize, level: f64, now: i64): void {
  const full = nanosecondsToEmpty(level, requestsOf(limit), unitSecondsOf(limit))
  store<i64>(slot, now, 8)
  store<f64>(slot, level, 16)
  store<i64>(slot, now + <i64>min<f64>(full, 4e18), 24)
}

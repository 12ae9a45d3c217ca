// Buckets of scope Worker: a table of fixed size in this worker's memory.
import { hasEvicted, levelOf, SET_SIZE, setLevel, slotFor, waitFor } from './slots'
import { countEviction } from './evictions'

/** 1 MiB: 32,768 buckets. A power of two. */
const SETS: u32 = 4096

let table: usize = 0

/** Takes one request out of a limit: seconds to wait, 0 when it was let through. */
export function takeFromWorker(bucket: u64, limit: usize, now: i64): f64 {
  const slot = slotFor(setOf(bucket), bucket, now)
  if (hasEvicted) countEviction()
  const level = levelOf(slot, limit, now)
  const wait = waitFor(level, limit)
  if (wait == 0) setLevel(slot, limit, level + 1, now)
  return wait
}

/** Gives one request back that a stricter limit has refused. */
export function giveBackToWorker(bucket: u64, limit: usize, now: i64): void {
  const slot = slotFor(setOf(bucket), bucket, now)
  setLevel(slot, limit, max<f64>(levelOf(slot, limit, now) - 1, 0), now)
}

export function levelInWorker(bucket: u64, limit: usize, now: i64): f64 {
  return levelOf(slotFor(setOf(bucket), bucket, now), limit, now)
}

/** Made when the first limit of this scope comes by. */
function setOf(bucket: u64): usize {
  if (!table) {
    table = heap.alloc(<usize>SETS * SET_SIZE)
    memory.fill(table, 0, <usize>SETS * SET_SIZE)
  }
  return table + <usize>(<u32>bucket & (SETS - 1)) * SET_SIZE
}

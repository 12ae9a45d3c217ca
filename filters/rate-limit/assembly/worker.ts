// Buckets of scope Worker: a table of fixed size in this worker's memory.
import { countEviction } from './evictions'
import { charge, hasEvicted, SET_SIZE } from './slots'

/** 1 MiB: 32,768 buckets. A power of two. */
const SETS: u32 = 4096

let table: usize = 0

/** Seconds to wait; 0 when there is room, or was. */
export function chargeWorker(bucket: u64, limit: usize, now: i64, change: f64): f64 {
  const wait = charge(setOf(bucket), bucket, limit, now, change)
  if (hasEvicted) countEviction()
  return wait
}

/** Made when the first limit of this scope comes by. */
function setOf(bucket: u64): usize {
  if (!table) {
    table = heap.alloc(<usize>SETS * SET_SIZE)
    memory.fill(table, 0, <usize>SETS * SET_SIZE)
  }
  return table + <usize>(<u32>bucket & (SETS - 1)) * SET_SIZE
}

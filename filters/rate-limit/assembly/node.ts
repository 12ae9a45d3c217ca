// Buckets of scope Node: sets of slots in the host's shared data, for all workers of one Envoy. Their number is fixed, as
// shared data is never freed; a set is written only if nobody else has written it since it was read.
import {
  ABSENT,
  built,
  CAS_CREATE,
  clear,
  lastCas,
  literal,
  newBuilder,
  put,
  putDecimal,
  setSharedData,
  sharedData,
  size,
  start,
  Status,
  take,
  View,
  view,
} from 'proxy-wasm-assemblyscript-sdk/assembly'
import { countEviction } from './evictions'
import { charge, hasChanged, hasEvicted, SET_SIZE } from './slots'

/** Each costs about 420 bytes once it is used: 1.7 MB and 32,768 buckets at most. A power of two. */
const SETS: u32 = 4096
/** Every lost round means that another worker has won one; after so many the request passes uncounted. */
const MOST_ROUNDS: i32 = 64

/** The digit is the version of what is stored. */
const PREFIX = literal('sluice.rate-limit.1.')
const key = newBuilder(32)
let cas: u32 = 0

/** Seconds to wait; 0 when there is room, or was. */
export function chargeNode(bucket: u64, limit: usize, now: i64, change: f64): f64 {
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const set = readSet(bucket)
    if (!set) return 0
    const wait = charge(set, bucket, limit, now, change)
    if (!hasChanged) return wait
    if (writeSet(set)) {
      if (hasEvicted) countEviction()
      return 0
    }
  }
  return 0
}

/** A copy of the bucket's set in the arena; an empty one when there is none yet. 0 when memory is short. */
function readSet(bucket: u64): usize {
  clear(key)
  put(key, PREFIX)
  putDecimal(key, bucket & (SETS - 1))
  const known: View = sharedData(built(key))
  if (known != ABSENT && size(known) == <i32>SET_SIZE) {
    cas = lastCas()
    return start(known)
  }
  cas = CAS_CREATE
  const fresh = take(SET_SIZE)
  if (fresh) memory.fill(fresh, 0, SET_SIZE)
  return fresh
}

function writeSet(set: usize): bool {
  return setSharedData(built(key), view(set, <i32>SET_SIZE), cas) == Status.Ok
}

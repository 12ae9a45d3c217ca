// Rate limiting: an operation of a checked plan in, let through or the strictest limit out. A request that one limit
// refuses costs nothing at the others.
import { monotonicTime } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { endOf, payloadOf, policyOf } from '../../plan/assembly/operation'
import { MAX_LIMITS, SCOPE_WORKER } from '../../plan/layout'
import { bucketOf } from './key'
import { nextLimit, scopeOf } from './limit'
import { chargeNode } from './node'
import { learnSecret } from './secret'
import { GIVE_BACK, LOOK, TAKE } from './slots'
import { chargeWorker } from './worker'

/** The limit that refused, the one with the longest wait if several do, and that wait in seconds. */
export let strictest: usize = 0
export let strictestWait: f64 = 0

/** What was taken in this operation: limit and bucket. */
const taken: usize = memory.data(16 * MAX_LIMITS, 8)

/** True when the request may pass. */
export function takeFromLimits(operation: usize): bool {
  learnSecret()
  const now = monotonicTime()
  const policy = policyOf(operation)
  const payload = payloadOf(operation)
  const trustedHops = load<u32>(payload)
  let count = 0
  strictest = 0
  strictestWait = 0
  for (let limit = payload + 4; limit < endOf(operation); limit = nextLimit(limit)) {
    const bucket = bucketOf(policy, limit, trustedHops)
    const wait = change(bucket, limit, now, strictest ? LOOK : TAKE)
    if (wait > strictestWait) {
      strictest = limit
      strictestWait = wait
    } else if (!strictest) {
      store<usize>(taken + <usize>count * 16, limit)
      store<u64>(taken + <usize>count * 16, bucket, 8)
      count++
    }
  }
  if (!strictest) return true
  for (let i: usize = 0; i < <usize>count; i++)
    change(load<u64>(taken + i * 16, 8), load<usize>(taken + i * 16), now, GIVE_BACK)
  return false
}

/** Seconds to wait; 0 when there is room. */
function change(bucket: u64, limit: usize, now: i64, by: f64): f64 {
  return scopeOf(limit) == SCOPE_WORKER ? chargeWorker(bucket, limit, now, by) : chargeNode(bucket, limit, now, by)
}

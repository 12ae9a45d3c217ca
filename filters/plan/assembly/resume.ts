// The record of a request behind the router goes on where the half in front of it has stopped. What that half wrote follows
// from the plan that both read: a request that came this far was let through by every limit. So the record is written again
// instead of asked for, which costs more than all of the writing. Nothing between the two halves chooses the route again: the
// controller emits the chain. Only what a dry run has decided is known to nobody else.
import { ABSENT, end, literal, start, View } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { OPERATION_RATE_LIMIT } from '../layout'
import { endOf, isDryRun, kindOf, policyOf } from './operation'
import { beginRecord, continueRecord, recordDecision } from './record'

const RATE_LIMIT = literal('rate-limit')
const ALLOWED = literal('allowed')

/**
 * Begins the record of a rule; `before` are the operations of the request in front of the router, `ABSENT` is none. False when
 * it had to be asked for: then it may be another one the next time.
 */
export function resumeRecord(rule: View, before: View): bool {
  if (before != ABSENT)
    for (let at = start(before); at < end(before); at = endOf(at))
      if (isDryRun(at)) {
        continueRecord(rule)
        return false
      }
  beginRecord(rule)
  if (before != ABSENT)
    for (let at = start(before); at < end(before); at = endOf(at))
      if (kindOf(at) == OPERATION_RATE_LIMIT) recordDecision(RATE_LIMIT, policyOf(at), ALLOWED, false)
  return true
}

// The record of a request behind the router goes on where the half in front of it has stopped. What that half wrote follows
// from the plan that both read: a request that came this far was let through by every limit. So the record is written again
// instead of asked for, which costs more than all of the writing. Nothing between the two halves chooses the route again: the
// controller emits the chain. Only what a dry run has decided is known to nobody else.
import { ABSENT, end, start, View } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { Filter, Outcome } from '../../plan/assembly/decisions'
import { endOf, isDryRun, kindOf, policyOf } from '../../plan/assembly/operation'
import { beginRecord, continueRecord, recordDecision } from '../../plan/assembly/record'
import { OPERATION_RATE_LIMIT } from '../../plan/layout'

/** `operations` are those of the request in front of the router; `ABSENT` is none. */
export function resumeRecord(rule: View, operations: View): void {
  if (operations == ABSENT) return beginRecord(rule)
  for (let at = start(operations); at < end(operations); at = endOf(at))
    if (isDryRun(at)) {
      continueRecord(rule)
      return
    }
  beginRecord(rule)
  for (let at = start(operations); at < end(operations); at = endOf(at))
    if (kindOf(at) == OPERATION_RATE_LIMIT) recordDecision(Filter.RateLimit, policyOf(at), Outcome.Allowed, false)
}

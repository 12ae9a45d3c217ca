// The half in front of the router: rate limits on the request, header edits on every response, Envoy's own included. It
// never edits a request: that would make Envoy choose the route again.
import { ABSENT, Action, end, Headers, start, View } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { runEdits } from '../../headers/assembly/edits'
import { decide, Filter, Outcome } from '../../plan/assembly/decisions'
import { endOf, isDryRun, kindOf } from '../../plan/assembly/operation'
import { beginRecord, endRecord } from '../../plan/assembly/record'
import { ruleOf, section } from '../../plan/assembly/sections'
import { OPERATION_RATE_LIMIT, SECTION_DOWNSTREAM_REQUEST, SECTION_DOWNSTREAM_RESPONSE } from '../../plan/layout'
import { takeFromLimits } from '../../rate-limit/assembly/rate-limit'
import { replyLimited } from '../../rate-limit/assembly/reply'
import { forgetRequest } from '../../rate-limit/assembly/request'
import { isUnreadable, readPlan, refuseUnreadable } from './plan'
import { keepResponse, keptResponse } from './streams'

export function downstreamRequest(stream: u32): i32 {
  const plan = readPlan()
  if (plan == ABSENT) {
    keepResponse(stream, ABSENT, ABSENT)
    if (!isUnreadable) return Action.Continue
    refuseUnreadable()
    return Action.Pause
  }
  keepResponse(stream, section(plan, SECTION_DOWNSTREAM_RESPONSE), ABSENT)
  const operations = section(plan, SECTION_DOWNSTREAM_REQUEST)
  if (operations == ABSENT) return Action.Continue
  beginRecord(ruleOf(plan))
  const refused = firstRefused(operations)
  endRecord()
  if (!refused) return Action.Continue
  replyLimited(refused)
  return Action.Pause
}

/** Runs the operations up to the first that refuses the request, and gives that one; 0 when all let it pass. */
function firstRefused(operations: View): usize {
  forgetRequest()
  for (let at = start(operations); at < end(operations); at = endOf(at)) {
    if (kindOf(at) != OPERATION_RATE_LIMIT) continue
    const isAllowed = takeFromLimits(at)
    decide(Filter.RateLimit, at, isAllowed ? Outcome.Allowed : Outcome.Limited)
    if (!isAllowed && !isDryRun(at)) return at
  }
  return 0
}

/** Replies of filters in front of this one come without a request: the plan is read here, then. */
export function downstreamResponse(stream: u32): i32 {
  const kept = keptResponse(stream)
  if (kept != ABSENT) {
    runEdits(Headers.Response, kept)
    return Action.Continue
  }
  const plan = readPlan()
  if (plan != ABSENT) runEdits(Headers.Response, section(plan, SECTION_DOWNSTREAM_RESPONSE))
  return Action.Continue
}

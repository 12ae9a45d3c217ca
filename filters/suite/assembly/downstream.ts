// The half in front of the router: rate limits on the request, header edits on every response, Envoy's own included. It
// never edits a request: that would make Envoy choose the route again.
import { ABSENT, Action, end, Headers, start, View } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { beginEdits } from '../../headers/assembly/budget'
import { runEdits } from '../../headers/assembly/edits'
import { beginDecisions, countDecisions, decide, Outcome, recordDecisions } from '../../plan/assembly/decisions'
import { endOf, isDryRun, kindOf } from '../../plan/assembly/operation'
import { OPERATION_RATE_LIMIT } from '../../plan/layout'
import { takeFromLimits } from '../../rate-limit/assembly/rate-limit'
import { replyLimited } from '../../rate-limit/assembly/reply'
import { forgetRequest } from '../../rate-limit/assembly/request'
import { Known, requestMemoOf, responseMemoOf } from './known'
import { isUnreadable, readPlan, refuseUnreadable } from './plan'
import { FORGOTTEN, keepPlan, keptPlan } from './streams'

export function downstreamRequest(stream: u32): i32 {
  const at = readPlan()
  keepPlan(stream, at)
  if (!at) {
    if (!isUnreadable) return Action.Continue
    refuseUnreadable()
    return Action.Pause
  }
  const known = changetype<Known>(at)
  if (known.downstreamRequest == ABSENT) return Action.Continue
  beginDecisions()
  const refused = firstRefused(known.downstreamRequest)
  recordDecisions(requestMemoOf(at), known.rule, ABSENT)
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
    decide(at, isAllowed ? Outcome.Allowed : Outcome.Limited)
    if (!isAllowed && !isDryRun(at)) return at
  }
  return 0
}

/** Replies of filters in front of this one come without a request: the plan is read here, then. */
export function downstreamResponse(stream: u32): i32 {
  const kept = keptPlan(stream)
  const at = kept == FORGOTTEN ? readPlan() : kept
  if (!at) return Action.Continue
  beginDecisions()
  beginEdits()
  runEdits(Headers.Response, changetype<Known>(at).downstreamResponse)
  countDecisions(responseMemoOf(at))
  return Action.Continue
}

// The half behind the router, once per attempt: header edits, rewrite and mirror on the request, header edits on the
// response, those of the chosen backend on top of the rule's.
import { ABSENT, Action, end, Headers, size, start, View } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { beginEdits } from '../../headers/assembly/budget'
import { runEdit, runEdits } from '../../headers/assembly/edits'
import { comparing, primaryAnswered } from '../../mirror/assembly/compare'
import { beginMirrors, chooseMirror, mirrorRequest } from '../../mirror/assembly/mirror'
import { beginDecisions, countDecisions, decide, recordDecisions } from '../../plan/assembly/decisions'
import { endOf, kindOf } from '../../plan/assembly/operation'
import { isRetry } from '../../plan/assembly/request'
import { clusterSection } from '../../plan/assembly/sections'
import {
  OPERATION_HEADERS,
  OPERATION_MIRROR,
  OPERATION_MUTATE,
  OPERATION_REWRITE,
  SECTION_CLUSTER_REQUEST,
  SECTION_CLUSTER_RESPONSE,
} from '../../plan/layout'
import { beginRewrites, pathFor } from '../../rewrite/assembly/rewrite'
import { refusePath, runRewrite } from '../../rewrite/assembly/run'
import { Known, requestMemoOf, responseMemoOf } from './known'
import { clusterName, isUnreadable, readPlan, refuseUnreadable } from './plan'
import { FORGOTTEN, keepPlan, keptPlan } from './streams'

export function upstreamRequest(stream: u32, isComplete: bool): i32 {
  const at = readPlan()
  keepPlan(stream, at)
  if (!at) {
    if (!isUnreadable) return Action.Continue
    refuseUnreadable()
    return Action.Pause
  }
  const known = changetype<Known>(at)
  const ofRule = known.upstreamRequest
  const ofCluster = sectionOfCluster(known, SECTION_CLUSTER_REQUEST)
  if (ofRule == ABSENT && ofCluster == ABSENT) return Action.Continue
  if (known.isFirstAttemptOnly && isRetry()) return Action.Continue

  beginDecisions()
  beginMirrors()
  beginEdits()
  beginRewrites()
  const isSafe = runRequest(ofRule, size(known.plan)) && runRequest(ofCluster, size(known.plan))
  if (isSafe) mirrorRequest(stream, known.rule, isComplete)
  recordDecisions(requestMemoOf(at), known.rule, known.downstreamRequest)
  if (isSafe) return Action.Continue
  refusePath()
  return Action.Pause
}

function sectionOfCluster(known: Known, kind: i32): View {
  return known.isPerCluster ? clusterSection(known.plan, kind, clusterName()) : ABSENT
}

/** Runs a list of operations; false when the request must not go on. `ABSENT` is an empty list. */
function runRequest(operations: View, most: i32): bool {
  if (operations == ABSENT) return true
  for (let at = start(operations); at < end(operations); at = endOf(at)) {
    switch (kindOf(at)) {
      case OPERATION_HEADERS:
      case OPERATION_MUTATE:
        decide(at, runEdit(Headers.Request, at))
        break
      case OPERATION_REWRITE:
        if (!runRewrite(at, pathFor(at))) return false
        break
      case OPERATION_MIRROR:
        chooseMirror(at, most)
        break
      default:
        break
    }
  }
  return true
}

export function upstreamResponse(stream: u32): i32 {
  if (comparing) primaryAnswered(stream)
  const kept = keptPlan(stream)
  const at = kept == FORGOTTEN ? readPlan() : kept
  if (!at) return Action.Continue
  const known = changetype<Known>(at)
  beginDecisions()
  beginEdits()
  runEdits(Headers.Response, known.upstreamResponse)
  runEdits(Headers.Response, sectionOfCluster(known, SECTION_CLUSTER_RESPONSE))
  countDecisions(responseMemoOf(at))
  return Action.Continue
}

// The half behind the router, once per attempt: header edits, rewrite and mirror on the request, header edits on the
// response, those of the chosen backend on top of the rule's.
import { ABSENT, Action, end, Headers, size, start, View } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { beginEdits } from '../../headers/assembly/budget'
import { runEdit, runEdits } from '../../headers/assembly/edits'
import { comparing, primaryAnswered } from '../../mirror/assembly/compare'
import { beginMirrors, chooseMirror, mirrorRequest } from '../../mirror/assembly/mirror'
import { decide, Filter, Outcome } from '../../plan/assembly/decisions'
import { endOf, kindOf } from '../../plan/assembly/operation'
import { isRetry } from '../../plan/assembly/request'
import { endRecord } from '../../plan/assembly/record'
import { clusterSection, isFirstAttemptOnly, ruleOf, section } from '../../plan/assembly/sections'
import {
  OPERATION_HEADERS,
  OPERATION_MIRROR,
  OPERATION_MUTATE,
  OPERATION_REWRITE,
  SECTION_CLUSTER_REQUEST,
  SECTION_CLUSTER_RESPONSE,
  SECTION_DOWNSTREAM_REQUEST,
  SECTION_UPSTREAM_REQUEST,
  SECTION_UPSTREAM_RESPONSE,
} from '../../plan/layout'
import { refusePath, runRewrite } from '../../rewrite/assembly/run'
import { resumeRecord } from './resume'
import { clusterName, isUnreadable, readPlan, refuseUnreadable } from './plan'
import { keepResponse, keptResponse } from './streams'

export function upstreamRequest(stream: u32, isComplete: bool): i32 {
  const plan = readPlan()
  if (plan == ABSENT) {
    keepResponse(stream, ABSENT, ABSENT)
    if (!isUnreadable) return Action.Continue
    refuseUnreadable()
    return Action.Pause
  }
  const isPerCluster = section(plan, SECTION_CLUSTER_REQUEST) != ABSENT || section(plan, SECTION_CLUSTER_RESPONSE) != ABSENT
  const cluster = isPerCluster ? clusterName() : ABSENT
  const clusterResponse = cluster == ABSENT ? ABSENT : clusterSection(plan, SECTION_CLUSTER_RESPONSE, cluster)
  keepResponse(stream, section(plan, SECTION_UPSTREAM_RESPONSE), clusterResponse)
  const ofRule = section(plan, SECTION_UPSTREAM_REQUEST)
  const ofCluster = cluster == ABSENT ? ABSENT : clusterSection(plan, SECTION_CLUSTER_REQUEST, cluster)
  if (ofRule == ABSENT && ofCluster == ABSENT) return Action.Continue
  if (isFirstAttemptOnly(plan) && isRetry()) return Action.Continue

  const rule = ruleOf(plan)
  resumeRecord(rule, section(plan, SECTION_DOWNSTREAM_REQUEST))
  beginMirrors()
  beginEdits()
  const isSafe = runRequest(ofRule, size(plan)) && runRequest(ofCluster, size(plan))
  if (isSafe) mirrorRequest(stream, rule, isComplete)
  endRecord()
  if (isSafe) return Action.Continue
  refusePath()
  return Action.Pause
}

/** Runs a list of operations; false when the request must not go on. `ABSENT` is an empty list. */
function runRequest(operations: View, most: i32): bool {
  if (operations == ABSENT) return true
  for (let at = start(operations); at < end(operations); at = endOf(at)) {
    switch (kindOf(at)) {
      case OPERATION_HEADERS:
      case OPERATION_MUTATE:
        decide(Filter.Headers, at, runEdit(Headers.Request, at))
        break
      case OPERATION_REWRITE:
        if (!runRewrite(at)) return false
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
  const kept = keptResponse(stream)
  if (kept != ABSENT) {
    runEdits(Headers.Response, kept)
    return Action.Continue
  }
  const plan = readPlan()
  if (plan == ABSENT) return Action.Continue
  runEdits(Headers.Response, section(plan, SECTION_UPSTREAM_RESPONSE))
  runEdits(Headers.Response, clusterSection(plan, SECTION_CLUSTER_RESPONSE, clusterName()))
  return Action.Continue
}

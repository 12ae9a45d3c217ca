import { Action, beginCallback } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { configureRoot, Placement } from './placement'
import { openStream, placementOf, keepResponse, keptResponse } from './streams'
import { ABSENT, Headers, View, start, end } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { readPlan } from './plan'
import { section } from '../../plan/assembly/sections'
import { editHeaders } from '../../headers/assembly/headers'
import { endOf } from '../../plan/assembly/operation'
import { SECTION_DOWNSTREAM_RESPONSE, SECTION_UPSTREAM_REQUEST } from '../../plan/layout'
export { malloc, proxy_abi_version_0_2_1 } from 'proxy-wasm-assemblyscript-sdk/assembly'

export function proxy_on_context_create(context: u32, root: u32): void {
  if (root) openStream(context, root)
}
export function proxy_on_configure(root: u32, _size: i32): i32 {
  beginCallback()
  return configureRoot(root) == Placement.None ? 0 : 1
}
function run(map: i32, ops: View): void {
  if (ops == ABSENT) return
  for (let at = start(ops); at < end(ops); at = endOf(at)) editHeaders(map, at)
}
export function proxy_on_request_headers(stream: u32, _count: i32, _end: i32): i32 {
  beginCallback()
  const p = placementOf(stream)
  const plan = readPlan()
  if (plan == ABSENT) return Action.Continue
  if (p == Placement.Upstream) run(Headers.Request, section(plan, SECTION_UPSTREAM_REQUEST))
  if (p == Placement.Downstream) keepResponse(stream, section(plan, SECTION_DOWNSTREAM_RESPONSE), ABSENT)
  return Action.Continue
}
export function proxy_on_response_headers(stream: u32, _count: i32, _end: i32): i32 {
  beginCallback()
  if (placementOf(stream) == Placement.Downstream) run(Headers.Response, keptResponse(stream))
  return Action.Continue
}

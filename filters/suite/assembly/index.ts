// All four filters in one module: Envoy's callbacks come in here and go to the half that the plugin belongs to. One plan
// read for each half. Every callback costs each request: `cuts.ts` makes modules of this one that have only those which a plan needs.
import { Action, beginCallback, handOver, handOverEvery } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { settled, tryAgain } from '../../mirror/assembly/breaker'
import { copyAnswered, forgetGonePrimaries } from '../../mirror/assembly/compare'
import { endMirrors, mirrorBody, mirrorTrailers } from '../../mirror/assembly/mirror'
import { gathering } from '../../mirror/assembly/gather'
import { HAND_OVER_MILLISECONDS } from '../names'
import { downstreamRequest, downstreamResponse } from './downstream'
import { configureRoot, Placement, placement } from './placement'
import { upstreamRequest, upstreamResponse } from './upstream'

export { malloc, proxy_abi_version_0_2_1 } from 'proxy-wasm-assemblyscript-sdk/assembly'

/** Envoy refuses the configuration when this returns 0. */
export function proxy_on_configure(_root: u32, _size: i32): i32 {
  beginCallback()
  handOverEvery(HAND_OVER_MILLISECONDS)
  return configureRoot() == Placement.None ? 0 : 1
}

/** Streams that are gone leave no copy behind; what was counted goes to Envoy. */
export function proxy_on_tick(_root: u32): void {
  beginCallback()
  tryAgain()
  forgetGonePrimaries()
  endMirrors()
  handOver()
}

export function proxy_on_request_headers(stream: u32, _count: i32, isEnd: i32): i32 {
  beginCallback()
  switch (placement()) {
    case Placement.Downstream:
      return downstreamRequest(stream)
    case Placement.Upstream:
      return upstreamRequest(stream, isEnd != 0)
    default:
      return Action.Continue
  }
}

export function proxy_on_request_body(stream: u32, size: i32, isEnd: i32): i32 {
  if (!gathering) return Action.Continue
  beginCallback()
  mirrorBody(stream, size, isEnd != 0)
  return Action.Continue
}

export function proxy_on_request_trailers(stream: u32, _count: i32): i32 {
  if (!gathering) return Action.Continue
  beginCallback()
  mirrorTrailers(stream)
  return Action.Continue
}

export function proxy_on_response_headers(stream: u32, _count: i32, _isEnd: i32): i32 {
  beginCallback()
  switch (placement()) {
    case Placement.Downstream:
      return downstreamResponse(stream)
    case Placement.Upstream:
      return upstreamResponse(stream)
    default:
      return Action.Continue
  }
}

/** Answers to copies. */
export function proxy_on_http_call_response(_root: u32, token: u32, headers: i32, _body: i32, _trailers: i32): void {
  beginCallback()
  settled(token, headers)
  copyAnswered(token, headers)
}

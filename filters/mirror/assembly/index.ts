// mirror.wasm: copies of requests to another cluster, configured by hand (config.schema.json, README.md).
import {
  ABSENT,
  Action,
  beginCallback,
  Buffer,
  buffer,
  end,
  handOver,
  start,
} from 'proxy-wasm-assemblyscript-sdk/assembly'
import { decideAs, Filter } from '../../plan/assembly/decisions'
import { endOf } from '../../plan/assembly/operation'
import { beginRequest, Configuration, configure, endRequest, isRepeated, proxy_on_tick as tick } from '../../standalone/assembly/root'
import { recordedName } from '../../standalone/assembly/fields'
import { beginConfiguration } from '../../standalone/assembly/writer'
import { settled, tryAgain } from './breaker'
import { comparing, copyAnswered, forgetGonePrimaries, primaryAnswered } from './compare'
import { readMirror } from './config'
import { gathering } from './gather'
import { beginMirrors, chooseMirror, endMirrors, mirrorBody, mirrorRequest, mirrorTrailers } from './mirror'

export { malloc, proxy_abi_version_0_2_1 } from 'proxy-wasm-assemblyscript-sdk/assembly'

decideAs(Filter.Mirror)

export function proxy_on_configure(root: u32, size: i32): i32 {
  beginCallback()
  beginConfiguration()
  const operations = readMirror(buffer(Buffer.PluginConfiguration, 0, size))
  return configure(root, recordedName(), operations, ABSENT)
}

export function proxy_on_request_headers(stream: u32, _count: i32, isEnd: i32): i32 {
  const at = beginRequest()
  if (!at || isRepeated(at)) return Action.Continue
  const configuration = changetype<Configuration>(at)
  const list = configuration.request
  beginMirrors()
  for (let operation = start(list); operation < end(list); operation = endOf(operation))
    chooseMirror(operation, <i32>(end(list) - start(list)))
  mirrorRequest(stream, configuration.name, isEnd != 0)
  endRequest(at)
  return Action.Continue
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

/** Only a comparison has an interest in answers. */
export function proxy_on_response_headers(stream: u32, _count: i32, _isEnd: i32): i32 {
  if (!comparing) return Action.Continue
  beginCallback()
  primaryAnswered(stream)
  return Action.Continue
}

/** Answers to copies. */
export function proxy_on_http_call_response(_root: u32, token: u32, headers: i32, _body: i32, _trailers: i32): void {
  beginCallback()
  settled(token, headers)
  copyAnswered(token, headers)
}

/** Streams that are gone leave no copy behind. */
export function proxy_on_tick(root: u32): void {
  tick(root)
  tryAgain()
  forgetGonePrimaries()
  endMirrors()
  handOver()
}

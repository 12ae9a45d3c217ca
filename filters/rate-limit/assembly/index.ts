// rate-limit.wasm: requests over a limit get 429, configured by hand (config.schema.json, README.md).
import {
  ABSENT,
  Action,
  beginCallback,
  Buffer,
  buffer,
  closeJson,
  end,
  enterObject,
  equals,
  jsonKey,
  literal,
  nextKey,
  openJson,
  readWhole,
  start,
  unknownKey,
} from 'proxy-wasm-assemblyscript-sdk/assembly'
import { decide, Outcome } from '../../plan/assembly/decisions'
import { endOf, isDryRun } from '../../plan/assembly/operation'
import { beginCommon, configuredName, isDryRun as dryRun, readCommon } from '../../standalone/assembly/fields'
import { beginRequest, Configuration, configure, endRequest, isRepeated } from '../../standalone/assembly/root'
import { beginConfiguration } from '../../standalone/assembly/writer'
import { LIMITS, readLimits } from './config'
import { takeFromLimits } from './rate-limit'
import { replyLimited } from './reply'
import { forgetRequest } from './request'

export { malloc, proxy_abi_version_0_2_1 } from 'proxy-wasm-assemblyscript-sdk/assembly'
export { proxy_on_tick } from '../../standalone/assembly/root'

const TRUSTED_HOPS = literal('trustedHops')
const DEFAULT_NAME = literal('rate-limit')

export function proxy_on_configure(root: u32, size: i32): i32 {
  beginCallback()
  beginConfiguration()
  const document = buffer(Buffer.PluginConfiguration, 0, size)
  beginCommon(DEFAULT_NAME)
  let hops: i64 = 0
  openJson(document)
  if (enterObject()) {
    while (nextKey()) {
      if (readCommon()) continue
      if (equals(jsonKey, TRUSTED_HOPS)) hops = readWhole(0, 255)
      else if (!equals(jsonKey, LIMITS)) unknownKey()
    }
  }
  closeJson()
  return configure(root, configuredName, readLimits(document, configuredName, dryRun, <u32>hops), ABSENT)
}

export function proxy_on_request_headers(_stream: u32, _count: i32, _isEnd: i32): i32 {
  const at = beginRequest()
  if (!at || isRepeated(at)) return Action.Continue
  const list = changetype<Configuration>(at).request
  let refused: usize = 0
  forgetRequest()
  for (let operation = start(list); !refused && operation < end(list); operation = endOf(operation)) {
    const isAllowed = takeFromLimits(operation)
    decide(operation, isAllowed ? Outcome.Allowed : Outcome.Limited)
    if (!isAllowed && !isDryRun(operation)) refused = operation
  }
  endRequest(at)
  if (!refused) return Action.Continue
  replyLimited(refused)
  return Action.Pause
}

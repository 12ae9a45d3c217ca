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
  nextOf,
  openJson,
  readWhole,
  skipValue,
  start,
} from 'proxy-wasm-assemblyscript-sdk/assembly'
import { decide, decideAs, Filter, Outcome } from '../../plan/assembly/decisions'
import { endOf, isDryRun } from '../../plan/assembly/operation'
import { beginCommon, configuredName, isDryRun as dryRun, readCommon, recordedName } from '../../standalone/assembly/fields'
import { beginRequest, Configuration, configure, endRequest, isRepeated } from '../../standalone/assembly/root'
import { beginConfiguration } from '../../standalone/assembly/writer'
import { FIELDS, readLimits } from './config'
import { takeFromLimits } from './rate-limit'
import { replyLimited } from './reply'
import { forgetRequest } from './request'

export { malloc, proxy_abi_version_0_2_1 } from 'proxy-wasm-assemblyscript-sdk/assembly'
export { proxy_on_tick } from '../../standalone/assembly/root'


decideAs(Filter.RateLimit)

export function proxy_on_configure(root: u32, size: i32): i32 {
  beginCallback()
  beginConfiguration()
  const document = buffer(Buffer.PluginConfiguration, 0, size)
  beginCommon(Filter.RateLimit)
  let hops: i64 = 0
  openJson(document)
  if (enterObject()) {
    for (let field = 0; (field = nextOf(FIELDS)) >= 0; ) {
      if (readCommon(field)) continue
      if (field == 3) hops = readWhole(0, 255)
      else skipValue()
    }
  }
  closeJson()
  return configure(root, recordedName(), readLimits(document, configuredName, dryRun, <u32>hops), ABSENT)
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

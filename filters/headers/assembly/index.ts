// headers.wasm: header edits of requests and responses, configured by hand (config.schema.json, README.md).
import {
  ABSENT,
  Action,
  beginCallback,
  Buffer,
  buffer,
  closeJson,
  enterObject,
  Headers,
  jsonFailed,
  literal,
  nextOf,
  openJson,
  View,
} from 'proxy-wasm-assemblyscript-sdk/assembly'
import { beginDecisions, countDecisions, Filter } from '../../plan/assembly/decisions'
import { OPERATION_MUTATE } from '../../plan/layout'
import { beginCommon, COMMON, configuredName, isDryRun, readCommon } from '../../standalone/assembly/fields'
import { beginRequest, Configuration, configure, endRequest, isRepeated, responseMemoOf, running } from '../../standalone/assembly/root'
import { beginConfiguration, beginOperation, beginOperations, endOperation, takeOperations } from '../../standalone/assembly/writer'
import { beginEdits } from './budget'
import { readMutations } from './config'
import { runMutations } from './edits'

export { malloc, proxy_abi_version_0_2_1 } from 'proxy-wasm-assemblyscript-sdk/assembly'
export { proxy_on_tick } from '../../standalone/assembly/root'

const FIELDS = literal(COMMON + ' request response')
const REQUEST: i32 = 2
const RESPONSE: i32 = 3

export function proxy_on_configure(root: u32, size: i32): i32 {
  beginCallback()
  beginConfiguration()
  const document = buffer(Buffer.PluginConfiguration, 0, size)
  beginCommon(Filter.Headers)
  openJson(document)
  if (enterObject()) {
    for (let position = 0; (position = nextOf(FIELDS)) >= 0; ) readCommon(position)
  }
  closeJson()
  const request = readList(document, REQUEST)
  const response = readList(document, RESPONSE)
  return configure(root, configuredName, request, response)
}

/** Names stand before lists or behind them: each list is read in a pass of its own. */
function readList(document: View, list: i32): View {
  if (jsonFailed) return ABSENT
  let isThere = false
  beginOperations()
  beginOperation(OPERATION_MUTATE, configuredName, isDryRun)
  openJson(document)
  if (enterObject()) {
    for (let position = 0; (position = nextOf(FIELDS)) >= 0; ) {
      if (position != list) continue
      isThere = true
      readMutations(list == RESPONSE)
    }
  }
  closeJson()
  endOperation()
  return isThere ? takeOperations() : ABSENT
}

export function proxy_on_request_headers(_stream: u32, _count: i32, _isEnd: i32): i32 {
  const at = beginRequest()
  if (!at || isRepeated(at)) return Action.Continue
  beginEdits()
  runMutations(Headers.Request, changetype<Configuration>(at).request)
  endRequest(at)
  return Action.Continue
}

export function proxy_on_response_headers(_stream: u32, _count: i32, _isEnd: i32): i32 {
  beginCallback()
  const at = running()
  if (!at) return Action.Continue
  beginDecisions()
  beginEdits()
  runMutations(Headers.Response, changetype<Configuration>(at).response)
  countDecisions(responseMemoOf(at))
  return Action.Continue
}

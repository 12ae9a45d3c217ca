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
  literal,
  nextOf,
  openJson,
  View,
} from 'proxy-wasm-assemblyscript-sdk/assembly'
import { beginDecisions, countDecisions, decideAs, Filter } from '../../plan/assembly/decisions'
import { OPERATION_MUTATE } from '../../plan/layout'
import { beginCommon, COMMON, configuredName, isDryRun, readCommon, recordedName } from '../../standalone/assembly/fields'
import { beginRequest, Configuration, configure, endRequest, isRepeated, responseMemoOf, running } from '../../standalone/assembly/root'
import { beginConfiguration, beginOperation, beginOperations, endOperation, putBytes, takeOperations } from '../../standalone/assembly/writer'
import { beginEdits } from './budget'
import { readMutations } from './config'
import { runMutations } from './edits'

export { malloc, proxy_abi_version_0_2_1 } from 'proxy-wasm-assemblyscript-sdk/assembly'
export { proxy_on_tick } from '../../standalone/assembly/root'

const FIELDS = literal(COMMON + ' request response')
const REQUEST: i32 = 3

decideAs(Filter.Headers)

export function proxy_on_configure(root: u32, size: i32): i32 {
  beginCallback()
  beginConfiguration()
  beginCommon(Filter.Headers)
  let request = ABSENT
  let response = ABSENT
  openJson(buffer(Buffer.PluginConfiguration, 0, size))
  if (enterObject()) {
    for (let position = 0; (position = nextOf(FIELDS)) >= 0; ) {
      if (readCommon(position)) continue
      beginOperations()
      readMutations(position != REQUEST)
      if (position == REQUEST) request = takeOperations()
      else response = takeOperations()
    }
  }
  closeJson()
  return configure(root, recordedName(), operationOf(request), operationOf(response))
}

/** Names stand before lists or behind them: only now they are known. */
function operationOf(mutations: View): View {
  if (mutations == ABSENT) return ABSENT
  beginOperations()
  beginOperation(OPERATION_MUTATE, configuredName, isDryRun)
  putBytes(mutations)
  endOperation()
  return takeOperations()
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

// rewrite.wasm: another path, another host, configured by hand (config.schema.json, README.md).
import {
  ABSENT,
  Action,
  beginCallback,
  Buffer,
  buffer,
  closeJson,
  enterObject,
  literal,
  nextOf,
  openJson,
  start,
} from 'proxy-wasm-assemblyscript-sdk/assembly'
import { decideAs, Filter } from '../../plan/assembly/decisions'
import { beginCommon, COMMON, configuredName, isDryRun, readCommon, recordedName } from '../../standalone/assembly/fields'
import { allowSteps } from '../../regex/match'
import { MOST_STEPS } from '../../regex/program'
import { beginRequest, Configuration, configure, endRequest, isRepeated } from '../../standalone/assembly/root'
import { beginConfiguration } from '../../standalone/assembly/writer'
import { beginRewrite, readHostname, readPath, writeRewrite } from './config'
import { beginRewrites, isMoved, mayBeResult, pathFor } from './rewrite'
import { refusePath, runRewrite } from './run'

export { malloc, proxy_abi_version_0_2_1 } from 'proxy-wasm-assemblyscript-sdk/assembly'
export { proxy_on_tick } from '../../standalone/assembly/root'

const FIELDS = literal(COMMON + ' hostname path')

decideAs(Filter.Rewrite)

export function proxy_on_configure(root: u32, size: i32): i32 {
  beginCallback()
  beginConfiguration()
  beginCommon(Filter.Rewrite)
  beginRewrite()
  openJson(buffer(Buffer.PluginConfiguration, 0, size))
  if (enterObject()) {
    for (let field = 0; (field = nextOf(FIELDS)) >= 0; ) {
      if (readCommon(field)) continue
      if (field == 3) readHostname()
      else readPath()
    }
  }
  closeJson()
  return configure(root, recordedName(), writeRewrite(configuredName, isDryRun), ABSENT)
}

/**
 * Who asks for the attempt pays for it. Reason to, before, is a path that the operation may have made: it is not to be made twice.
 * Afterwards it is a path that has not changed, as in a dry run: it looks alike in every attempt, and is not to be counted twice.
 */
export function proxy_on_request_headers(_stream: u32, _count: i32, _isEnd: i32): i32 {
  const at = beginRequest()
  if (!at) return Action.Continue
  const operation = start(changetype<Configuration>(at).request)
  const path = pathFor(operation)
  const isAsked = mayBeResult(operation, path)
  if (isAsked && isRepeated(at)) return Action.Continue
  beginRewrites()
  allowSteps(MOST_STEPS)
  const isSafe = runRewrite(operation, path)
  if (isAsked || isMoved || !isRepeated(at)) endRequest(at)
  if (isSafe) return Action.Continue
  refusePath()
  return Action.Pause
}

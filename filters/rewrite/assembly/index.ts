// rewrite.wasm: another path, another host, configured by hand (config.schema.json, README.md).
import {
  ABSENT,
  Action,
  beginCallback,
  Buffer,
  buffer,
  closeJson,
  enterObject,
  equals,
  jsonKey,
  literal,
  nextKey,
  openJson,
  start,
  unknownKey,
} from 'proxy-wasm-assemblyscript-sdk/assembly'
import { beginCommon, configuredName, isDryRun, readCommon } from '../../standalone/assembly/fields'
import { beginRequest, Configuration, configure, endRequest, isRepeated } from '../../standalone/assembly/root'
import { beginConfiguration } from '../../standalone/assembly/writer'
import { beginRewrite, readHostname, readPath, writeRewrite } from './config'
import { mayBeResult, pathFor } from './rewrite'
import { refusePath, runRewrite } from './run'

export { malloc, proxy_abi_version_0_2_1 } from 'proxy-wasm-assemblyscript-sdk/assembly'
export { proxy_on_tick } from '../../standalone/assembly/root'

const HOSTNAME = literal('hostname')
const PATH = literal('path')
const DEFAULT_NAME = literal('rewrite')

export function proxy_on_configure(root: u32, size: i32): i32 {
  beginCallback()
  beginConfiguration()
  beginCommon(DEFAULT_NAME)
  beginRewrite()
  openJson(buffer(Buffer.PluginConfiguration, 0, size))
  if (enterObject()) {
    while (nextKey()) {
      if (readCommon()) continue
      if (equals(jsonKey, HOSTNAME)) readHostname()
      else if (equals(jsonKey, PATH)) readPath()
      else unknownKey()
    }
  }
  closeJson()
  return configure(root, configuredName, writeRewrite(configuredName, isDryRun), ABSENT)
}

/** Who asks for the attempt pays for it, so only a path that an earlier attempt may have left behind is reason to. */
export function proxy_on_request_headers(_stream: u32, _count: i32, _isEnd: i32): i32 {
  const at = beginRequest()
  if (!at) return Action.Continue
  const operation = start(changetype<Configuration>(at).request)
  const path = pathFor(operation)
  if (mayBeResult(operation, path) && isRepeated(at)) return Action.Continue
  const isSafe = runRewrite(operation, path)
  endRequest(at)
  if (isSafe) return Action.Continue
  refusePath()
  return Action.Pause
}

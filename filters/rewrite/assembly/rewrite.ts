// URL rewrite: an operation of a checked plan in, a new `:path` and `:authority` out, or a reason not to.
import { ABSENT, header, Headers, literal, replaceHeader, size, View } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { isDryRun, payloadOf } from '../../plan/assembly/operation'
import { afterText, text } from '../../plan/assembly/text'
import { MAX_VALUE, REWRITE_FULL_PATH, REWRITE_HOST, REWRITE_PREFIX } from '../../plan/layout'
import { isSafePath, replaceFullPath, replacePrefix } from './path'

export namespace Rewritten {
  export const Applied: i32 = 0
  /** The path is not below the prefix: everything stays. */
  export const NotBelow: i32 = 1
  /** The new path is not safe to send: the request has to be refused. */
  export const Unsafe: i32 = 2
}

const PATH = literal(':path')
const AUTHORITY = literal(':authority')
/** Where Envoy's own rewrites leave the client's path; access logs print it as `%PATH(WQ:ORIG)%`. */
const ORIGINAL_PATH = literal('x-envoy-original-path')

export function rewrite(operation: usize): i32 {
  const payload = payloadOf(operation)
  const parts = load<u8>(payload)
  const host = text(payload + 1)
  const prefixAt = afterText(payload + 1)
  const value = text(afterText(prefixAt))
  if (parts & <u8>(REWRITE_FULL_PATH | REWRITE_PREFIX)) {
    const path = header(Headers.Request, PATH)
    if (path == ABSENT) return Rewritten.NotBelow
    const next = parts & <u8>REWRITE_PREFIX ? replacePrefix(path, text(prefixAt), value) : replaceFullPath(path, value)
    if (next == ABSENT) return Rewritten.NotBelow
    if (size(next) > size(path) + MAX_VALUE || !isSafePath(next, value)) return Rewritten.Unsafe
    if (!isDryRun(operation)) replacePath(path, next)
  }
  if (parts & <u8>REWRITE_HOST && !isDryRun(operation)) replaceHeader(Headers.Request, AUTHORITY, host)
  return Rewritten.Applied
}

function replacePath(path: View, next: View): void {
  replaceHeader(Headers.Request, ORIGINAL_PATH, path)
  replaceHeader(Headers.Request, PATH, next)
}

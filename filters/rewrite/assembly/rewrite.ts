// URL rewrite: an operation of a checked plan in, a new `:path` and `:authority` out, or a reason not to.
import { ABSENT, header, Headers, literal, replaceHeader, size, startsWith, View, view } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { isDryRun, payloadOf } from '../../plan/assembly/operation'
import { afterText, text } from '../../plan/assembly/text'
import { MAX_VALUE, REWRITE_FULL_PATH, REWRITE_HEADER, REWRITE_HOST, REWRITE_PREFIX, REWRITE_REGEX } from '../../plan/layout'
import { isTooDear, replaceAll } from '../../regex/assembly/replace'
import { isSafePath, replaceFullPath, replacePath, replacePrefix, withoutQuery, withoutSlash } from './path'

export namespace Rewritten {
  export const Applied: i32 = 0
  /** The path is not below the prefix: everything stays. */
  export const NotBelow: i32 = 1
  /** The new path is not safe to send, or too dear to find: the request has to be refused. */
  export const Unsafe: i32 = 2
}

const PATH = literal(':path')
const AUTHORITY = literal(':authority')
/** Where Envoy's own rewrites leave the client's path; access logs print it as `%PATH(WQ:ORIG)%`. */
const ORIGINAL_PATH = literal('x-envoy-original-path')

const CHANGES: u8 = <u8>(REWRITE_FULL_PATH | REWRITE_PREFIX | REWRITE_REGEX | REWRITE_HEADER)

/** A rewrite of the running callback has changed the path. The header that it leaves cannot say so: clients may send that. */
export let isMoved: bool = false

/** Before the rewrites of a request. */
export function beginRewrites(): void {
  isMoved = false
}

/** The path that the operation starts from; `ABSENT` when it leaves the path alone. */
export function pathFor(operation: usize): View {
  return load<u8>(payloadOf(operation)) & CHANGES ? header(Headers.Request, PATH) : ABSENT
}

/** Whether the operation itself could have made this path. */
export function mayBeResult(operation: usize, path: View): bool {
  const payload = payloadOf(operation)
  const isFixed = load<u8>(payload) & <u8>(REWRITE_FULL_PATH | REWRITE_PREFIX)
  return !isFixed || startsWith(path, withoutSlash(text(afterText(afterText(payload + 1)))))
}

/** `path` is what `pathFor` gave. */
export function rewrite(operation: usize, path: View): i32 {
  const payload = payloadOf(operation)
  const parts = load<u8>(payload)
  const host = text(payload + 1)
  const prefixAt = afterText(payload + 1)
  const valueAt = afterText(prefixAt)
  const value = text(valueAt)
  const change = parts & CHANGES
  if (change) {
    if (path == ABSENT) return Rewritten.NotBelow
    const next = nextPath(change, path, text(prefixAt), value, valueAt)
    if (next == ABSENT) return change == <u8>REWRITE_REGEX && isTooDear ? Rewritten.Unsafe : Rewritten.NotBelow
    const kept = change == <u8>REWRITE_PREFIX || change == <u8>REWRITE_FULL_PATH ? value : NOTHING
    if (size(next) > size(path) + MAX_VALUE || !isSafePath(next, kept)) return Rewritten.Unsafe
    if (!isDryRun(operation)) setPath(path, next)
  }
  if (parts & <u8>REWRITE_HOST && !isDryRun(operation)) replaceHeader(Headers.Request, AUTHORITY, host)
  return Rewritten.Applied
}

/** No fixed beginning: dot segments may not leave the root. */
const NOTHING: View = view(memory.data(4, 4), 0)

/** `ABSENT`: the path stays as it is. */
function nextPath(change: u8, path: View, subject: View, value: View, valueAt: usize): View {
  if (change == <u8>REWRITE_PREFIX) return replacePrefix(path, subject, value)
  if (change == <u8>REWRITE_FULL_PATH) return replaceFullPath(path, value)
  if (change == <u8>REWRITE_REGEX) {
    const replaced = replaceAll(text(afterText(valueAt)), withoutQuery(path), value)
    return replaced == ABSENT ? ABSENT : replaceFullPath(path, replaced)
  }
  const asked = header(Headers.Request, subject)
  return asked == ABSENT ? ABSENT : replacePath(path, asked)
}

function setPath(path: View, next: View): void {
  if (!isMoved) replaceHeader(Headers.Request, ORIGINAL_PATH, path)
  isMoved = true
  replaceHeader(Headers.Request, PATH, next)
}

// What becomes of a path: bytes in, bytes in the arena out. Percent-encoding is never decoded, the query is kept as it is.
// https://gateway-api.sigs.k8s.io/reference/spec/#httppathmodifier
import { ABSENT, end, first, indexOf, size, skip, start, startsWith, take, View, view } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { isHexDigit, isPathByte } from '../../plan/charset'

const SLASH: u8 = 0x2f
const QUERY: u8 = 0x3f

/** `path` with everything before the query replaced; `ABSENT` when there is no memory for it. */
export function replaceFullPath(path: View, value: View): View {
  return join(value, queryOf(path))
}

/** `value` in place of `path`, with the path's query unless it brings one of its own. */
export function replacePath(path: View, value: View): View {
  return indexOf(value, QUERY) < 0 ? replaceFullPath(path, value) : value
}

export function withoutQuery(path: View): View {
  return first(path, size(path) - size(queryOf(path)))
}

/**
 * `path` with `prefix` replaced, by whole segments: a slash at the end of prefix or value counts for nothing, and the
 * result begins with exactly one. `ABSENT`: the path does not begin with the prefix, or there is no memory.
 */
export function replacePrefix(path: View, prefix: View, value: View): View {
  const bare = withoutSlash(prefix)
  const rest = skip(path, size(bare))
  if (!startsWith(path, bare)) return ABSENT
  if (size(rest) > 0 && load<u8>(start(rest)) != SLASH && load<u8>(start(rest)) != QUERY) return ABSENT
  const base = withoutSlash(value)
  if (size(base) > 0) return join(base, rest)
  return join(view(start(ROOT), 1), skip(rest, leadingSlashes(rest)))
}

/** The result may go upstream: RFC 3986 path bytes, and dot segments that do not leave `kept`, its fixed beginning. */
export function isSafePath(path: View, kept: View): bool {
  const bare = first(path, size(path) - size(queryOf(path)))
  return size(bare) > 0 && load<u8>(start(bare)) == SLASH && isWellFormed(bare) && staysBelow(bare, size(withoutSlash(kept))) && isCleanQuery(queryOf(path))
}

const ROOT: View = view(memory.data<u8>([SLASH]), 1)

function queryOf(path: View): View {
  const at = indexOf(path, QUERY)
  return skip(path, at < 0 ? size(path) : at)
}

export function withoutSlash(path: View): View {
  const length = size(path)
  return length > 0 && load<u8>(end(path) - 1) == SLASH ? first(path, length - 1) : path
}

function leadingSlashes(path: View): i32 {
  let at = start(path)
  while (at < end(path) && load<u8>(at) == SLASH) at++
  return <i32>(at - start(path))
}

function join(a: View, b: View): View {
  const at = take(<usize>size(a) + <usize>size(b))
  if (!at) return ABSENT
  memory.copy(at, start(a), <usize>size(a))
  memory.copy(at + <usize>size(a), start(b), <usize>size(b))
  return view(at, size(a) + size(b))
}

function isWellFormed(path: View): bool {
  const to = end(path)
  for (let at = start(path); at < to; at++) {
    const byte = <i32>load<u8>(at)
    if (isPathByte(byte)) continue
    if (byte != 0x25 || at + 2 >= to || !isHexDigit(load<u8>(at, 1)) || !isHexDigit(load<u8>(at, 2))) return false
  }
  return true
}

/** Clients send more in queries than RFC 3986 allows (`a[]=1`): refused is what ends a line, a path or a request. */
function isCleanQuery(query: View): bool {
  for (let at = start(query); at < end(query); at++) {
    const byte = load<u8>(at)
    if (byte <= 0x20 || byte == 0x7f || byte == 0x23) return false
  }
  return true
}

/** Walks the segments behind `from`: one step down for each name, one up for each `..`, escaped dots included. */
function staysBelow(path: View, from: i32): bool {
  let depth = 0
  for (let at = start(path) + <usize>from; at < end(path); ) {
    const begin = ++at
    while (at < end(path) && load<u8>(at) != SLASH) at++
    const dots = dotsIn(begin, at)
    if (dots == 2) depth--
    else if (dots == 0 && at > begin) depth++
    if (depth < 0) return false
  }
  return true
}

/** 1 or 2 for a segment of so many dots, plain or as `%2e`; 0 for any other. */
function dotsIn(from: usize, to: usize): i32 {
  let dots = 0
  for (let at = from; at < to; dots++) {
    if (load<u8>(at) == 0x2e) at += 1
    else if (at + 2 < to && load<u16>(at) == 0x3225 && (load<u8>(at, 2) | 0x20) == 0x65) at += 3
    else return 0
  }
  return dots <= 2 ? dots : 0
}

// The one gate between bytes from outside and filters that read them without looking: walks a plan to its end and says
// whether every length, kind and number in it holds. Unknown parts pass when they are marked optional.
import { end, size, start, View } from 'proxy-wasm-assemblyscript-sdk/assembly'
import {
  EDIT_APPEND,
  EDIT_REMOVE,
  FLAG_OPTIONAL,
  KEY_COOKIE,
  MAGIC,
  MAX_KEY_PARTS,
  MAX_LIMITS,
  OPERATION_HEADER,
  OPERATION_HEADERS,
  OPERATION_MIRROR,
  OPERATION_MUTATE,
  OPERATION_RATE_LIMIT,
  OPERATION_REWRITE,
  PLAN_HEADER,
  REWRITE_FULL_PATH,
  REWRITE_HEADER,
  REWRITE_PREFIX,
  REWRITE_REGEX,
  SCOPE_NODE,
  SECTION_CLUSTER_REQUEST,
  SECTION_CLUSTER_RESPONSE,
  SECTION_HEADER,
  SECTION_RULE,
  SOURCE_METHOD,
} from '../layout'

export function isReadable(plan: View): bool {
  const to = end(plan)
  let at = start(plan)
  if (size(plan) < PLAN_HEADER || load<u32>(at) != MAGIC || load<u32>(at, 4) != <u32>size(plan)) return false
  at += PLAN_HEADER
  while (at < to) {
    if (<i32>(to - at) < SECTION_HEADER) return false
    const kind = <i32>load<u8>(at)
    const flags = load<u8>(at, 1)
    const length = <usize>load<u32>(at, 2)
    at += SECTION_HEADER
    if (length > to - at) return false
    if (!goodSection(kind, flags, at, at + length)) return false
    at += length
  }
  return true
}

function goodSection(kind: i32, flags: u8, at: usize, to: usize): bool {
  if (kind == SECTION_RULE) return behind(at, to) == to
  if (kind > SECTION_RULE && kind < SECTION_CLUSTER_REQUEST) return goodOperations(at, to)
  if (kind == SECTION_CLUSTER_REQUEST || kind == SECTION_CLUSTER_RESPONSE) {
    const operations = behind(at, to)
    return operations != 0 && goodOperations(operations, to)
  }
  return (flags & FLAG_OPTIONAL) != 0
}

/** A list of operations whose lengths, kinds and numbers all hold. */
export function goodOperations(from: usize, to: usize): bool {
  let at = from
  while (at < to) {
    if (<i32>(to - at) < OPERATION_HEADER) return false
    const kind = <i32>load<u8>(at)
    const flags = load<u8>(at, 1)
    const policy = <usize>load<u16>(at, 2)
    const length = <usize>load<u32>(at, 4)
    at += OPERATION_HEADER
    if (length > to - at || policy > length) return false
    if (!goodPayload(kind, flags, at + policy, at + length)) return false
    at += length
  }
  return true
}

function goodPayload(kind: i32, flags: u8, at: usize, to: usize): bool {
  switch (kind) {
    case OPERATION_HEADERS:
      return goodEdits(at, to)
    case OPERATION_REWRITE:
      return goodRewrite(at, to)
    case OPERATION_MIRROR:
      return to - at > 16 && load<u32>(at, 4) != 0 && goodMirror(behind(at + 16, to), to)
    case OPERATION_MUTATE:
      return goodMutations(at, to)
    case OPERATION_RATE_LIMIT:
      return to - at >= 4 && goodLimits(at + 4, to)
    default:
      return (flags & FLAG_OPTIONAL) != 0
  }
}

function goodEdits(from: usize, to: usize): bool {
  let at = from
  while (at < to) {
    if (load<u8>(at) > <u8>EDIT_REMOVE) return false
    at = behind(at + 1, to)
    if (!at) return false
    at = behind(at, to)
    if (!at) return false
  }
  return true
}

function goodRewrite(from: usize, to: usize): bool {
  if (from >= to) return false
  const change = <u32>load<u8>(from) & <u32>(REWRITE_FULL_PATH | REWRITE_PREFIX | REWRITE_REGEX | REWRITE_HEADER)
  if (popcnt(change) > 1) return false
  let at = behind(from + 1, to)
  if (at) at = behind(at, to)
  if (at) at = behind(at, to)
  if (at && change == <u32>REWRITE_REGEX) at = behind(at, to)
  return at == to
}

/** `at` is behind the cluster: there it ends, or a header's name and edits of the copy follow. */
function goodMirror(at: usize, to: usize): bool {
  if (!at || at == to) return at == to
  const edits = behind(at, to)
  return edits != 0 && goodEdits(edits, to)
}

function goodMutations(from: usize, to: usize): bool {
  let at = from
  while (at < to) {
    if (to - at < 2 || load<u8>(at) > <u8>EDIT_APPEND || load<u8>(at, 1) > <u8>SOURCE_METHOD) return false
    at += 2
    for (let i = 0; i < 5; i++) {
      at = behind(at, to)
      if (!at) return false
    }
  }
  return true
}

function goodLimits(from: usize, to: usize): bool {
  let at = from
  for (let limits = 0; at < to; limits++) {
    if (limits == MAX_LIMITS || to - at < 13) return false
    if (load<u8>(at) > <u8>SCOPE_NODE || load<u32>(at, 5) == 0) return false
    at = behind(at + 13, to)
    if (!at || at >= to) return false
    const parts = load<u8>(at)
    if (parts > <u8>MAX_KEY_PARTS) return false
    at++
    for (let i: u8 = 0; i < parts; i++) {
      if (at >= to || load<u8>(at) > <u8>KEY_COOKIE) return false
      at = behind(at + 1, to)
      if (!at) return false
    }
  }
  return true
}

/** The first byte behind the text at `at`, or 0 when that text runs over `to`. */
function behind(at: usize, to: usize): usize {
  if (to < at || to - at < 2) return 0
  const length = <usize>load<u16>(at)
  return to - at - 2 < length ? 0 : at + 2 + length
}

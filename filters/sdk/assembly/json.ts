// A strict reader of JSON (RFC 8259) for configurations: bytes in, one value after the other out, and at the first fault a
// message that says where and what. It never traps: after a fault every call ends at once and gives nothing, so that a
// reader needs no checks in between. It refuses repeated names, lone surrogates, bytes that are no UTF-8, and nesting
// beyond 32.
//
//   openJson(bytes)
//   if (enterObject())
//     while (nextKey()) {
//       if (equals(jsonKey, LIMIT)) limit = readWhole(0, 100)
//       else unknownKey()
//     }
//   closeJson()
//   if (jsonFailed) log(Level.Error, jsonFault())
import { take } from './arena'
import { ABSENT, equals, View } from './bytes'
import {
  at,
  begin,
  beginValue,
  failAt,
  failJson,
  Json,
  jsonFailed,
  limit,
  moveTo,
  peekJson,
  skipBlanks,
} from './json-cursor'
import { depth, DUE, enterFrame, FRESH, leaveFrame, READ, top, wasRead } from './json-frames'
import {
  EXPECTED_ARRAY,
  EXPECTED_ARRAY_END,
  EXPECTED_COLON,
  EXPECTED_NAME,
  EXPECTED_OBJECT,
  EXPECTED_OBJECT_END,
  EXPECTED_VALUE,
  REPEATED,
  TOO_DEEP,
  TOO_MANY,
  TRAILING,
  TRAILING_COMMA,
  UNFINISHED,
  UNKNOWN,
} from './json-messages'
import { readBoolean, readNull, readNumberText, readString, readText } from './json-values'

export { failJson, Json, jsonFailed, jsonFault, openJson, peekJson } from './json-cursor'
export { readBoolean, readNull, readNumber, readString, readWhole } from './json-values'

const MOST_KEYS: i32 = 1024

/** The name that `nextKey` found, without escapes; until the callback ends. */
export let jsonKey: View = ABSENT

/** Nothing but blanks may be left. */
export function closeJson(): void {
  if (jsonFailed) return
  if (depth > 0) return failAt(at, UNFINISHED)
  skipBlanks()
  if (at < limit) failAt(at, TRAILING)
}

/** Steps into an object; then call `nextKey` until it gives false. False, and a fault, when the next value is none. */
export function enterObject(): bool {
  return enter(Json.Object, EXPECTED_OBJECT)
}

/** Steps into an array; then call `nextItem` until it gives false. */
export function enterArray(): bool {
  return enter(Json.Array, EXPECTED_ARRAY)
}

function enter(kind: i32, otherwise: View): bool {
  if (!begin(kind, otherwise)) return false
  if (!enterFrame(kind == Json.Object)) {
    failAt(at, TOO_DEEP)
    return false
  }
  moveTo(at + 1)
  return true
}

/** Goes to the next name of the object that was entered last; a value that nobody read is skipped. False at its end. */
export function nextKey(): bool {
  if (!advance(0x7d, EXPECTED_OBJECT_END)) return false
  if (at >= limit || load<u8>(at) != 0x22) {
    failAt(at, EXPECTED_NAME)
    return false
  }
  const frame = top()
  const nameAt = at
  const name = readText()
  if (jsonFailed) return false
  let keys = load<usize>(frame, 20)
  for (let key = keys; key; key = load<usize>(key, 8)) {
    if (!equals(load<u64>(key), name)) continue
    store<u64>(frame, name, 8)
    failAt(nameAt, REPEATED)
    return false
  }
  const entry = load<u32>(frame, 16) < <u32>MOST_KEYS ? take(12) : 0
  if (!entry) {
    failAt(nameAt, TOO_MANY)
    return false
  }
  store<u64>(entry, name)
  store<usize>(entry, keys, 8)
  store<usize>(frame, entry, 20)
  store<u64>(frame, name, 8)
  store<u32>(frame, load<u32>(frame, 16) + 1, 16)
  skipBlanks()
  if (at >= limit || load<u8>(at) != 0x3a) {
    failAt(at, EXPECTED_COLON)
    return false
  }
  moveTo(at + 1)
  skipBlanks()
  beginValue()
  jsonKey = name
  return true
}

/** Goes to the next item of the array that was entered last. False at its end. */
export function nextItem(): bool {
  const isFirst = depth > 0 && load<u32>(top(), 4) == FRESH
  if (!advance(0x5d, EXPECTED_ARRAY_END)) return false
  if (!isFirst) store<u32>(top(), load<u32>(top(), 16) + 1, 16)
  beginValue()
  return true
}

/** To the next member of the innermost container, or out of it. */
function advance(close: u8, otherwise: View): bool {
  if (jsonFailed || depth == 0) return false
  if (load<u32>(top(), 4) == DUE) skipValue()
  if (jsonFailed) return false
  const state = load<u32>(top(), 4)
  skipBlanks()
  if (at < limit && load<u8>(at) == close) {
    moveTo(at + 1)
    leaveFrame()
    wasRead()
    return false
  }
  if (state == READ) {
    if (at >= limit || load<u8>(at) != 0x2c) {
      failAt(at, otherwise)
      return false
    }
    moveTo(at + 1)
    skipBlanks()
    if (at < limit && load<u8>(at) == close) {
      failAt(at, TRAILING_COMMA)
      return false
    }
  }
  if (at >= limit) {
    failAt(at, UNFINISHED)
    return false
  }
  store<u32>(top(), DUE, 4)
  return true
}

/** Passes over the next value, checking it all the same. */
export function skipValue(): void {
  const base = depth
  let isInside = false
  while (!jsonFailed) {
    if (isInside && !(load<u32>(top()) ? nextKey() : nextItem())) {
      if (depth == base) return
      continue
    }
    readAny()
    if (depth == base) return
    isInside = true
  }
}

function readAny(): void {
  switch (peekJson()) {
    case Json.Object:
      enterObject()
      break
    case Json.Array:
      enterArray()
      break
    case Json.String:
      readString()
      break
    case Json.Number:
      readNumberText()
      break
    case Json.Boolean:
      readBoolean()
      break
    case Json.Null:
      readNull()
      break
    default:
      failAt(at, at < limit ? EXPECTED_VALUE : UNFINISHED)
  }
}

/** For names that the configuration does not have. */
export function unknownKey(): void {
  failJson(UNKNOWN)
}

/** Says what is wrong with one member of the value that was entered last, such as one that is missing. */
export function failMember(name: View, what: View): void {
  if (jsonFailed) return
  if (enterFrame(true)) store<u64>(top(), name, 8)
  failJson(what)
}

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
import { ABSENT, equals, positionIn, View, wordAt } from './bytes'
import {
  accept,
  at,
  beginValue,
  beginWith,
  failAt,
  failHere,
  failJson,
  isNext,
  Json,
  jsonFailed,
  limit,
  moveTo,
  peekJson,
  skipBlanks,
} from './json-cursor'
import { depth, DUE, enterFrame, FRESH, leaveFrame, top, wasRead } from './json-frames'
import {
  EXPECTED_ARRAY,
  EXPECTED_ARRAY_END,
  EXPECTED_COLON,
  EXPECTED_NAME,
  EXPECTED_OBJECT,
  EXPECTED_OBJECT_END,
  EXPECTED_VALUE,
  MISSING,
  REPEATED,
  TOO_DEEP,
  TOO_MANY,
  TRAILING,
  TRAILING_COMMA,
  UNFINISHED,
  UNKNOWN,
} from './json-messages'
import { readNumberText, readString, readText, readWord } from './json-values'

export { failJson, Json, jsonFailed, jsonFault, openJson, peekJson } from './json-cursor'
export { readBoolean, readNull, readNumber, readOneOf, readString, readWhole } from './json-values'

const MOST_KEYS: i32 = 1024

/** The name that `nextKey` found, without escapes; until the callback ends. */
export let jsonKey: View = ABSENT

/** Nothing but blanks may be left. */
export function closeJson(): void {
  skipBlanks()
  if (depth > 0) failAt(at, UNFINISHED)
  else if (at < limit) failHere(TRAILING)
}

/** Steps into an object; then call `nextKey` or `nextOf` until it says that there are no more. False, and a fault, when the next value is none. */
export function enterObject(): bool {
  return enter(0x7b, EXPECTED_OBJECT)
}

/** Steps into an array; then call `nextItem` until it gives false. */
export function enterArray(): bool {
  return enter(0x5b, EXPECTED_ARRAY)
}

function enter(opening: u8, otherwise: View): bool {
  if (!beginWith(opening, otherwise)) return false
  if (!enterFrame(opening == 0x7b)) return failHere(TOO_DEEP)
  moveTo(at + 1)
  return true
}

/** Goes to the next name of the object that was entered last; a value that nobody read is skipped. False at its end. */
export function nextKey(): bool {
  skipDue()
  return nextName()
}

function nextName(): bool {
  if (!advance(0x7d, EXPECTED_OBJECT_END)) return false
  if (!isNext(0x22)) return failHere(EXPECTED_NAME)
  const nameAt = at
  const name = readText()
  if (jsonFailed) return false
  const keys = load<usize>(top, 20)
  for (let key = keys; key; key = load<usize>(key, 8)) {
    if (!equals(load<u64>(key), name)) continue
    store<u64>(top, name, 8)
    return failAt(nameAt, REPEATED)
  }
  const entry = load<u32>(top, 16) < <u32>MOST_KEYS ? take(12) : 0
  if (!entry) return failAt(nameAt, TOO_MANY)
  store<u64>(entry, name)
  store<usize>(entry, keys, 8)
  store<usize>(top, entry, 20)
  store<u64>(top, name, 8)
  store<u32>(top, load<u32>(top, 16) + 1, 16)
  skipBlanks()
  if (!accept(0x3a)) return failHere(EXPECTED_COLON)
  skipBlanks()
  beginValue()
  jsonKey = name
  return true
}

/**
 * As `nextKey`, for objects whose names are known, written with one space between: the position of the name that was found, -1 at
 * the end. Others are faults. Its value has to be read, or passed over with `skipValue`: modules that read all of theirs
 * need not hold what skips any.
 */
export function nextOf(names: View): i32 {
  if (!nextName()) return -1
  const position = positionIn(names, jsonKey)
  if (position < 0) unknownKey()
  return position
}

/** Goes to the next item of the array that was entered last; one that nobody read is skipped. False at its end. */
export function nextItem(): bool {
  skipDue()
  return nextRead()
}

/** As `nextItem`, for arrays whose items are all read, or passed over with `skipValue`. */
export function nextRead(): bool {
  const isFirst = depth > 0 && load<u32>(top, 4) == FRESH
  if (!advance(0x5d, EXPECTED_ARRAY_END)) return false
  if (!isFirst) store<u32>(top, load<u32>(top, 16) + 1, 16)
  beginValue()
  return true
}

/** To the next member of the innermost container, or out of it. */
function advance(close: u8, otherwise: View): bool {
  if (jsonFailed || depth == 0) return false
  const state = load<u32>(top, 4)
  skipBlanks()
  if (accept(close)) {
    leaveFrame()
    wasRead()
    return false
  }
  if (state != FRESH) {
    if (!accept(0x2c)) return failHere(otherwise)
    skipBlanks()
    if (isNext(close)) return failHere(TRAILING_COMMA)
  }
  if (at >= limit) return failHere(otherwise)
  store<u32>(top, DUE, 4)
  return true
}

function skipDue(): void {
  if (!jsonFailed && depth > 0 && load<u32>(top, 4) == DUE) skipValue()
}

/** Passes over the next value, checking it all the same. */
export function skipValue(): void {
  const base = depth
  do {
    if (depth == base || (load<u32>(top) ? nextName() : nextRead())) readAny()
  } while (!jsonFailed && depth > base)
}

function readAny(): void {
  const kind = peekJson()
  if (kind == Json.Object) enterObject()
  else if (kind == Json.Array) enterArray()
  else if (kind == Json.String) readString()
  else if (kind == Json.Number) readNumberText()
  else readWord(kind == Json.None ? -1 : kind, EXPECTED_VALUE)
}

/** For names that the configuration does not have. */
export function unknownKey(): void {
  failJson(UNKNOWN)
}

/** Says that a member of the value that was entered last is missing: by its position among its names. */
export function failMissing(names: View, position: i32): void {
  failMember(wordAt(names, position), MISSING)
}

/** Says what is wrong with one member of the value that was entered last, such as one that is missing. */
export function failMember(name: View, what: View): void {
  if (jsonFailed) return
  if (enterFrame(true)) store<u64>(top, name, 8)
  failJson(what)
}

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
import { built, clear, newBuilder, put, putDecimal } from './builder'
import { ABSENT, end, equals, size, start, View, view } from './bytes'
import { depth, DUE, enterFrame, FRESH, leaveAll, leaveFrame, putPath, READ, top } from './json-frames'
import {
  COLON,
  COLUMN,
  EXPECTED_ARRAY,
  EXPECTED_ARRAY_END,
  EXPECTED_BOOLEAN,
  EXPECTED_COLON,
  EXPECTED_NAME,
  EXPECTED_NULL,
  EXPECTED_NUMBER,
  EXPECTED_OBJECT,
  EXPECTED_OBJECT_END,
  EXPECTED_STRING,
  EXPECTED_VALUE,
  FALSE,
  LINE,
  NULL,
  REPEATED,
  TOO_DEEP,
  TOO_MANY,
  TRAILING,
  TRAILING_COMMA,
  TRUE,
  UNFINISHED,
  UNKNOWN,
  notWithin,
} from './json-messages'
import { isDigit, numberTo, scanNumber } from './json-number'
import { scannedString, scannedTo, scanString } from './json-string'

/** What comes next: `peekJson`. */
export namespace Json {
  export const None: i32 = 0
  export const Object: i32 = 1
  export const Array: i32 = 2
  export const String: i32 = 3
  export const Number: i32 = 4
  export const Boolean: i32 = 5
  export const Null: i32 = 6
}

const MOST_KEYS: i32 = 1024

let origin: usize = 0
let at: usize = 0
let limit: usize = 0
/** Where the value begins that was read last: what is wrong with its content is wrong there. */
let valueAt: usize = 0

/** A fault was met: `jsonFault` says which. */
export let jsonFailed: bool = false
/** The name that `nextKey` found, without escapes; until the callback ends. */
export let jsonKey: View = ABSENT

const fault = newBuilder(512)

/** Begins to read. One document at a time. */
export function openJson(bytes: View): void {
  origin = start(bytes)
  at = origin
  valueAt = origin
  limit = bytes == ABSENT ? at : end(bytes)
  leaveAll()
  jsonFailed = false
  clear(fault)
}

/** Nothing but blanks may be left. */
export function closeJson(): void {
  if (jsonFailed) return
  if (depth > 0) return failAt(at, UNFINISHED)
  skipBlanks()
  if (at < limit) failAt(at, TRAILING)
}

/** The kind of the next value, which stays. */
export function peekJson(): i32 {
  if (jsonFailed) return Json.None
  skipBlanks()
  if (at >= limit) return Json.None
  switch (load<u8>(at)) {
    case 0x7b:
      return Json.Object
    case 0x5b:
      return Json.Array
    case 0x22:
      return Json.String
    case 0x74:
    case 0x66:
      return Json.Boolean
    case 0x6e:
      return Json.Null
    default:
      return load<u8>(at) == 0x2d || isDigit(at, limit) ? Json.Number : Json.None
  }
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
  at++
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
  at++
  skipBlanks()
  valueAt = at
  jsonKey = name
  return true
}

/** Goes to the next item of the array that was entered last. False at its end. */
export function nextItem(): bool {
  const isFirst = depth > 0 && load<u32>(top(), 4) == FRESH
  if (!advance(0x5d, EXPECTED_ARRAY_END)) return false
  if (!isFirst) store<u32>(top(), load<u32>(top(), 16) + 1, 16)
  valueAt = at
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
    at++
    leaveFrame()
    wasRead()
    return false
  }
  if (state == READ) {
    if (at >= limit || load<u8>(at) != 0x2c) {
      failAt(at, otherwise)
      return false
    }
    at++
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

/** A string without its escapes, valid UTF-8, until the callback ends; `ABSENT` after a fault. */
export function readString(): View {
  if (!begin(Json.String, EXPECTED_STRING)) return ABSENT
  const text = readText()
  if (!jsonFailed) wasRead()
  return text
}

/** True or false; false after a fault. */
export function readBoolean(): bool {
  if (!begin(Json.Boolean, EXPECTED_BOOLEAN)) return false
  const isTrue = load<u8>(at) == 0x74
  if (!scanWord(isTrue ? TRUE : FALSE)) return false
  wasRead()
  return isTrue
}

export function readNull(): void {
  if (begin(Json.Null, EXPECTED_NULL) && scanWord(NULL)) wasRead()
}

/** A whole number within bounds; `least` after a fault. */
export function readWhole(least: i64, most: i64): i64 {
  const text = readNumberText()
  if (text == ABSENT) return least
  const isNegative = load<u8>(start(text)) == 0x2d
  let value: u64 = 0
  for (let i = isNegative ? 1 : 0; i < size(text); i++) {
    const digit = <u64>load<u8>(start(text) + <usize>i) - 0x30
    if (digit > 9 || value > 900_000_000_000_000_000) return outOfRange(least, most)
    value = value * 10 + digit
  }
  const signed = isNegative ? -(<i64>value) : <i64>value
  return signed < least || signed > most ? outOfRange(least, most) : signed
}

/** Any number; 0 after a fault. Leaves garbage behind: for configurations only. */
export function readNumber(): f64 {
  const text = readNumberText()
  return text == ABSENT ? 0 : parseFloat(String.UTF8.decodeUnsafe(start(text), <usize>size(text)))
}

/** For names that the configuration does not have. */
export function unknownKey(): void {
  failJson(UNKNOWN)
}

/** What is wrong with the value that was read last. The first fault counts. */
export function failJson(what: View): void {
  failAt(valueAt, what)
}

/** Says what is wrong with one member of the value that was entered last, such as one that is missing. */
export function failMember(name: View, what: View): void {
  if (jsonFailed) return
  if (enterFrame(true)) store<u64>(top(), name, 8)
  failAt(valueAt, what)
}

/** `line 3, column 14: limits[0].requests: must be a whole number from 0 to 10`, as long as nobody else writes to it. */
export function jsonFault(): View {
  return built(fault)
}

function failAt(where: usize, what: View): void {
  if (jsonFailed) return
  jsonFailed = true
  let line: u64 = 1
  let lineAt = origin
  for (let i = origin; i < where && i < limit; i++) {
    if (load<u8>(i) != 0x0a) continue
    line++
    lineAt = i + 1
  }
  clear(fault)
  put(fault, LINE)
  putDecimal(fault, line)
  put(fault, COLUMN)
  putDecimal(fault, <u64>(where - lineAt) + 1)
  put(fault, COLON)
  const pathAt = size(built(fault))
  putPath(fault)
  if (size(built(fault)) > pathAt) put(fault, COLON)
  put(fault, what)
}

function outOfRange(least: i64, most: i64): i64 {
  failJson(notWithin(least, most))
  return least
}

function begin(kind: i32, otherwise: View): bool {
  if (jsonFailed) return false
  const found = peekJson()
  valueAt = at
  if (found == kind) return true
  failAt(at, at < limit ? otherwise : UNFINISHED)
  return false
}

function wasRead(): void {
  if (depth > 0) store<u32>(top(), READ, 4)
}

function skipBlanks(): void {
  while (at < limit) {
    const byte = load<u8>(at)
    if (byte != 0x20 && byte != 0x0a && byte != 0x0d && byte != 0x09) return
    at++
  }
}

function scanWord(word: View): bool {
  const length = <usize>size(word)
  if (limit - at < length || memory.compare(at, start(word), length) != 0) {
    failAt(at, EXPECTED_VALUE)
    return false
  }
  at += length
  return true
}

/** The next number as it is written; `ABSENT` after a fault. */
function readNumberText(): View {
  if (!begin(Json.Number, EXPECTED_NUMBER)) return ABSENT
  const from = at
  const isGood = scanNumber(from, limit)
  at = numberTo
  if (!isGood) {
    failAt(at, EXPECTED_NUMBER)
    return ABSENT
  }
  wasRead()
  return view(from, <i32>(at - from))
}

/** Reads the string that begins here, without its escapes; `ABSENT` after a fault. */
function readText(): View {
  const wrong = scanString(at, limit)
  if (wrong != ABSENT) {
    failAt(scannedTo, wrong)
    return ABSENT
  }
  at = scannedTo
  return scannedString
}

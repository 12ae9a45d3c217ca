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
import { built, clear, newBuilder, put, putDecimal, roomIn } from './builder'
import { ABSENT, end, equals, first, literal, size, start, View, view } from './bytes'

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

const MOST_DEPTH: i32 = 32
const MOST_KEYS: i32 = 1024

/** isObject u32 · state u32 · key u64 · index u32 · list of keys u32 */
const FRAME: usize = 24
const frames: usize = memory.data(24 * 32, 8)
/** Nothing read yet · a value is due · it was read. */
const FRESH: u32 = 0
const DUE: u32 = 1
const READ: u32 = 2

let origin: usize = 0
let at: usize = 0
let limit: usize = 0
/** Where the value begins that was read last: what is wrong with its content is wrong there. */
let valueAt: usize = 0
let depth: i32 = 0

/** A fault was met: `jsonFault` says which. */
export let jsonFailed: bool = false
/** The name that `nextKey` found, without escapes; until the callback ends. */
export let jsonKey: View = ABSENT
let lastString: View = ABSENT

const fault = newBuilder(512)

/** Begins to read. One document at a time. */
export function openJson(bytes: View): void {
  origin = start(bytes)
  at = origin
  valueAt = origin
  limit = bytes == ABSENT ? at : end(bytes)
  depth = 0
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
      return load<u8>(at) == 0x2d || isDigit(at) ? Json.Number : Json.None
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
  if (depth == MOST_DEPTH) {
    failAt(at, TOO_DEEP)
    return false
  }
  at++
  const frame = frames + <usize>depth * FRAME
  store<u32>(frame, kind == Json.Object ? 1 : 0)
  store<u32>(frame, FRESH, 4)
  store<u64>(frame, ABSENT, 8)
  store<u32>(frame, 0, 16)
  store<usize>(frame, 0, 20)
  depth++
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
  if (!scanString()) return false
  const name = lastString
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
    depth--
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
  if (!begin(Json.String, EXPECTED_STRING) || !scanString()) return ABSENT
  wasRead()
  return lastString
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
  if (depth == MOST_DEPTH) return failJson(what)
  const frame = frames + <usize>depth * FRAME
  store<u32>(frame, 1)
  store<u64>(frame, name, 8)
  depth++
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
  for (let i = 0; i < depth; i++) putStep(frames + <usize>i * FRAME, i == 0)
  if (size(built(fault)) > pathAt) put(fault, COLON)
  put(fault, what)
}

function putStep(frame: usize, isFirst: bool): void {
  if (load<u32>(frame)) {
    const key = load<u64>(frame, 8)
    if (key == ABSENT) return
    if (!isFirst) put(fault, DOT)
    put(fault, first(key, min(size(key), max(roomIn(fault) - 128, 0))))
  } else {
    put(fault, OPEN)
    putDecimal(fault, load<u32>(frame, 16))
    put(fault, CLOSE)
  }
}

const range = newBuilder(128)

function outOfRange(least: i64, most: i64): i64 {
  clear(range)
  put(range, WHOLE)
  if (least < 0) put(range, MINUS)
  putDecimal(range, <u64>(least < 0 ? -least : least))
  put(range, TO)
  if (most < 0) put(range, MINUS)
  putDecimal(range, <u64>(most < 0 ? -most : most))
  failJson(built(range))
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

// @ts-ignore: decorator
@inline
function top(): usize {
  return frames + <usize>(depth - 1) * FRAME
}

function skipBlanks(): void {
  while (at < limit) {
    const byte = load<u8>(at)
    if (byte != 0x20 && byte != 0x0a && byte != 0x0d && byte != 0x09) return
    at++
  }
}

// @ts-ignore: decorator
@inline
function isDigit(where: usize): bool {
  return where < limit && <u32>load<u8>(where) - 0x30 < 10
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

/** `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?` */
function readNumberText(): View {
  if (!begin(Json.Number, EXPECTED_NUMBER)) return ABSENT
  const from = at
  if (load<u8>(at) == 0x2d) at++
  const isZero = at < limit && load<u8>(at) == 0x30
  const isGood = isZero ? isDigit(at++) && !isDigit(at) : scanDigits()
  if (!isGood) return badNumber()
  if (at < limit && load<u8>(at) == 0x2e) {
    at++
    if (!scanDigits()) return badNumber()
  }
  if (at < limit && (load<u8>(at) | 0x20) == 0x65) {
    at++
    if (at < limit && (load<u8>(at) == 0x2b || load<u8>(at) == 0x2d)) at++
    if (!scanDigits()) return badNumber()
  }
  wasRead()
  return view(from, <i32>(at - from))
}

function badNumber(): View {
  failAt(at, EXPECTED_NUMBER)
  return ABSENT
}

function scanDigits(): bool {
  const from = at
  while (isDigit(at)) at++
  return at > from
}

/** Reads from the opening quote to the closing one into `lastString`. */
function scanString(): bool {
  const from = at + 1
  let to = from
  let hasEscapes = false
  while (to < limit && load<u8>(to) != 0x22) {
    const byte = load<u8>(to)
    if (byte < 0x20) return badString(to, CONTROL)
    if (byte == 0x5c) {
      hasEscapes = true
      to++
    } else if (byte >= 0x80) {
      const length = utf8Length(to)
      if (!length) return badString(to, NOT_UTF8)
      to += length - 1
    }
    to++
  }
  if (to >= limit) return badString(limit, UNFINISHED)
  at = to + 1
  lastString = view(from, <i32>(to - from))
  return !hasEscapes || unescape(from, to)
}

function badString(where: usize, what: View): bool {
  failAt(where, what)
  return false
}

/** Length of the well-formed sequence of UTF-8 (RFC 3629, 4) that begins at `where`; 0 when there is none. */
function utf8Length(where: usize): usize {
  const a = <u32>load<u8>(where)
  const length: usize = a < 0xc2 ? 0 : a < 0xe0 ? 2 : a < 0xf0 ? 3 : a < 0xf5 ? 4 : 0
  if (!length || limit - where < length) return 0
  const b = <u32>load<u8>(where, 1)
  const least: u32 = a == 0xe0 ? 0xa0 : a == 0xf0 ? 0x90 : 0x80
  const most: u32 = a == 0xed ? 0x9f : a == 0xf4 ? 0x8f : 0xbf
  if (b < least || b > most) return 0
  for (let i: usize = 2; i < length; i++) if ((load<u8>(where + i) & 0xc0) != 0x80) return 0
  return length
}

/** No escape is shorter than what it stands for. */
function unescape(from: usize, to: usize): bool {
  const output = take(to - from)
  if (!output) return badString(from, TOO_MANY)
  let out = output
  let i = from
  while (i < to) {
    const byte = load<u8>(i)
    if (byte != 0x5c) {
      store<u8>(out++, byte)
      i++
      continue
    }
    const letter = load<u8>(i, 1)
    if (letter == 0x75) {
      const unit = hex4(i + 2, to)
      const isHigh = unit >= 0xd800 && unit < 0xdc00
      const second = isHigh && to - i >= 12 && load<u16>(i, 6) == 0x755c ? hex4(i + 8, to) : -1
      if (unit < 0 || (unit >= 0xdc00 && unit < 0xe000) || (isHigh && (second < 0xdc00 || second > 0xdfff)))
        return badString(i, BAD_ESCAPE)
      out = putCodePoint(out, isHigh ? 0x10000 + ((unit - 0xd800) << 10) + (second - 0xdc00) : unit)
      i += isHigh ? 12 : 6
      continue
    }
    const plain = escaped(letter)
    if (plain < 0) return badString(i, BAD_ESCAPE)
    store<u8>(out++, <u8>plain)
    i += 2
  }
  lastString = view(output, <i32>(out - output))
  return true
}

function escaped(letter: u8): i32 {
  switch (letter) {
    case 0x22:
    case 0x5c:
    case 0x2f:
      return letter
    case 0x62:
      return 0x08
    case 0x66:
      return 0x0c
    case 0x6e:
      return 0x0a
    case 0x72:
      return 0x0d
    case 0x74:
      return 0x09
    default:
      return -1
  }
}

function hex4(from: usize, to: usize): i32 {
  if (from > to || to - from < 4) return -1
  let value = 0
  for (let i: usize = 0; i < 4; i++) {
    const byte = <u32>load<u8>(from + i)
    const letter = (byte | 0x20) - 0x61
    if (byte - 0x30 > 9 && letter > 5) return -1
    value = (value << 4) | <i32>(letter <= 5 ? letter + 10 : byte - 0x30)
  }
  return value
}

function putCodePoint(out: usize, point: i32): usize {
  if (point < 0x80) {
    store<u8>(out, <u8>point)
    return out + 1
  }
  const more: usize = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3
  const lead = more == 1 ? 0xc0 : more == 2 ? 0xe0 : 0xf0
  store<u8>(out, <u8>(lead | (point >> (6 * <i32>more))))
  for (let i: usize = 1; i <= more; i++) store<u8>(out + i, <u8>(0x80 | ((point >> (6 * <i32>(more - i))) & 0x3f)))
  return out + more + 1
}

const LINE = literal('line ')
const COLUMN = literal(', column ')
const COLON = literal(': ')
const DOT = literal('.')
const OPEN = literal('[')
const CLOSE = literal(']')
const MINUS = literal('-')
const TRUE = literal('true')
const FALSE = literal('false')
const NULL = literal('null')
const WHOLE = literal('must be a whole number from ')
const TO = literal(' to ')
const EXPECTED_VALUE = literal('must be a value')
const EXPECTED_OBJECT = literal('must be an object')
const EXPECTED_ARRAY = literal('must be an array')
const EXPECTED_STRING = literal('must be a string')
const EXPECTED_NUMBER = literal('must be a number')
const EXPECTED_BOOLEAN = literal('must be true or false')
const EXPECTED_NULL = literal('must be null')
const EXPECTED_NAME = literal('expected a name in quotes')
const EXPECTED_COLON = literal('expected a colon')
const EXPECTED_OBJECT_END = literal('expected , or }')
const EXPECTED_ARRAY_END = literal('expected , or ]')
const TRAILING_COMMA = literal('a comma at the end')
const TRAILING = literal('more behind the end')
const UNFINISHED = literal('ends too early')
const TOO_DEEP = literal('nests too deep')
const TOO_MANY = literal('holds too much')
const REPEATED = literal('is there twice')
const UNKNOWN = literal('is no field of this configuration')
const CONTROL = literal('holds a control character that is not escaped')
const NOT_UTF8 = literal('is not UTF-8')
const BAD_ESCAPE = literal('holds an escape that JSON does not have')

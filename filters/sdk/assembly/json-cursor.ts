// Where the reader of JSON is: the bytes, the place of the next one and the first fault. What is read stays where it is; after
// a fault nothing moves any more.
import { built, clear, newBuilder, put, putDecimal } from './builder'
import { ABSENT, end, indexOf, size, start, View } from './bytes'
import { leaveAll, putPath } from './json-frames'
import { COLON, COLUMN, KINDS, LINE, UNFINISHED } from './json-messages'

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

let origin: usize = 0
/** The next byte, and the first that does not belong to the document. */
export let at: usize = 0
export let limit: usize = 0
/** Where the value begins that was read last: what is wrong with its content is wrong there. */
let valueAt: usize = 0

/** A fault was met: `jsonFault` says which. */
export let jsonFailed: bool = false

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

export function moveTo(next: usize): void {
  at = next
}

/** What is read from here on is a value. */
export function beginValue(): void {
  valueAt = at
}

export function skipBlanks(): void {
  while (at < limit) {
    const byte = load<u8>(at)
    if (byte != 0x20 && byte != 0x0a && byte != 0x0d && byte != 0x09) return
    at++
  }
}

export function isNext(byte: u8): bool {
  return at < limit && load<u8>(at) == byte
}

/** Goes past the byte if it is the next one. */
export function accept(byte: u8): bool {
  if (!isNext(byte)) return false
  at++
  return true
}

export function isDigitNext(): bool {
  return at < limit && <u32>load<u8>(at) - 0x30 < 10
}

/** The kind of the next value, which stays. */
export function peekJson(): i32 {
  if (jsonFailed) return Json.None
  skipBlanks()
  if (isDigitNext()) return Json.Number
  if (isNext(0x66)) return Json.Boolean
  return at < limit ? indexOf(KINDS, load<u8>(at)) + 1 : Json.None
}

/** Stands before a value of this kind; false, and a fault, where there is none. */
export function begin(kind: i32, otherwise: View): bool {
  const found = peekJson()
  valueAt = at
  return found == kind || failHere(otherwise)
}

/** As `begin`, for kinds of which every value begins with the same byte: modules that read no others hold less. */
export function beginWith(byte: u8, otherwise: View): bool {
  if (jsonFailed) return false
  skipBlanks()
  valueAt = at
  return isNext(byte) || failHere(otherwise)
}

/** What is wrong with the value that was read last. The first fault counts. */
export function failJson(what: View): void {
  failAt(valueAt, what)
}

/** What is wrong with the next byte, if there is one. Gives false, as `failAt`. */
export function failHere(what: View): bool {
  return failAt(at, at < limit ? what : UNFINISHED)
}

/** `line 3, column 14: limits[0].requests: must be a whole number from 0 to 10`, as long as nobody else writes to it. */
export function jsonFault(): View {
  return built(fault)
}

/** Gives false, for whoever has to give it on. */
export function failAt(where: usize, what: View): bool {
  if (jsonFailed) return false
  jsonFailed = true
  let line: u64 = 1
  let lineAt = origin
  for (let i = origin; i < where && i < limit; i++) {
    if (load<u8>(i) != 0x0a) continue
    line++
    lineAt = i + 1
  }
  clear(fault)
  say(LINE)
  putDecimal(fault, line)
  say(COLUMN)
  putDecimal(fault, <u64>(where - lineAt) + 1)
  say(COLON)
  const pathAt = size(built(fault))
  putPath(fault)
  if (size(built(fault)) > pathAt) say(COLON)
  say(what)
  return false
}

function say(text: View): void {
  put(fault, text)
}

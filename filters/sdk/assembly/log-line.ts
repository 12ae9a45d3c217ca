// Log lines of the form `message key=value key="a value"`. Whatever a value holds, it stays on its line: quotes,
// backslashes and bytes that are not visible ASCII are escaped (`\"`, `\\`, `\x0a`).
//
//   if (isLogged(Level.Info)) { beginLine(MESSAGE); field(ROUTE, name); numberField(SIZE, 12); endLine(Level.Info) }
import { built, clear, newBuilder, put, putByte, putDecimal } from './builder'
import { ABSENT, end, start, View } from './bytes'
import { log, logLevel } from './log'

const line = newBuilder(2048)

/** The host prints lines of this level: ask before putting together a line that is dear. */
export function isLogged(level: i32): bool {
  return level >= logLevel()
}

/** One line at a time. */
export function beginLine(message: View): void {
  clear(line)
  put(line, message)
}

/** An absent value is `key=-`; what no longer fits into 2,048 bytes is cut. */
export function field(key: View, value: View): void {
  if (value != ABSENT && !isPlain(value)) return quotedField(key, value)
  putKey(key)
  if (value == ABSENT) append(DASH)
  else put(line, value)
}

/** `key="value"`, for values that are no single word. */
export function quotedField(key: View, value: View): void {
  putKey(key)
  append(QUOTE)
  for (let at = start(value); at < end(value); at++) putEscaped(load<u8>(at))
  append(QUOTE)
}

/** `key=-12`: a number in decimal digits. */
export function numberField(key: View, value: i64): void {
  putKey(key)
  if (value < 0) append(DASH)
  putDecimal(line, <u64>(value < 0 ? 0 - value : value))
}

/** Gives the line to the host's log. */
export function endLine(level: i32): void {
  log(level, built(line))
}

const DASH: u8 = 0x2d
const QUOTE: u8 = 0x22
const BACKSLASH: u8 = 0x5c

function append(byte: u8): void {
  putByte(line, byte)
}

function putKey(key: View): void {
  append(0x20)
  put(line, key)
  append(0x3d)
}

function isPlain(value: View): bool {
  for (let at = start(value); at < end(value); at++) {
    const byte = load<u8>(at)
    if (byte == 0x20 || byte == 0x3d || isEscaped(byte)) return false
  }
  return start(value) != end(value)
}

function isEscaped(byte: u8): bool {
  return byte == QUOTE || byte == BACKSLASH || byte < 0x20 || byte >= 0x7f
}

function putEscaped(byte: u8): void {
  if (isEscaped(byte)) append(BACKSLASH)
  if (byte < 0x20 || byte >= 0x7f) {
    append(0x78)
    append(hexDigit(byte >> 4))
    append(hexDigit(byte & 15))
  } else {
    append(byte)
  }
}

function hexDigit(value: u8): u8 {
  return value + (value < 10 ? 0x30 : 0x57)
}

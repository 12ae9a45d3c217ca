// Log lines of the form `message key=value key="a value"`. Whatever a value holds, it stays on its line: quotes,
// backslashes and bytes that are not visible ASCII are escaped (`\"`, `\\`, `\x0a`).
//
//   if (isLogged(Level.Info)) { beginLine(MESSAGE); field(ROUTE, name); numberField(SIZE, 12); endLine(Level.Info) }
import { built, clear, newBuilder, put, putDecimal } from './builder'
import { ABSENT, end, start, View, view } from './bytes'
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
  putKey(key)
  if (value == ABSENT) {
    put(line, DASH)
  } else if (isPlain(value)) {
    put(line, value)
  } else {
    put(line, QUOTE)
    for (let at = start(value); at < end(value); at++) putEscaped(at)
    put(line, QUOTE)
  }
}

export function numberField(key: View, value: i64): void {
  putKey(key)
  if (value < 0) put(line, DASH)
  putDecimal(line, <u64>(value < 0 ? 0 - value : value))
}

export function endLine(level: i32): void {
  log(level, built(line))
}

function putKey(key: View): void {
  put(line, SPACE)
  put(line, key)
  put(line, SIGN)
}

function isPlain(value: View): bool {
  if (start(value) == end(value)) return false
  for (let at = start(value); at < end(value); at++) {
    const byte = load<u8>(at)
    if (byte <= 0x20 || byte >= 0x7f || byte == 0x22 || byte == 0x5c || byte == 0x3d) return false
  }
  return true
}

function putEscaped(at: usize): void {
  const byte = load<u8>(at)
  if (byte == 0x22 || byte == 0x5c) {
    put(line, BACKSLASH)
    put(line, view(at, 1))
  } else if (byte >= 0x20 && byte < 0x7f) {
    put(line, view(at, 1))
  } else {
    put(line, ESCAPE)
    put(line, view(HEX + (byte >> 4), 1))
    put(line, view(HEX + (byte & 15), 1))
  }
}

const SPACE: View = view(memory.data<u8>([0x20]), 1)
const SIGN: View = view(memory.data<u8>([0x3d]), 1)
const DASH: View = view(memory.data<u8>([0x2d]), 1)
const QUOTE: View = view(memory.data<u8>([0x22]), 1)
const BACKSLASH: View = view(memory.data<u8>([0x5c]), 1)
const ESCAPE: View = view(memory.data<u8>([0x5c, 0x78]), 2)
/** 0123456789abcdef */
const HEX: usize = memory.data<u8>([
  0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66,
])

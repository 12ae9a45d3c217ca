// Strings of a JSON document: strictly UTF-8 (RFC 3629), no bare control characters, no lone surrogates.
import { take } from './arena'
import { ABSENT, first, indexOf, start, View, view } from './bytes'
import { BAD_ESCAPE, CONTROL, ESCAPES, NOT_UTF8, TOO_MANY, UNFINISHED } from './json-messages'

/** Without its escapes; in the document, or in the arena where it had any. */
export let scannedString: View = ABSENT
/** Behind the closing quote; after a fault, where that is. */
export let scannedTo: usize = 0

/** Reads from the opening quote at `quote` to the closing one. `ABSENT`, or what is wrong. */
export function scanString(quote: usize, limit: usize): View {
  const from = quote + 1
  let to = from
  let hasEscapes = false
  while (to < limit && load<u8>(to) != 0x22) {
    const byte = load<u8>(to)
    if (byte < 0x20) return fault(to, CONTROL)
    if (byte == 0x5c) {
      hasEscapes = true
      to++
    } else if (byte >= 0x80) {
      const length = utf8Length(to, limit)
      if (!length) return fault(to, NOT_UTF8)
      to += length - 1
    }
    to++
  }
  if (to >= limit) return fault(limit, UNFINISHED)
  scannedTo = to + 1
  scannedString = view(from, <i32>(to - from))
  return hasEscapes ? unescape(from, to) : ABSENT
}

function fault(where: usize, what: View): View {
  scannedTo = where
  return what
}

/** Length of the well-formed sequence of UTF-8 (RFC 3629, 4) that begins at `where`; 0 when there is none. */
function utf8Length(where: usize, limit: usize): usize {
  const lead = <u32>load<u8>(where)
  const length: usize = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
  if (lead < 0xc2 || limit - where < length) return 0
  let point = lead & (length == 2 ? 0x1f : 0x0f)
  for (let i: usize = 1; i < length; i++) {
    const byte = <u32>load<u8>(where + i)
    if ((byte & 0xc0) != 0x80) return 0
    point = (point << 6) | (byte & 0x3f)
  }
  // Neither longer than it has to be, nor half of a pair, nor beyond Unicode.
  if (length > 2 && point < (length == 3 ? <u32>0x800 : 0x10000)) return 0
  return point >> 11 == 0x1b || point > 0x10ffff ? 0 : length
}

/** No escape is shorter than what it stands for. */
function unescape(from: usize, to: usize): View {
  const output = take(to - from)
  if (!output) return fault(from, TOO_MANY)
  let out = output
  for (let i = from; i < to; ) {
    let byte = load<u8>(i)
    const letter = load<u8>(i, 1)
    if (byte == 0x5c && letter == 0x75) {
      let point = hex4(i + 2, to)
      let behind = i + 6
      if (point >>> 10 == 0x36) {
        const second = load<u16>(behind) == 0x755c ? hex4(behind + 2, to) : -1
        point = second >>> 10 == 0x37 ? 0x10000 + ((point & 0x3ff) << 10) + (second & 0x3ff) : -1
        behind += 6
      }
      if (point < 0 || point >>> 10 == 0x37) return fault(i, BAD_ESCAPE)
      out = putCodePoint(out, point)
      i = behind
      continue
    }
    if (byte == 0x5c) {
      const known = indexOf(first(ESCAPES, 8), letter)
      if (known < 0) return fault(i, BAD_ESCAPE)
      byte = load<u8>(start(ESCAPES) + <usize>known, 8)
      i++
    }
    store<u8>(out++, byte)
    i++
  }
  scannedString = view(output, <i32>(out - output))
  return ABSENT
}

/** Four hexadecimal digits; -1 when there are none. */
function hex4(from: usize, to: usize): i32 {
  if (from + 4 > to) return -1
  let value = 0
  for (let i: usize = 0; i < 4; i++) {
    const byte = <u32>load<u8>(from + i)
    let digit = byte - 0x30
    if (digit > 9) {
      digit = (byte | 0x20) - 0x61 + 10
      if (digit - 10 > 5) return -1
    }
    value = (value << 4) | <i32>digit
  }
  return value
}

function putCodePoint(out: usize, point: i32): usize {
  let more = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3
  let to = out
  // As many ones as there are bytes, above the bits that stand in the first of them.
  store<u8>(to, <u8>((more ? 0xff00 >> (more + 1) : 0) | (point >> (6 * more))))
  while (more-- > 0) store<u8>(++to, <u8>(0x80 | ((point >> (6 * more)) & 0x3f)))
  return to + 1
}

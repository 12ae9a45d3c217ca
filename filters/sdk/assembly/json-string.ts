// Strings of a JSON document: strictly UTF-8 (RFC 3629), no bare control characters, no lone surrogates.
import { take } from './arena'
import { ABSENT, View, view } from './bytes'
import { BAD_ESCAPE, CONTROL, NOT_UTF8, TOO_MANY, UNFINISHED } from './json-messages'

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
function unescape(from: usize, to: usize): View {
  const output = take(to - from)
  if (!output) return fault(from, TOO_MANY)
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
        return fault(i, BAD_ESCAPE)
      out = putCodePoint(out, isHigh ? 0x10000 + ((unit - 0xd800) << 10) + (second - 0xdc00) : unit)
      i += isHigh ? 12 : 6
      continue
    }
    const plain = escaped(letter)
    if (plain < 0) return fault(i, BAD_ESCAPE)
    store<u8>(out++, <u8>plain)
    i += 2
  }
  scannedString = view(output, <i32>(out - output))
  return ABSENT
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

// The values of JSON that hold no others: strings, numbers, booleans and null, as the reader of a configuration asks for them.
// After a fault each gives nothing, at once.
import { ABSENT, equals, positionIn, size, start, View, view } from './bytes'
import { at, begin, beginWith, failAt, failHere, failJson, Json, jsonFailed, limit, moveTo } from './json-cursor'
import { wasRead } from './json-frames'
import {
  EXPECTED_BOOLEAN,
  EXPECTED_NULL,
  EXPECTED_NUMBER,
  EXPECTED_STRING,
  EXPECTED_VALUE,
  FALSE,
  NULL,
  notOneOf,
  notWithin,
  TRUE,
} from './json-messages'
import { scanNumber } from './json-number'
import { scannedString, scannedTo, scanString } from './json-string'

/** A string without its escapes, valid UTF-8, until the callback ends; `ABSENT` after a fault. */
export function readString(): View {
  if (!beginWith(0x22, EXPECTED_STRING)) return ABSENT
  const text = readText()
  if (!jsonFailed) wasRead()
  return text
}

/** A string that is one of the words in a list with one space between them: its position; 0 after a fault. */
export function readOneOf(words: View): i32 {
  const position = positionIn(words, readString())
  if (position >= 0) return position
  failJson(notOneOf(words))
  return 0
}

/** True or false; false after a fault. */
export function readBoolean(): bool {
  return readWord(Json.Boolean, EXPECTED_BOOLEAN) == 0x74
}

/** Reads `null`; a fault when the next value is another. */
export function readNull(): void {
  readWord(Json.Null, EXPECTED_NULL)
}

/** `true`, `false` or `null`: its first letter; 0 after a fault. */
export function readWord(kind: i32, otherwise: View): u8 {
  if (!begin(kind, otherwise)) return 0
  const letter = load<u8>(at)
  const word = letter == 0x74 ? TRUE : letter == 0x66 ? FALSE : NULL
  const to = at + <usize>size(word)
  if (to > limit || !equals(view(at, size(word)), word)) {
    failHere(EXPECTED_VALUE)
    return 0
  }
  moveTo(to)
  wasRead()
  return letter
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

function outOfRange(least: i64, most: i64): i64 {
  failJson(notWithin(least, most))
  return least
}

/** The next number as it is written; `ABSENT` after a fault. */
export function readNumberText(): View {
  if (!begin(Json.Number, EXPECTED_NUMBER)) return ABSENT
  const from = at
  if (!scanNumber()) {
    failHere(EXPECTED_NUMBER)
    return ABSENT
  }
  wasRead()
  return view(from, <i32>(at - from))
}

/** Reads the string that begins here, without its escapes; `ABSENT` after a fault. */
export function readText(): View {
  const wrong = scanString(at, limit)
  if (wrong != ABSENT) {
    failAt(scannedTo, wrong)
    return ABSENT
  }
  moveTo(scannedTo)
  return scannedString
}

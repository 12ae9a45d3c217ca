// What the JSON reader says of a fault.
import { built, clear, newBuilder, put, putByte, putDecimal } from './builder'
import { indexOf, literal, nextWord, size, View, word } from './bytes'

export const LINE = literal('line ')
export const COLUMN = literal(', column ')
const COMMA = literal(', ')
export const COLON = literal(': ')
/** How values of the kinds 1 to 6 begin, but for digits and `false`. */
export const KINDS = literal('{["-tn')
/** Letters behind a backslash, and what they stand for. */
export const ESCAPES = literal('"\\/bfnrt"\\/\b\f\n\r\t')
export const TRUE = literal('true')
export const FALSE = literal('false')
export const NULL = literal('null')
const MUST_BE = literal('must be ')
const OR = literal(' or ')
const WHOLE = literal('a whole number from ')
const TO = literal(' to ')
export const EXPECTED_VALUE = literal('must be a value')
export const EXPECTED_OBJECT = literal('must be an object')
export const EXPECTED_ARRAY = literal('must be an array')
export const EXPECTED_STRING = literal('must be a string')
export const EXPECTED_NUMBER = literal('must be a number')
export const EXPECTED_BOOLEAN = literal('must be true or false')
export const EXPECTED_NULL = literal('must be null')
export const EXPECTED_NAME = literal('expected a name in quotes')
export const EXPECTED_COLON = literal('expected a colon')
export const EXPECTED_OBJECT_END = literal('expected , or }')
export const EXPECTED_ARRAY_END = literal('expected , or ]')
export const TRAILING_COMMA = literal('a comma at the end')
export const TRAILING = literal('more behind the end')
export const UNFINISHED = literal('ends too early')
export const TOO_DEEP = literal('nests too deep')
export const TOO_MANY = literal('holds too much')
export const REPEATED = literal('is there twice')
export const MISSING = literal('is missing')
export const UNKNOWN = literal('is no field here')
export const CONTROL = literal('holds a bare control character')
export const NOT_UTF8 = literal('is not UTF-8')
export const BAD_ESCAPE = literal('holds an unknown escape')

const range = newBuilder(256)

/** `must be a whole number from -1 to 10`, until the next one. */
export function notWithin(least: i64, most: i64): View {
  clear(range)
  put(range, MUST_BE)
  put(range, WHOLE)
  putSigned(least)
  put(range, TO)
  putSigned(most)
  return built(range)
}

/** `must be Red, Green or Blue` of `Red Green Blue`, until the next one. */
export function notOneOf(words: View): View {
  clear(range)
  put(range, MUST_BE)
  for (let rest = words; size(rest) > 0; ) {
    rest = nextWord(rest)
    put(range, word)
    if (size(rest) > 0) put(range, indexOf(rest, 0x20) < 0 ? OR : COMMA)
  }
  return built(range)
}

function putSigned(value: i64): void {
  if (value < 0) putByte(range, 0x2d)
  putDecimal(range, <u64>(value < 0 ? -value : value))
}

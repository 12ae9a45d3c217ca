// A regular expression in the syntax of RE2 → a program of a size that is bounded, for an automaton that needs time in
// proportion to the text and never goes back. Portable: the controller compiles with it, and so do modules that are
// configured by hand. It works on bytes: `.` is one byte but a line feed, characters beyond ASCII stand for the bytes
// of their UTF-8.
//
// Known: literals, `.`, classes with ranges, `\d \w \s` and their opposites, `\t \n \r \f \v \xHH`, groups `( )` and
// `(?: )`, `|`, `* + ? {m} {m,} {m,n}` and their lazy forms, `^`, `$`, `\A`, `\z`. Everything else is refused: flags, word
// boundaries, named groups, Unicode classes, back references.
import { isAlphanumeric } from '../plan/charset.ts'
import { beginClasses, include, invert, newClass, perl } from './classes.ts'
import { beginCode, count, emit, insert, put, serialise, times } from './code.ts'
import {
  MAX_GROUPS,
  MAX_SOURCE,
  OP_BEGIN,
  OP_BYTE,
  OP_CLASS,
  OP_END,
  OP_JUMP,
  OP_MATCH,
  OP_SAVE,
  OP_SPLIT,
  REGEX_SYNTAX,
  REGEX_TOO_LARGE,
  REGEX_UNSUPPORTED,
} from './program.ts'
import { accept, advance, at, beginText, fail, fault, faultAt, length, peek, source, stepBack } from './text.ts'

const MAX_NESTING = 32
const MAX_REPEAT = 100

let groups: i32 = 0
let nesting: i32 = 0

/** Where the compiler stood when it gave up: an offset in the source. */
export function regexFaultAt(): i32 {
  return faultAt
}

/** Compiles `size` bytes of `source`; the length of the program in `compiled`, or one of the negative numbers above. */
export function compileRegex(size: i32): i32 {
  beginText(size)
  beginCode()
  beginClasses()
  groups = 0
  nesting = 0
  if (size > MAX_SOURCE) fail(REGEX_TOO_LARGE)
  if (fault !== 0) return fault
  emit(OP_SAVE, 0)
  alternation()
  if (fault === 0 && at < length) fail(REGEX_SYNTAX)
  emit(OP_SAVE, 1)
  emit(OP_MATCH, 0)
  return fault !== 0 ? fault : serialise(groups)
}

/** What was compiled last can match without taking a byte. */
let isNullable: bool = false

function alternation(): void {
  nesting++
  if (nesting > MAX_NESTING) fail(REGEX_TOO_LARGE)
  const from = count
  sequence()
  const isFirstNullable = isNullable
  if (fault === 0 && accept(0x7c)) {
    insert(from, OP_SPLIT, 1, 0)
    const jump = count
    emit(OP_JUMP, 0)
    put(from, OP_SPLIT, 1, count - from)
    alternation()
    put(jump, OP_JUMP, count - jump, 0)
    isNullable = isNullable || isFirstNullable
  }
  nesting--
}

function sequence(): void {
  let isAllNullable: bool = true
  while (fault === 0) {
    const next = peek()
    if (next < 0 || next === 0x7c || next === 0x29) break
    const from = count
    atom()
    quantifier(from)
    isAllNullable = isAllNullable && isNullable
  }
  isNullable = isAllNullable
}

function atom(): void {
  const byte = peek()
  advance()
  isNullable = false
  if (byte === 0x28) {
    group()
  } else if (byte === 0x5b) {
    bracket()
  } else if (byte === 0x2e) {
    const set = beginClass()
    include(set, 0x0a, 0x0a)
    invert(set)
  } else if (byte === 0x5e) {
    assertion(OP_BEGIN)
  } else if (byte === 0x24) {
    assertion(OP_END)
  } else if (byte === 0x5c) {
    escapeSequence()
  } else {
    if (isRepeat(byte)) {
      stepBack()
      fail(REGEX_SYNTAX)
    }
    // Of a number, with nothing to repeat; of anything else it is itself.
    if (byte === 0x7b && isDigit(peek())) fail(REGEX_SYNTAX)
    emit(OP_BYTE, byte)
  }
}

function assertion(opcode: i32): void {
  emit(opcode, 0)
  isNullable = true
}

/** `*`, `+` or `?` */
function isRepeat(byte: i32): bool {
  return byte === 0x2a || byte === 0x2b || byte === 0x3f
}

function isDigit(byte: i32): bool {
  return byte >= 0x30 && byte <= 0x39
}

function group(): void {
  let number: i32 = 0
  if (accept(0x3f)) {
    if (!accept(0x3a)) fail(REGEX_UNSUPPORTED)
  } else {
    groups++
    number = groups
    if (groups > MAX_GROUPS) fail(REGEX_TOO_LARGE)
    emit(OP_SAVE, number * 2)
  }
  alternation()
  if (!accept(0x29)) fail(REGEX_SYNTAX)
  if (number > 0) emit(OP_SAVE, number * 2 + 1)
}

function quantifier(from: i32): void {
  const byte = peek()
  let least: i32 = 0
  let most: i32 = -1
  if (byte === 0x2b) least = 1
  else if (byte === 0x3f) most = 1
  else if (byte !== 0x2a && byte !== 0x7b) return
  advance()
  if (byte === 0x7b) {
    least = number()
    most = least
    if (accept(0x2c)) most = peek() === 0x7d ? -1 : number()
    if (!accept(0x7d) || (most >= 0 && most < least)) fail(REGEX_SYNTAX)
  }
  const isLazy = accept(0x3f)
  const next = peek()
  // `a**` and its like, which RE2 takes and nobody means.
  if (isRepeat(next) || next === 0x7b) fail(REGEX_SYNTAX)
  if (fault === 0) times(from, least, most, isLazy, isNullable)
  isNullable = isNullable || least === 0
}

function number(): i32 {
  const from = at
  let value: i32 = 0
  for (let digit = peek(); isDigit(digit) && value <= MAX_REPEAT; digit = peek()) {
    value = value * 10 + digit - 0x30
    advance()
  }
  if (at === from) fail(REGEX_SYNTAX)
  if (value > MAX_REPEAT) fail(REGEX_TOO_LARGE)
  return value
}

/** The class of the next byte, which is still empty. */
function beginClass(): i32 {
  const set = newClass()
  emit(OP_CLASS, set)
  return set
}

function bracket(): void {
  const set = beginClass()
  const isNegated = accept(0x5e)
  let isFirst = true
  while (fault === 0 && (isFirst || peek() !== 0x5d)) {
    isFirst = false
    const low = member(set)
    if (low < 0) continue
    let high = low
    if (peek() === 0x2d && at + 1 < length && source[at + 1]! !== 0x5d) {
      advance()
      high = member(set)
      if (high < low) fail(REGEX_SYNTAX)
    }
    include(set, low, high)
  }
  advance()
  if (isNegated) invert(set)
}

/** A byte of a bracket, or -1 for `\d` and its like, which go into the set at once. */
function member(set: i32): i32 {
  const byte = peek()
  if (byte < 0) {
    fail(REGEX_SYNTAX)
    return -1
  }
  advance()
  // Beyond ASCII a class would have to know characters; `[:alpha:]` has `\w` and its like.
  if (byte >= 0x80 || (byte === 0x5b && peek() === 0x3a)) {
    fail(REGEX_UNSUPPORTED)
    return -1
  }
  if (byte !== 0x5c) return byte
  const letter = peek()
  advance()
  if (!perl(set, letter | 0x20)) return escaped(letter)
  if (letter < 0x60) fail(REGEX_UNSUPPORTED)
  return -1
}

function isPerl(letter: i32): bool {
  return (letter | 0x20) === 0x64 || (letter | 0x20) === 0x77 || (letter | 0x20) === 0x73
}

function escapeSequence(): void {
  const letter = peek()
  advance()
  if (isPerl(letter)) {
    const set = beginClass()
    perl(set, letter | 0x20)
    if (letter < 0x60) invert(set)
  } else if (letter === 0x41) {
    assertion(OP_BEGIN)
  } else if (letter === 0x7a) {
    assertion(OP_END)
  } else {
    emit(OP_BYTE, escaped(letter))
  }
}

/** The byte that an escape stands for; punctuation stands for itself. */
function escaped(letter: i32): i32 {
  switch (letter) {
    case 0x74:
      return 0x09
    case 0x6e:
      return 0x0a
    case 0x76:
      return 0x0b
    case 0x66:
      return 0x0c
    case 0x72:
      return 0x0d
    case 0x78: {
      const value = hexDigit() * 16 + hexDigit()
      // `\x80` is a character of two bytes, not a byte.
      if (value >= 0x80) fail(REGEX_UNSUPPORTED)
      return value
    }
    default: {
      if (letter >= 0x80 || isAlphanumeric(letter)) fail(REGEX_UNSUPPORTED)
      if (letter < 0) fail(REGEX_SYNTAX)
      return letter
    }
  }
}

function hexDigit(): i32 {
  const byte = peek()
  advance()
  if (isDigit(byte)) return byte - 0x30
  const letter = byte | 0x20
  if (letter >= 0x61 && letter <= 0x66) return letter - 0x61 + 10
  fail(REGEX_SYNTAX)
  return 0
}

// Sets of bytes that a regular expression names: a bit for each of 256. Portable.
import { CLASS, MAX_CLASSES, REGEX_TOO_LARGE } from './program.ts'
import { fail } from './text.ts'

/** A byte in each place: what is above it does not count. */
export const classes: Int32Array = new Int32Array(CLASS * MAX_CLASSES)
export let classCount: i32 = 0

export function beginClasses(): void {
  classCount = 0
}

/** An empty class, its number; any other when there are too many, which is a fault. */
export function newClass(): i32 {
  if (classCount >= MAX_CLASSES) {
    fail(REGEX_TOO_LARGE)
    return 0
  }
  for (let i: i32 = 0; i < CLASS; i++) classes[classCount * CLASS + i] = 0
  return classCount++
}

export function include(set: i32, from: i32, to: i32): void {
  for (let byte: i32 = from; byte <= to; byte++) {
    const place = set * CLASS + (byte >> 3)
    classes[place] = classes[place]! | (1 << (byte & 7))
  }
}

export function invert(set: i32): void {
  for (let i: i32 = 0; i < CLASS; i++) classes[set * CLASS + i] = ~classes[set * CLASS + i]!
}

/** Puts what `\d`, `\w`, `\s` stand for into a set. */
export function perl(set: i32, letter: i32): bool {
  if (letter === 0x73) {
    include(set, 0x09, 0x0a)
    include(set, 0x0c, 0x0d)
    include(set, 0x20, 0x20)
    return true
  }
  if (letter !== 0x64 && letter !== 0x77) return false
  include(set, 0x30, 0x39)
  if (letter === 0x77) {
    include(set, 0x41, 0x5a)
    include(set, 0x5f, 0x5f)
    include(set, 0x61, 0x7a)
  }
  return true
}

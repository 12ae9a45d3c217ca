// The instructions of the program that is being compiled: appending them, making room between them, repeating them. Portable.
import { classCount, classes } from './classes.ts'
import { CLASS, MAX_INSTRUCTIONS, MAX_PROGRAM, OP_JUMP, OP_SPLIT, PROGRAM_HEADER, REGEX_TOO_LARGE } from './program.ts'
import { fail, fault } from './text.ts'

/** What `compileRegex` has made: a byte in each place, what is above it does not count. */
export const compiled: Int32Array = new Int32Array(MAX_PROGRAM)

/** opcode, a, b for each instruction. */
const code: Int32Array = new Int32Array(3 * MAX_INSTRUCTIONS)
export let count: i32 = 0

export function beginCode(): void {
  count = 0
}

export function emit(opcode: i32, a: i32): void {
  insert(count, opcode, a, 0)
}

/** Nothing after a fault: there may be no such place then. */
export function put(index: i32, opcode: i32, a: i32, b: i32): void {
  if (fault !== 0) return
  code[index * 3] = opcode
  code[index * 3 + 1] = a
  code[index * 3 + 2] = b
}

/** Makes room for one instruction in front of what begins at `index`. */
export function insert(index: i32, opcode: i32, a: i32, b: i32): void {
  if (count >= MAX_INSTRUCTIONS) {
    fail(REGEX_TOO_LARGE)
    return
  }
  for (let i: i32 = count * 3 - 1; i >= index * 3; i--) code[i + 3] = code[i]!
  count++
  put(index, opcode, a, b)
}

/** Appends what stands from `from` to `to` once more. */
function repeat(from: i32, to: i32): void {
  for (let i: i32 = from; i < to && fault === 0; i++) insert(count, code[i * 3]!, code[i * 3 + 1]!, code[i * 3 + 2]!)
}

/** What begins at `from` becomes that many of itself; `most` -1 is any number. */
export function times(from: i32, least: i32, most: i32, isLazy: bool, isNullable: bool): void {
  const size = count - from
  if (most === 0) {
    count = from
    return
  }
  /** Where the last copy begins, and the first that may be left out. */
  let last = from
  let first = from
  if (least === 0) {
    insert(from, OP_SPLIT, 0, 0)
    last++
  }
  const piece = last
  for (let i: i32 = 1; i < least; i++) {
    last = count
    repeat(piece, piece + size)
  }
  if (most < 0) {
    // `x+` repeats its last copy. Of what may take nothing, `x*` is `(x+)?` instead of a jump back to the choice: a turn by
    // nothing has to end the loop, as in RE2.
    if (least > 0 || isNullable) {
      emit(OP_SPLIT, 0)
      split(count - 1, last - count + 1, 1, isLazy)
    } else {
      emit(OP_JUMP, from - count)
    }
    if (least === 0) split(from, 1, count - from, isLazy)
    return
  }
  if (least > 0) first = count
  for (let i: i32 = least > 0 ? least : 1; i < most; i++) {
    const copy = count
    repeat(piece, piece + size)
    insert(copy, OP_SPLIT, 0, 0)
  }
  // Who leaves one out leaves out the rest: `x?x?` becomes `(x(x)?)?`.
  for (let i: i32 = first; i < count; i += size + 1) split(i, 1, count - i, isLazy)
}

/** Goes into the piece first, or out of it where it is lazy. */
function split(index: i32, into: i32, out: i32, isLazy: bool): void {
  put(index, OP_SPLIT, isLazy ? out : into, isLazy ? into : out)
}

/** The program into `compiled`; its length. */
export function serialise(groups: i32): i32 {
  compiled[0] = count
  compiled[1] = count >> 8
  compiled[2] = groups
  compiled[3] = classCount
  let to: i32 = PROGRAM_HEADER
  for (let i: i32 = 0; i < count * 3; i++) {
    const value: i32 = code[i]!
    compiled[to++] = value
    // The opcode is a byte, the others are two.
    if (i % 3 !== 0) compiled[to++] = value >> 8
  }
  for (let i: i32 = 0; i < classCount * CLASS; i++) compiled[to + i] = classes[i]!
  return to + classCount * CLASS
}

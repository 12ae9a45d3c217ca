// Runs a compiled expression over a text: all alternatives side by side, in step with the text (Pike's machine), so that time
// is bounded by text × program whatever the two hold. Portable. The leftmost match counts, and of several that begin
// there the one that the expression prefers, as in RE2 and Perl.
import {
  CLASS,
  INSTRUCTION,
  MAX_CLASSES,
  MAX_GROUPS,
  MAX_INSTRUCTIONS,
  MAX_PROGRAM,
  MAX_SUBJECT,
  OP_BEGIN,
  OP_BYTE,
  OP_CLASS,
  OP_END,
  OP_JUMP,
  OP_MATCH,
  OP_SAVE,
  OP_SPLIT,
  PROGRAM_HEADER,
} from './program.ts'

/** The program, to be put here before `loadProgram`. */
export const program: Int32Array = new Int32Array(MAX_PROGRAM)
/** The text, to be put here before `findMatch`. */
export const subject: Int32Array = new Int32Array(MAX_SUBJECT)
/** Where groups begin (2n) and end (2n + 1) in the last match; -1 for those that took no part. */
export const captures: Int32Array = new Int32Array(2 * (MAX_GROUPS + 1))

const SLOTS = 2 * (MAX_GROUPS + 1)
const code: Int32Array = new Int32Array(3 * MAX_INSTRUCTIONS)
const sets: Int32Array = new Int32Array(CLASS * MAX_CLASSES)
let count: i32 = 0
let slots: i32 = 2

/** Threads of two steps, one after the other: instruction and captures of each. */
const threads: Int32Array = new Int32Array(2 * MAX_INSTRUCTIONS)
const held: Int32Array = new Int32Array(2 * MAX_INSTRUCTIONS * SLOTS)
/** In which step an instruction was reached last. */
const reached: Int32Array = new Int32Array(MAX_INSTRUCTIONS)
let step: i32 = 0
/** What is still to be followed: an instruction, or a slot (as -1 - slot) and the value to give back to it. */
const stack: Int32Array = new Int32Array(4 * MAX_INSTRUCTIONS)
let top: i32 = 0
const current: Int32Array = new Int32Array(SLOTS)

/** Steps that are left: an instruction that is followed, a capture that is copied, a byte that is read. */
let budget: i32 = 0

export function allowSteps(steps: i32): void {
  budget = steps
}

/** For work outside `findMatch` that grows with what comes in; false when the steps are used up. */
export function spend(steps: i32): bool {
  budget -= steps
  return budget > 0
}

/** The steps are used up: `findMatch` has given up. */
export function isExhausted(): bool {
  return budget <= 0
}

/** Every program is from the compiler in this very module: none has to be checked. */
let areOurs: bool = false

export function trustPrograms(): void {
  areOurs = true
}

/** Takes up the first `size` bytes of `program`; false when they are no program. */
export function loadProgram(size: i32): bool {
  if (!areOurs && (size < PROGRAM_HEADER || size > MAX_PROGRAM)) return false
  count = program[0]! | (program[1]! << 8)
  const classCount: i32 = program[3]!
  slots = 2 * (program[2]! + 1)
  if (!areOurs) {
    if (count === 0 || count > MAX_INSTRUCTIONS || slots > SLOTS || classCount > MAX_CLASSES) return false
    if (PROGRAM_HEADER + count * INSTRUCTION + classCount * CLASS !== size) return false
  }
  for (let i: i32 = 0; i < count; i++) {
    const from: i32 = PROGRAM_HEADER + i * INSTRUCTION
    const opcode: i32 = program[from]!
    const a = signed(from + 1)
    const b = signed(from + 3)
    if (!areOurs && !isInstruction(i, opcode, a, b, classCount)) return false
    code[i * 3] = opcode
    code[i * 3 + 1] = a
    code[i * 3 + 2] = b
    reached[i] = -1
  }
  const from: i32 = PROGRAM_HEADER + count * INSTRUCTION
  for (let i: i32 = 0; i < classCount * CLASS; i++) sets[i] = program[from + i]!
  step = 0
  return true
}

function isInstruction(index: i32, opcode: i32, a: i32, b: i32, classCount: i32): bool {
  const isJump = opcode === OP_SPLIT || opcode === OP_JUMP
  const least = isJump ? -index : 0
  const end = isJump ? count - index : opcode === OP_CLASS ? classCount : opcode === OP_SAVE ? slots : 256
  if (opcode > OP_END || a < least || a >= end) return false
  if (opcode === OP_SPLIT && (b < least || b >= end)) return false
  return isJump || opcode === OP_MATCH || index + 1 < count
}

function signed(at: i32): i32 {
  return ((program[at]! | (program[at + 1]! << 8)) << 16) >> 16
}

/** Finds the first match at or after `from` in the first `length` bytes of `subject`; `captures` then tells where. */
export function findMatch(from: i32, length: i32): bool {
  if (length > MAX_SUBJECT) return false
  // Of an earlier search nothing counts as reached.
  step++
  let side: i32 = 0
  let alive: i32 = 0
  let isFound = false
  for (let at: i32 = from; at <= length; at++) {
    if (!isFound) {
      for (let slot: i32 = 0; slot < slots; slot++) current[slot] = -1
      alive = follow(0, at, length, side, alive)
    }
    // Each thread looks at the byte, and has its captures copied here and back.
    if (!spend((slots + 2) * (alive + 1))) return false
    if (alive === 0) {
      if (isFound) return true
      step++
      continue
    }
    const byte: i32 = at < length ? subject[at]! : -1
    step++
    let next: i32 = 0
    for (let i: i32 = 0; i < alive; i++) {
      const thread: i32 = side * MAX_INSTRUCTIONS + i
      const instruction: i32 = threads[thread]!
      if (code[instruction * 3] === OP_MATCH) {
        copySlots(captures, 0, held, thread)
        isFound = true
        // Those behind are liked less.
        break
      }
      if (byte < 0 || !takes(instruction, byte)) continue
      copySlots(current, 0, held, thread)
      next = follow(instruction + 1, at + 1, length, 1 - side, next)
    }
    alive = next
    side = 1 - side
  }
  return isFound
}

/** The captures of one thread, to another place. */
function copySlots(to: Int32Array, toThread: i32, from: Int32Array, fromThread: i32): void {
  for (let slot: i32 = 0; slot < slots; slot++) to[toThread * SLOTS + slot] = from[fromThread * SLOTS + slot]!
}

function takes(instruction: i32, byte: i32): bool {
  const a: i32 = code[instruction * 3 + 1]!
  if (code[instruction * 3] === OP_BYTE) return a === byte
  return ((sets[a * CLASS + (byte >> 3)]! >> (byte & 7)) & 1) === 1
}

/** Adds a thread at an instruction, or those that it leads to without a byte; how many there are then. */
function follow(instruction: i32, at: i32, length: i32, side: i32, alive: i32): i32 {
  let many = alive
  top = 0
  push(instruction)
  while (top > 0) {
    const next = pop()
    budget--
    if (next < 0) {
      current[-1 - next] = pop()
      continue
    }
    if (reached[next] === step) continue
    reached[next] = step
    const opcode: i32 = code[next * 3]!
    const a: i32 = code[next * 3 + 1]!
    if (opcode === OP_JUMP) {
      push(next + a)
    } else if (opcode === OP_SPLIT) {
      push(next + code[next * 3 + 2]!)
      push(next + a)
    } else if (opcode === OP_SAVE) {
      push(current[a]!)
      push(-1 - a)
      current[a] = at
      push(next + 1)
    } else if (opcode === OP_BEGIN) {
      if (at === 0) push(next + 1)
    } else if (opcode === OP_END) {
      if (at === length) push(next + 1)
    } else {
      const thread: i32 = side * MAX_INSTRUCTIONS + many
      threads[thread] = next
      copySlots(held, thread, current, 0)
      many++
    }
  }
  return many
}

function push(value: i32): void {
  stack[top] = value
  top++
}

function pop(): i32 {
  top--
  return stack[top]!
}

// What a compiled regular expression looks like, in bytes: the compiler writes it into a plan, the filters run it. Portable.
//
//   program  u16 instructions · u8 groups · u8 classes · instruction* · class*
//   instruction  u8 opcode · i16 a · i16 b          class  a bit for each of 256 bytes
//
// Jumps are relative to their own instruction, so that a piece of code can be moved and copied as it is.

export const PROGRAM_HEADER = 4
export const INSTRUCTION = 5
export const CLASS = 32

/** The expression has matched. */
export const OP_MATCH = 0
/** The byte `a`. */
export const OP_BYTE = 1
/** A byte of class `a`. */
export const OP_CLASS = 2
/** Goes on at `a`, and where that fails at `b`. */
export const OP_SPLIT = 3
export const OP_JUMP = 4
/** Remembers the position as `a`: 2n is where group n begins, 2n + 1 where it ends; group 0 is the whole match. */
export const OP_SAVE = 5
export const OP_BEGIN = 6
export const OP_END = 7

export const MAX_SOURCE = 1024
export const MAX_INSTRUCTIONS = 512
export const MAX_GROUPS = 9
export const MAX_CLASSES = 32
export const MAX_PROGRAM = 3588
/** Whether longer texts match is not found out. */
export const MAX_SUBJECT = 8192
/** What all expressions of one message may take together, in steps of `match.ts`: some milliseconds at the worst. */
export const MOST_STEPS = 2_000_000

/** What `compileRegex` returns instead of a length. */
export const REGEX_SYNTAX = -1
export const REGEX_UNSUPPORTED = -2
export const REGEX_TOO_LARGE = -3

// Regular expressions for the controller: text in, the program that travels in a plan out, or where and why not.
import { compiled } from './code.ts'
import { compileRegex, regexFaultAt } from './compile.ts'
import { MAX_SOURCE, REGEX_SYNTAX, REGEX_TOO_LARGE, REGEX_UNSUPPORTED } from './program.ts'
import { source } from './text.ts'

export type Compiled = { ok: true; program: Uint8Array } | { ok: false; why: RegexFault; at: number }

export type RegexFault =
  /** No regular expression. */
  | 'Syntax'
  /** A part of RE2's syntax that our automaton does not have. */
  | 'Unsupported'
  /** Its program would exceed the bounds of `program.ts`. */
  | 'TooLarge'

const FAULTS: ReadonlyMap<number, RegexFault> = new Map([
  [REGEX_SYNTAX, 'Syntax'],
  [REGEX_UNSUPPORTED, 'Unsupported'],
  [REGEX_TOO_LARGE, 'TooLarge'],
])

export function regex(pattern: string): Compiled {
  const bytes = new TextEncoder().encode(pattern)
  source.set(bytes.subarray(0, MAX_SOURCE))
  const length = compileRegex(bytes.length)
  if (length > 0) return { ok: true, program: Uint8Array.from(compiled.subarray(0, length)) }
  return { ok: false, why: FAULTS.get(length) ?? 'Syntax', at: regexFaultAt() }
}

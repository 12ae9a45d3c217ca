// The expression that is being compiled, and where the compiler stands in it. Portable.
import { MAX_SOURCE } from './program.ts'

/** The expression, a byte in each place, to be put here before `compileRegex`. (In AssemblyScript sums of bytes overflow.) */
export const source: Int32Array = new Int32Array(MAX_SOURCE)

export let at: i32 = 0
export let length: i32 = 0
/** What is wrong with it; 0 so long as nothing is. The first fault counts. */
export let fault: i32 = 0
/** Where that was met. */
export let faultAt: i32 = 0

export function beginText(size: i32): void {
  at = 0
  length = size
  fault = 0
}

export function fail(what: i32): void {
  if (fault !== 0) return
  fault = what
  faultAt = at < length ? at : length
}

/** The byte at the current position, or -1 at the end. */
export function peek(): i32 {
  return at < length ? source[at]! : -1
}

export function accept(byte: i32): bool {
  if (peek() !== byte) return false
  at++
  return true
}

export function advance(): void {
  at++
}

/** Stands before the byte that was read last: there is the fault. */
export function stepBack(): void {
  at--
}

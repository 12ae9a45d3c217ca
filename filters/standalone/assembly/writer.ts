// Writes operations as a plan holds them (`../../plan/layout.ts`), for modules that are configured by hand: the filters
// then execute the same bytes, wherever they come from.
import { ABSENT, size, start, take, View, view } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { FLAG_DRY_RUN, MAX_PLAN, OPERATION_HEADER } from '../../plan/layout'

const output: usize = heap.alloc(MAX_PLAN)
let used: usize = 0
let begun: usize = 0
/** A list since `beginConfiguration` was more than a plan may hold: none of them is to be used. */
export let hasOverflown: bool = false

export function beginConfiguration(): void {
  hasOverflown = false
}

/** Begins a list of operations. One at a time. */
export function beginOperations(): void {
  used = 0
}

/** What was written, in the arena; `ABSENT` when it was too much. */
export function takeOperations(): View {
  const at = take(used)
  if (!at) hasOverflown = true
  if (hasOverflown) return ABSENT
  memory.copy(at, output, used)
  return view(at, <i32>used)
}

function room(bytes: usize): bool {
  if (bytes > <usize>MAX_PLAN - used) hasOverflown = true
  return !hasOverflown
}

export function putByte(value: i32): void {
  if (!room(1)) return
  store<u8>(output + used, <u8>value)
  used++
}

export function putNumber(value: u32): void {
  if (!room(4)) return
  store<u32>(output + used, value)
  used += 4
}

/** u16 length, then the bytes; longer ones overflow. */
export function putText(bytes: View): void {
  if (size(bytes) > 0xffff || !room(2 + <usize>size(bytes))) {
    hasOverflown = true
    return
  }
  store<u16>(output + used, <u16>size(bytes))
  memory.copy(output + used + 2, start(bytes), <usize>size(bytes))
  used += 2 + <usize>size(bytes)
}

export function beginOperation(kind: i32, policy: View, isDryRun: bool): void {
  begun = used
  putByte(kind)
  putByte(isDryRun ? FLAG_DRY_RUN : 0)
  putText(policy)
  putNumber(0)
  if (hasOverflown) return
  // The length of the rest stands in front of the policy.
  const from = output + begun + 4
  memory.copy(from + 4, from, <usize>size(policy))
}

/** Adds to the flags of the operation that was begun. */
export function putFlag(flag: i32): void {
  if (!hasOverflown) store<u8>(output + begun, load<u8>(output + begun, 1) | <u8>flag, 1)
}

export function endOperation(): void {
  if (!hasOverflown) store<u32>(output + begun, <u32>(used - begun) - OPERATION_HEADER, 4)
}

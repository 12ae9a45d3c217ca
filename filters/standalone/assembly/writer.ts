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

export function putBytes(bytes: View): void {
  if (!room(<usize>size(bytes))) return
  memory.copy(output + used, start(bytes), <usize>size(bytes))
  used += <usize>size(bytes)
}

/** u16 length, then the bytes; longer ones overflow. */
export function putText(bytes: View): void {
  if (size(bytes) > 0xffff) hasOverflown = true
  putByte(size(bytes))
  putByte(size(bytes) >> 8)
  putBytes(bytes)
}

/** u8 kind · u8 flags · u16 length of the policy · u32 length of all that follows, which `endOperation` knows · policy */
export function beginOperation(kind: i32, policy: View, isDryRun: bool): void {
  begun = used
  putNumber(<u32>(kind | (isDryRun ? FLAG_DRY_RUN << 8 : 0) | (size(policy) << 16)))
  putNumber(0)
  putBytes(policy)
}

/** Adds to the flags of the operation that was begun. */
export function putFlag(flag: i32): void {
  if (!hasOverflown) store<u8>(output + begun, load<u8>(output + begun, 1) | <u8>flag, 1)
}

export function endOperation(): void {
  if (!hasOverflown) store<u32>(output + begun, <u32>(used - begun) - OPERATION_HEADER, 4)
}

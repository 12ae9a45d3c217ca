// Ranges of linear memory as plain numbers: no object, so no garbage. Everything in this SDK that is text or binary is a
// `View`; strings exist only as literals, turned into views once, at start.

/** Address in the upper 32 bits, length in the lower. `ABSENT` is no range at all, which differs from an empty one. */
export type View = u64

export const ABSENT: View = 0

/** Where empty values live that the host gives without an address. */
const EMPTY_AT: usize = memory.data(8, 8)

// @ts-ignore: decorator
@inline
export function view(at: usize, length: i32): View {
  return (<u64>at << 32) | <u64>(<u32>length)
}

/** A range as the host returns it: an address of 0 is an empty value. */
// @ts-ignore: decorator
@inline
export function hostView(at: usize, length: i32): View {
  return view(at ? at : EMPTY_AT, at ? length : 0)
}

// @ts-ignore: decorator
@inline
export function start(bytes: View): usize {
  return <usize>(bytes >> 32)
}

// @ts-ignore: decorator
@inline
export function size(bytes: View): i32 {
  return <i32>(<u32>bytes)
}

// @ts-ignore: decorator
@inline
export function end(bytes: View): usize {
  return start(bytes) + <usize>size(bytes)
}

/** The part from `from` (clamped) on. */
// @ts-ignore: decorator
@inline
export function skip(bytes: View, from: i32): View {
  const n = min(max(from, 0), size(bytes))
  return view(start(bytes) + <usize>n, size(bytes) - n)
}

/** The first `count` bytes (clamped). */
// @ts-ignore: decorator
@inline
export function first(bytes: View, count: i32): View {
  return view(start(bytes), min(max(count, 0), size(bytes)))
}

/** A literal as UTF-8. Allocates for good: for module scope and configuration, never in a stream callback. */
export function literal(text: string): View {
  const length = String.UTF8.byteLength(text)
  const at = heap.alloc(<usize>length + 1)
  String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, at)
  return view(at, length)
}

export function equals(a: View, b: View): bool {
  return size(a) == size(b) && memory.compare(start(a), start(b), <usize>size(a)) == 0
}

export function startsWith(bytes: View, prefix: View): bool {
  return size(bytes) >= size(prefix) && memory.compare(start(bytes), start(prefix), <usize>size(prefix)) == 0
}

/** Position of a byte at or after `from`, or -1. */
export function indexOf(bytes: View, byte: u8, from: i32 = 0): i32 {
  const at = start(bytes)
  const length = size(bytes)
  for (let i = max(from, 0); i < length; i++) if (load<u8>(at + <usize>i) == byte) return i
  return -1
}

/** Position of the last such byte, or -1. */
export function lastIndexOf(bytes: View, byte: u8): i32 {
  const at = start(bytes)
  for (let i = size(bytes) - 1; i >= 0; i--) if (load<u8>(at + <usize>i) == byte) return i
  return -1
}

/** Without spaces and tabs at both ends. */
export function trim(bytes: View): View {
  let from = start(bytes)
  let to = end(bytes)
  while (from < to && isBlank(load<u8>(from))) from++
  while (to > from && isBlank(load<u8>(to - 1))) to--
  return view(from, <i32>(to - from))
}

// @ts-ignore: decorator
@inline
function isBlank(byte: u8): bool {
  return byte == 0x20 || byte == 0x09
}

// @ts-ignore: decorator
@inline
export function lower(byte: u8): u8 {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
}

/** Equal but for the case of ASCII letters. */
export function equalsIgnoringCase(a: View, b: View): bool {
  if (size(a) != size(b)) return false
  for (let i = 0; i < size(a); i++)
    if (lower(load<u8>(start(a) + <usize>i)) != lower(load<u8>(start(b) + <usize>i))) return false
  return true
}

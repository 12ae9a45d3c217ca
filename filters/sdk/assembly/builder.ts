// Text put together in a fixed buffer: made once, filled again and again, never grown. What does not fit is left out and
// said so. A builder is the address of its header: capacity, length, then the bytes.
import { size, start, View, view } from './bytes'

const HEADER: usize = 8

/** For module scope: the memory is never given back. */
export function newBuilder(capacity: i32): usize {
  const builder = heap.alloc(HEADER + <usize>capacity)
  store<i32>(builder, capacity)
  store<i32>(builder, 0, 4)
  return builder
}

/** Empties a builder; what was built before is overwritten by what comes next. */
export function clear(builder: usize): void {
  store<i32>(builder, 0, 4)
}

/** What was put so far, good until the builder is cleared or truncated. */
export function built(builder: usize): View {
  return view(builder + HEADER, load<i32>(builder, 4))
}

/** Bytes that still fit. */
export function roomIn(builder: usize): i32 {
  return load<i32>(builder) - load<i32>(builder, 4)
}

/** Takes back what was put after the length was `length`. */
export function truncate(builder: usize, length: i32): void {
  store<i32>(builder, min(max(length, 0), load<i32>(builder, 4)), 4)
}

/** Appends bytes; false, and nothing appended, when they do not fit. */
export function put(builder: usize, bytes: View): bool {
  const length = load<i32>(builder, 4)
  if (size(bytes) > roomIn(builder)) return false
  copyBytes(builder + HEADER + <usize>length, start(bytes), <usize>size(bytes))
  store<i32>(builder, length + size(bytes), 4)
  return true
}

/** Appends one byte; false when the builder is full. */
export function putByte(builder: usize, byte: u8): bool {
  const length = load<i32>(builder, 4)
  if (roomIn(builder) <= 0) return false
  store<u8>(builder + <usize>length, byte, HEADER)
  store<i32>(builder, length + 1, 4)
  return true
}

/** What is put is mostly short, and for that a call of the engine's own copy is dear. */
function copyBytes(to: usize, from: usize, count: usize): void {
  if (count > 64) {
    memory.copy(to, from, count)
    return
  }
  let i: usize = 0
  for (; i + 8 <= count; i += 8) store<u64>(to + i, load<u64>(from + i))
  for (; i < count; i++) store<u8>(to + i, load<u8>(from + i))
}

const digits: usize = memory.data(24, 8)

/** Appends a number in decimal digits; false, and nothing appended, when they do not fit. */
export function putDecimal(builder: usize, value: u64): bool {
  let at = digits + 20
  let rest = value
  do {
    at--
    store<u8>(at, 0x30 + <u8>(rest % 10))
    rest /= 10
  } while (rest)
  return put(builder, view(at, <i32>(digits + 20 - at)))
}

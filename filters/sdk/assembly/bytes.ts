// Ranges of linear memory as plain numbers: no object, so no garbage. Everything in this SDK that is text or binary is a
// `View`; strings exist only as literals, turned into views once, at start.

/** Length in the upper 32 bits, address in the lower: a constant takes fewer bytes so. `ABSENT` is no range at all, which differs from an empty one. */
export type View = u64

/** No range at all: what is not there. */
export const ABSENT: View = 0

/** Where empty values live that the host gives without an address. */
const EMPTY_AT: usize = memory.data(8, 8)

/** The range of `length` bytes from the address `at`. */
// @ts-ignore: decorator
@inline
export function view(at: usize, length: i32): View {
  return (<u64>(<u32>length) << 32) | <u64>at
}

/** A range as the host returns it: an address of 0 is an empty value. */
// @ts-ignore: decorator
@inline
export function hostView(at: usize, length: i32): View {
  return view(at ? at : EMPTY_AT, at ? length : 0)
}

/** The address of the first byte; 0 for `ABSENT`. */
// @ts-ignore: decorator
@inline
export function start(bytes: View): usize {
  return <usize>bytes
}

/** How many bytes it has; 0 for `ABSENT`. */
// @ts-ignore: decorator
@inline
export function size(bytes: View): i32 {
  return <i32>(bytes >> 32)
}

/** The address behind the last byte. */
// @ts-ignore: decorator
@inline
export function end(bytes: View): usize {
  return start(bytes) + <usize>size(bytes)
}

/** The part from `from` (clamped) on. */
export function skip(bytes: View, from: i32): View {
  const n = min(max(from, 0), size(bytes))
  return view(start(bytes) + <usize>n, size(bytes) - n)
}

/** The first `count` bytes (clamped). */
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

/** The same bytes. `ABSENT` equals an empty range: compare with `==` to tell them apart. */
export function equals(a: View, b: View): bool {
  return size(a) == size(b) && startsWith(a, b)
}

/** The first bytes are those of `prefix`; an empty prefix begins everything. */
export function startsWith(bytes: View, prefix: View): bool {
  const length = <usize>size(prefix)
  if (<usize>size(bytes) < length) return false
  const a = start(bytes)
  const b = start(prefix)
  let i: usize = 0
  for (; i + 8 <= length; i += 8) if (load<u64>(a + i) != load<u64>(b + i)) return false
  for (; i < length; i++) if (load<u8>(a + i) != load<u8>(b + i)) return false
  return true
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
  let i = size(bytes)
  while (--i >= 0 && load<u8>(start(bytes) + <usize>i) != byte) {}
  return i
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

/** A to Z in lower case; any other byte as it is. */
export function lower(byte: u8): u8 {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
}

/** What `nextWord` found. */
export let word: View = ABSENT

/** Takes the first word off a list with one space between words: gives the rest, empty behind the last one. */
export function nextWord(words: View): View {
  const space = indexOf(words, 0x20)
  word = space < 0 ? words : first(words, space)
  return skip(words, size(word) + 1)
}

/** Position of a word in such a list, or -1. */
export function positionIn(words: View, wanted: View): i32 {
  let rest = words
  for (let i = 0; size(rest) > 0; i++) {
    rest = nextWord(rest)
    if (equals(word, wanted)) return i
  }
  return -1
}

/** The word at a position, which the list has. */
export function wordAt(words: View, position: i32): View {
  let rest = words
  for (let i = position; i >= 0; i--) rest = nextWord(rest)
  return word
}

/** Equal but for the case of ASCII letters. */
export function equalsIgnoringCase(a: View, b: View): bool {
  if (size(a) != size(b)) return false
  for (let at = start(a), other = start(b); at < end(a); at++, other++)
    if (lower(load<u8>(at)) != lower(load<u8>(other))) return false
  return true
}

// The buffer that `headerPairs` gives and that `httpCall`, `sendLocalReply` and `setHeaderPairs` take:
// u32 count · count × (u32 name size, u32 value size) · count × (name NUL value NUL).
// A position is the offset of an entry's sizes; every length is checked against the buffer.
import { take } from './arena'
import { ABSENT, end, equals, size, start, View, view } from './bytes'

/** A buffer of none. */
export const NO_PAIRS: View = view(memory.data(4, 4), 4)

/** How many pairs a buffer holds; 0 when its sizes do not fit into it. */
export function pairCount(pairs: View): i32 {
  if (size(pairs) < 4) return 0
  const count = load<u32>(start(pairs))
  return <u64>count * 8 + 4 <= <u64>size(pairs) ? <i32>count : 0
}

/** What `nextPair` found. */
export let pairName: View = ABSENT
/** The value of that name. */
export let pairValue: View = ABSENT

let index: i32 = 0
let count: i32 = 0
let sizes: usize = 0
let data: usize = 0
let limit: usize = 0

/** Begins a walk over the pairs. One walk at a time. */
export function beginPairs(pairs: View): void {
  index = 0
  count = pairCount(pairs)
  sizes = start(pairs) + 4
  data = sizes + <usize>count * 8
  limit = end(pairs)
}

/** Goes to the next pair: `pairName` and `pairValue`. False at the end. */
export function nextPair(): bool {
  if (index >= count) return false
  const nameSize = load<u32>(sizes)
  const valueSize = load<u32>(sizes, 4)
  if (<u64>nameSize + <u64>valueSize + 2 > <u64>(limit - data)) return false
  pairName = view(data, nameSize)
  pairValue = view(data + nameSize + 1, valueSize)
  data += nameSize + valueSize + 2
  sizes += 8
  index++
  return true
}

/** The first value of a name, or `ABSENT`. */
export function firstValue(pairs: View, name: View): View {
  beginPairs(pairs)
  while (nextPair()) if (equals(pairName, name)) return pairValue
  return ABSENT
}

let written: i32 = 0
let room: i32 = 0
let output: usize = 0
let writeSizes: usize = 0
let writeData: usize = 0
let writeEnd: usize = 0

/** Begins a buffer of at most `most` pairs with `bytes` of names and values in all. False when there is no memory for it. */
export function openPairs(most: i32, bytes: i32): bool {
  const whole: usize = 4 + <usize>most * 10 + <usize>bytes
  output = take(whole)
  written = 0
  room = output ? most : 0
  writeSizes = output + 4
  writeData = writeSizes + <usize>room * 8
  writeEnd = output + whole
  return output != 0
}

/** Adds a pair; false when it does not fit, or there was no memory. */
export function addPair(name: View, value: View): bool {
  const length = <usize>size(name) + <usize>size(value) + 2
  if (written >= room || length > writeEnd - writeData) return false
  store<u32>(writeSizes, size(name))
  store<u32>(writeSizes, size(value), 4)
  memory.copy(writeData, start(name), <usize>size(name))
  store<u8>(writeData + <usize>size(name), 0)
  const at = writeData + <usize>size(name) + 1
  memory.copy(at, start(value), <usize>size(value))
  store<u8>(at + <usize>size(value), 0)
  writeData += length
  writeSizes += 8
  written++
  return true
}

/** The finished buffer, until the callback ends; one of no pairs when there was no memory for it. */
export function closePairs(): View {
  const reserved = output + 4 + <usize>room * 8
  const used = writeData - reserved
  if (written < room) memory.copy(writeSizes, reserved, used)
  store<u32>(output, written)
  return view(output, <i32>(writeSizes - output + used))
}

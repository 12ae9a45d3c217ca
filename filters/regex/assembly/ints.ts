// Numbers in a row, without an object: what `filters/tables.ts` puts in the place of `Int32Array`. For module scope: the memory is
// never given back.
import { end, start, View } from 'proxy-wasm-assemblyscript-sdk/assembly'

// @ts-ignore: decorator
@global
@unmanaged
export class Ints {
  // @ts-ignore: decorator
  @inline
  @operator('[]')
  at(index: i32): i32 {
    return load<i32>(changetype<usize>(this) + (<usize>index << 2))
  }

  // @ts-ignore: decorator
  @operator('[]=')
  put(index: i32, value: i32): void {
    store<i32>(changetype<usize>(this) + (<usize>index << 2), value)
  }
}

/** All tables stand in one block. */
const ROOM: usize = 192 << 10
// @ts-ignore: decorator
@lazy
const block: usize = heap.alloc(ROOM)
let used: usize = 0

/** All are 0. */
// @ts-ignore: decorator
@global
export function newInts(length: i32): Ints {
  const at = block + used
  used += <usize>length << 2
  // Not met in use: tables are made when the module starts, or is built.
  if (used > ROOM) abort()
  return changetype<Ints>(at)
}

/** A byte in each place, from the first one on; there is room for them. */
export function fillInts(table: Int32Array, bytes: View): void {
  for (let at = start(bytes), i = 0; at < end(bytes); at++, i++) table[i] = load<u8>(at)
}

// Memory that outlives a callback and is given back: configurations, state of streams. Blocks have sizes of a power of two,
// and one that was given back serves the next of its size, so that nothing is lost to the host however often it
// configures. (`heap.alloc` of the stub runtime never takes back.)
import { ABSENT, size, start, View, view } from './bytes'

/** 2^4 to 2^22 bytes. */
const LEAST: u32 = 4
const MOST: u32 = 22
const BLOCK_HEADER: usize = 8

/** The first free block of each size. */
const free: usize = memory.data(4 * 23, 4)

/** A block of at least `bytes`, filled with zeros, aligned to 8; 0 above 4 MiB. */
export function obtain(bytes: usize): usize {
  if (bytes > <usize>1 << MOST) return 0
  const order = bytes <= 16 ? LEAST : 32 - clz<u32>(<u32>(bytes - 1))
  const list = free + (<usize>order << 2)
  let block = load<usize>(list)
  if (block) {
    store<usize>(list, load<usize>(block))
  } else {
    block = heap.alloc((<usize>1 << order) + BLOCK_HEADER) + BLOCK_HEADER
    store<u32>(block - BLOCK_HEADER, order)
  }
  memory.fill(block, 0, <usize>1 << order)
  return block
}

/** Takes back what `obtain` gave; 0 is nothing. Once for each block. */
export function giveBack(block: usize): void {
  if (!block) return
  const list = free + (<usize>load<u32>(block - BLOCK_HEADER) << 2)
  store<usize>(block, load<usize>(list))
  store<usize>(list, block)
}

/** A copy that outlives the callback, of its own block (`giveBack(start(copy))`); `ABSENT` when there is no memory. */
export function keep(bytes: View): View {
  if (bytes == ABSENT) return ABSENT
  const block = obtain(<usize>size(bytes))
  if (!block) return ABSENT
  memory.copy(block, start(bytes), <usize>size(bytes))
  return view(block, size(bytes))
}

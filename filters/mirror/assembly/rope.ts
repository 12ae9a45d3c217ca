// Bytes that outlive a callback without garbage: ropes of fixed blocks from one pool. The pool grows to its budget, never
// beyond, and blocks are used again.
//   block  next block · bytes used · bytes          rope  the address of its first block; `length` counts all its bytes
import { start, size, View } from 'proxy-wasm-assemblyscript-sdk/assembly'

const BLOCK: usize = 4080
const BLOCK_HEADER: usize = 8
const CONTENT: usize = BLOCK - BLOCK_HEADER
/** 16 MiB a worker. */
const MOST_BLOCKS: i32 = 4096

let freeBlocks: usize = 0
let blocks: i32 = 0

/** An empty rope, or 0 when the budget is spent. */
export function newRope(): usize {
  if (!freeBlocks) {
    if (blocks == MOST_BLOCKS) return 0
    store<usize>(freeBlocks = heap.alloc(BLOCK), 0)
    blocks++
  }
  const block = freeBlocks
  freeBlocks = load<usize>(block)
  store<usize>(block, 0)
  store<usize>(block, 0, 4)
  return block
}

/** Appends to the rope whose last block is `last`; gives the new last block, or 0 when the budget is spent, maybe with a part appended. */
export function append(last: usize, bytes: View): usize {
  let block = last
  let from = start(bytes)
  let left = <usize>size(bytes)
  while (left > 0) {
    const used = load<usize>(block, 4)
    const part = min(left, CONTENT - used)
    memory.copy(block + BLOCK_HEADER + used, from, part)
    store<usize>(block, used + part, 4)
    from += part
    left -= part
    if (left > 0) {
      const next = newRope()
      if (!next) return 0
      store<usize>(block, next)
      block = next
    }
  }
  return block
}

/** Copies the first `bytes` of a rope to `to`: behind them may be part of a piece that the budget had no room for. */
export function flatten(rope: usize, to: usize, bytes: usize): void {
  const end = to + bytes
  let at = to
  for (let block = rope; block && at < end; block = load<usize>(block)) {
    const used = min(load<usize>(block, 4), end - at)
    memory.copy(at, block + BLOCK_HEADER, used)
    at += used
  }
}

export function free(rope: usize): void {
  let block = rope
  while (block) {
    const next = load<usize>(block)
    store<usize>(block, freeBlocks)
    freeBlocks = block
    block = next
  }
}

// The objects and arrays that the JSON reader is in, from the outermost to the innermost.
import { put, putByte, putDecimal, roomIn } from './builder'
import { ABSENT, first } from './bytes'

/** isObject u32 · state u32 · key u64 · index u32 · list of keys u32 */
const FRAME: usize = 24
const MOST_DEPTH: i32 = 32
const frames: usize = memory.data(24 * 32, 8)

/** Nothing read yet · a value is due · it was read. */
export const FRESH: u32 = 0
export const DUE: u32 = 1
export const READ: u32 = 2

export let depth: i32 = 0
/** The innermost; there is one when `depth` is not 0. */
export let top: usize = frames - FRAME

export function leaveAll(): void {
  depth = 0
  top = frames - FRAME
}

/** False when it nests too deep. */
export function enterFrame(isObject: bool): bool {
  if (depth == MOST_DEPTH) return false
  depth++
  top += FRAME
  store<u32>(top, isObject ? 1 : 0)
  store<u32>(top, FRESH, 4)
  store<u64>(top, ABSENT, 8)
  store<u32>(top, 0, 16)
  store<usize>(top, 0, 20)
  return true
}

export function leaveFrame(): void {
  depth--
  top -= FRAME
}

/** `limits[0].requests` */
export function putPath(builder: usize): void {
  for (let i = 0; i < depth; i++) putStep(builder, frames + <usize>i * FRAME, i == 0)
}

function putStep(builder: usize, frame: usize, isFirst: bool): void {
  if (load<u32>(frame)) {
    const key = load<u64>(frame, 8)
    if (key == ABSENT) return
    if (!isFirst) putByte(builder, 0x2e)
    put(builder, first(key, roomIn(builder) - 128))
  } else {
    putByte(builder, 0x5b)
    putDecimal(builder, load<u32>(frame, 16))
    putByte(builder, 0x5d)
  }
}

/** The innermost container has had the value that it waited for. */
export function wasRead(): void {
  if (depth > 0) store<u32>(top, READ, 4)
}

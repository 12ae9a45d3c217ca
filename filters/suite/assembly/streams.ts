// What a stream keeps from one callback to the next: its placement and the response operations of its plan. A fixed ring,
// direct-mapped by context id; a stream whose slot was taken by a later one loses speed, never correctness.
import { ABSENT, size, start, View, view } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { placementOfRoot, placementOfRunning } from './placement'

/** id · placement · length of the operations, or `UNKNOWN` · operations */
const SLOT: usize = 512
const SLOTS: u32 = 1024
const SLOT_HEADER: usize = 16
const UNKNOWN: i32 = -1

const ring: usize = newRing()

function newRing(): usize {
  const at = heap.alloc(SLOT * SLOTS)
  memory.fill(at, 0, SLOT * SLOTS)
  return at
}

// @ts-ignore: decorator
@inline
function slotOf(stream: u32): usize {
  return ring + <usize>(stream & (SLOTS - 1)) * SLOT
}

export function openStream(stream: u32, root: u32): void {
  claim(stream, placementOfRoot(root))
}

/** To be called with the stream's own context in effect. */
export function placementOf(stream: u32): i32 {
  const slot = slotOf(stream)
  if (load<u32>(slot) != stream) claim(stream, placementOfRunning())
  return load<i32>(slot, 4)
}

function claim(stream: u32, placement: i32): void {
  const slot = slotOf(stream)
  store<u32>(slot, stream)
  store<i32>(slot, placement, 4)
  store<i32>(slot, UNKNOWN, 8)
}

/** Keeps the operations for the response. Two lists run one after the other; too long ones are not kept. */
export function keepResponse(stream: u32, first: View, second: View): void {
  const slot = slotOf(stream)
  const length = sizeOf(first) + sizeOf(second)
  if (load<u32>(slot) != stream || length > <i32>(SLOT - SLOT_HEADER)) return
  store<i32>(slot, length, 8)
  memory.copy(slot + SLOT_HEADER, start(first), <usize>sizeOf(first))
  memory.copy(slot + SLOT_HEADER + <usize>sizeOf(first), start(second), <usize>sizeOf(second))
}

/** The kept operations, maybe none; `ABSENT` when the plan has to be read again. */
export function keptResponse(stream: u32): View {
  const slot = slotOf(stream)
  const length = load<i32>(slot, 8)
  return load<u32>(slot) == stream && length != UNKNOWN ? view(slot + SLOT_HEADER, length) : ABSENT
}

// @ts-ignore: decorator
@inline
function sizeOf(list: View): i32 {
  return list == ABSENT ? 0 : size(list)
}

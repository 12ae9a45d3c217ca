// What a stream keeps from its request to its response: the plan that it was on, as the route may have another one by then. A fixed
// ring, direct-mapped by context id; a stream whose slot was taken by a later one, or whose plan is not kept, reads it again.
import { Known } from './known'

/** id · plan, 0 when there is nothing to do · its stamp */
const SLOT: usize = 12
/** A power of two. */
const SLOTS: u32 = 8192

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

/** `known` 0: the response is to be left alone. */
export function keepPlan(stream: u32, known: usize): void {
  if (known && !changetype<Known>(known).block) return
  const slot = slotOf(stream)
  store<u32>(slot, stream)
  store<usize>(slot, known, 4)
  store<u32>(slot, known ? changetype<Known>(known).stamp : 0, 8)
}

/** Nothing was kept: the plan has to be read again. */
export const FORGOTTEN: usize = 1

/** What was kept for a stream, or `FORGOTTEN`. */
export function keptPlan(stream: u32): usize {
  const slot = slotOf(stream)
  if (load<u32>(slot) != stream) return FORGOTTEN
  const known = load<usize>(slot, 4)
  return !known || changetype<Known>(known).stamp == load<u32>(slot, 8) ? known : FORGOTTEN
}

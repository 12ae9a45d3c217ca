// Copies that could not be made, counted by reason: nothing is dropped silently.
import { countUp, literal, newCounter } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { MIRROR_DROPPED_METRIC } from '../../suite/names'

export namespace Dropped {
  /** The body is larger than the mirror's cap. */
  export const TooLarge: i32 = 0
  /** Too much is being gathered on this worker already. */
  export const Budget: i32 = 1
  /** The request ended before its body did. */
  export const Reset: i32 = 2
  /** Upgrades and CONNECT have no end at which a copy could be sent. */
  export const Upgrade: i32 = 3
  /** Envoy knows no such cluster, or nobody in it can be reached. */
  export const NoBackend: i32 = 4
}

const REASON = MIRROR_DROPPED_METRIC + ';reason='
const names = memory.data(5 * 8, 8)
const counters = memory.data(5 * 4, 4)

store<u64>(names, literal(REASON + 'too_large'))
store<u64>(names, literal(REASON + 'budget'), 8)
store<u64>(names, literal(REASON + 'reset'), 16)
store<u64>(names, literal(REASON + 'upgrade'), 24)
store<u64>(names, literal(REASON + 'no_backend'), 32)

export function countDropped(reason: i32): void {
  const at = counters + (<usize>reason << 2)
  if (!load<usize>(at)) store<usize>(at, newCounter(load<u64>(names + (<usize>reason << 3))))
  countUp(load<usize>(at))
}

// Copies that could not be made, counted by reason: nothing is dropped silently.
import { built, clear, countUp, literal, newBuilder, newCounter, put, wordAt } from 'proxy-wasm-assemblyscript-sdk/assembly'
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
  /** Nobody in the cluster has answered the last copies. */
  export const Breaker: i32 = 5
}

const METRIC = literal(MIRROR_DROPPED_METRIC + ';reason=')
/** In the order of their numbers. */
const REASONS = literal('too_large budget reset upgrade no_backend breaker')
const counters = memory.data(6 * 4, 4)
const name = newBuilder(64)

export function countDropped(reason: i32): void {
  const at = counters + (<usize>reason << 2)
  if (!load<usize>(at)) {
    clear(name)
    put(name, METRIC)
    put(name, wordAt(REASONS, reason))
    store<usize>(at, newCounter(built(name)))
  }
  countUp(load<usize>(at))
}

// Counters that add up in the module and reach the host's metrics on ticks: counting costs no crossing, and figures are a tick
// old at most. Call `handOverEvery` in `proxy_on_configure` and `handOver` in `proxy_on_tick`. Where the host has no ticks, each
// count is handed over at once.
import { Status } from './abi'
import { View } from './bytes'
import { defineMetric, incrementMetric, Metric, NO_METRIC } from './metrics'
import { setTickPeriod } from './stream'

/** The next counter with something to hand over · metric id · count since the last hand-over */
const COUNTER: usize = 16

let waiting: usize = 0
/** The host calls `proxy_on_tick`. */
export let hasTicks: bool = false

/** Counts are handed over at every tick of the running root. */
export function handOverEvery(milliseconds: u32): void {
  hasTicks = setTickPeriod(milliseconds) == Status.Ok
}

/** A counter of that name; it is never given back. 0 when the host refuses the name: it counts nothing then. */
export function newCounter(name: View): usize {
  const id = defineMetric(Metric.Counter, name)
  if (id == NO_METRIC) return 0
  const counter = heap.alloc(COUNTER)
  store<u32>(counter, id, 4)
  store<u64>(counter, 0, 8)
  return counter
}

/** Counts one; nothing where `newCounter` gave 0. */
export function countUp(counter: usize): void {
  if (!counter) return
  if (!hasTicks) {
    incrementMetric(load<u32>(counter, 4), 1)
    return
  }
  const count = load<u64>(counter, 8)
  if (!count) {
    store<usize>(counter, waiting)
    waiting = counter
  }
  store<u64>(counter, count + 1, 8)
}

/** Gives the host what was counted since the last time. */
export function handOver(): void {
  for (; waiting; waiting = load<usize>(waiting)) {
    incrementMetric(load<u32>(waiting, 4), load<i64>(waiting, 8))
    store<u64>(waiting, 0, 8)
  }
}

// Metrics with labels. A module can only name a metric, so the name carries them: `name;key=value;key=value`. Envoy makes
// labels of them with one expression each in `stats_config.stats_tags`:
//
//   - tag_name: key
//     regex: '^wasmcustom\.name(?:;[a-z]+=[^;]*)*?(;key=([^;]*))'
//
//   beginMetric(NAME); label(KEY, value); const id = endMetric(Metric.Counter)
//
// A metric is never freed: keep ids, and keep the number of values small.
import { built, clear, newBuilder, put, truncate } from './builder'
import { end, size, start, View, view } from './bytes'
import { defineMetric, NO_METRIC } from './metrics'

// @ts-ignore: decorator
@lazy
const name = newBuilder(1024)
// @ts-ignore: decorator
@lazy
const clean = newBuilder(256)
let hasOverflown: bool = false

/** One metric at a time. */
export function beginMetric(base: View): void {
  clear(name)
  hasOverflown = !put(name, base)
}

/** Values are cut at 256 bytes; semicolons and what is no visible ASCII become `_`. */
export function label(key: View, value: View): void {
  const before = size(built(name))
  clear(clean)
  const to = min(end(value), start(value) + 256)
  for (let at = start(value); at < to; at++) {
    const byte = load<u8>(at)
    put(clean, byte <= 0x20 || byte >= 0x7f || byte == 0x3b ? UNDERSCORE : view(at, 1))
  }
  if (put(name, SEMICOLON) && put(name, key) && put(name, SIGN) && put(name, built(clean))) return
  truncate(name, before)
  hasOverflown = true
}

/** The metric's id, the same one for the same labels; `NO_METRIC` when its name would be over 1,024 bytes. */
export function endMetric(type: i32): u32 {
  return hasOverflown ? NO_METRIC : defineMetric(type, built(name))
}

const SEMICOLON: View = view(memory.data<u8>([0x3b]), 1)
const SIGN: View = view(memory.data<u8>([0x3d]), 1)
const UNDERSCORE: View = view(memory.data<u8>([0x5f]), 1)

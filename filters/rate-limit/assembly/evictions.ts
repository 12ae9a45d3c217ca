// How often a bucket that still held something had to make room for another.
import { defineMetric, incrementMetric, literal, Metric, NO_METRIC } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { EVICTIONS_METRIC } from '../../suite/names'

const NAME = literal(EVICTIONS_METRIC)
let metric: u32 = NO_METRIC

export function countEviction(): void {
  if (metric == NO_METRIC) metric = defineMetric(Metric.Counter, NAME)
  incrementMetric(metric, 1)
}

// Envoy's own statistics. A metric may be defined in any callback; define once and keep the id.
import { size, start, View } from './bytes'
import { Status } from './abi'
import { OUT_NUMBER } from './out'

/** The types of metrics. */
export namespace Metric {
  export const Counter: i32 = 0
  export const Gauge: i32 = 1
  export const Histogram: i32 = 2
}

/** No metric: calls with it do nothing. */
export const NO_METRIC: u32 = 0xffffffff

// @ts-ignore: decorator
@external('env', 'proxy_define_metric')
declare function proxy_define_metric(type: i32, name: usize, nameSize: i32, id: usize): i32

/** The id of a metric of that name, the same one for the same name. */
export function defineMetric(type: i32, name: View): u32 {
  return proxy_define_metric(type, start(name), size(name), OUT_NUMBER) == Status.Ok ? load<u32>(OUT_NUMBER) : NO_METRIC
}

// @ts-ignore: decorator
@external('env', 'proxy_increment_metric')
declare function proxy_increment_metric(id: u32, by: i64): i32

/** Counters take positive numbers only. */
export function incrementMetric(id: u32, by: i64): i32 {
  return id == NO_METRIC ? Status.NotFound : proxy_increment_metric(id, by)
}

// @ts-ignore: decorator
@external('env', 'proxy_record_metric')
declare function proxy_record_metric(id: u32, value: u64): i32

/** Sets a gauge, or adds a sample to a histogram. */
export function recordMetric(id: u32, value: u64): i32 {
  return id == NO_METRIC ? Status.NotFound : proxy_record_metric(id, value)
}

// @ts-ignore: decorator
@external('env', 'proxy_get_metric')
declare function proxy_get_metric(id: u32, value: usize): i32

/** The value of a counter or gauge; 0 for `NO_METRIC`, and when the host has no such metric. */
export function metricValue(id: u32): u64 {
  return id != NO_METRIC && proxy_get_metric(id, OUT_NUMBER) == Status.Ok ? load<u64>(OUT_NUMBER) : 0
}

// Time in nanoseconds. The host's own call gives wall time, which jumps; the monotonic clock comes from WASI.
import { Status } from './abi'
import { OUT_NUMBER } from './out'

const MONOTONIC: i32 = 1

// @ts-ignore: decorator
@external('wasi_snapshot_preview1', 'clock_time_get')
declare function clock_time_get(clock: i32, precision: i64, time: usize): i32

/** Since some fixed moment before the host started; never goes back. 0 when the host has no such clock. */
export function monotonicTime(): i64 {
  return clock_time_get(MONOTONIC, 0, OUT_NUMBER) == 0 ? load<i64>(OUT_NUMBER) : 0
}

// @ts-ignore: decorator
@external('env', 'proxy_get_current_time_nanoseconds')
declare function proxy_get_current_time_nanoseconds(time: usize): i32

/** Since 1970; 0 when the host does not say. */
export function wallTime(): i64 {
  return proxy_get_current_time_nanoseconds(OUT_NUMBER) == Status.Ok ? load<i64>(OUT_NUMBER) : 0
}

// Functions that a host offers beyond the ABI. Envoy 1.40 has `compress`, `uncompress`, `sign`, `verify_signature`,
// `set_envoy_filter_state`, `clear_route_cache`, `expr_create` and some more.
// https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/wasm_filter
import { Status } from './abi'
import { size, start, View } from './bytes'
import { OUT_AT, OUT_SIZE, outcome } from './out'

// @ts-ignore: decorator
@external('env', 'proxy_call_foreign_function')
declare function proxy_call_foreign_function(
  name: usize, nameSize: i32, argument: usize, argumentSize: i32, at: usize, size: usize,
): i32

/** Status of the last `callForeign`: `NotFound` when the host has no such function. */
export let foreignStatus: i32 = Status.Ok

/** What the function gives, empty when it gives nothing; `ABSENT` when it failed. */
export function callForeign(name: View, argument: View): View {
  store<usize>(OUT_AT, 0)
  store<i32>(OUT_SIZE, 0)
  const status = proxy_call_foreign_function(start(name), size(name), start(argument), size(argument), OUT_AT, OUT_SIZE)
  foreignStatus = status
  return outcome(status)
}

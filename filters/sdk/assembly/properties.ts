// Properties: what Envoy knows of the request, the connection, the route. Paths are segments separated by NUL; integers
// come as 8 bytes little endian, booleans as one byte.
// https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/advanced/attributes
import { ABSENT, size, start, View } from './bytes'
import { Status } from './abi'
import { OUT_AT, OUT_SIZE, outcome } from './out'

// @ts-ignore: decorator
@external('env', 'proxy_get_property')
declare function proxy_get_property(path: usize, pathSize: i32, at: usize, size: usize): i32

/** Status of the last `property` call: tells a missing property from one that cannot be read. */
export let propertyStatus: i32 = Status.Ok

/** The value of a property, as bytes; `ABSENT` when there is none or it cannot be read: `propertyStatus` tells which. */
export function property(path: View): View {
  const status = proxy_get_property(start(path), size(path), OUT_AT, OUT_SIZE)
  propertyStatus = status
  return outcome(status)
}

/** An integer property, or `missing` when there is none of 8 bytes. */
export function integerProperty(path: View, missing: i64): i64 {
  const bytes = property(path)
  return bytes != ABSENT && size(bytes) == 8 ? load<i64>(start(bytes)) : missing
}

// @ts-ignore: decorator
@external('env', 'proxy_set_property')
declare function proxy_set_property(path: usize, pathSize: i32, value: usize, valueSize: i32): i32

/** Sets filter state `wasm.<path>` of the stream; an access log prints it as `%FILTER_STATE(wasm.<path>:PLAIN)%`. */
export function setProperty(path: View, value: View): i32 {
  return proxy_set_property(start(path), size(path), start(value), size(value))
}

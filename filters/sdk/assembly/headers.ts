// Headers and trailers of both directions. Names are lower-case bytes; values are bytes and are never decoded.
import { Status } from './abi'
import { size, start, View } from './bytes'
import { OUT_AT, OUT_NUMBER, OUT_SIZE, outcome } from './out'

/** Which map a call means. */
export namespace Headers {
  export const Request: i32 = 0
  export const RequestTrailers: i32 = 1
  export const Response: i32 = 2
  export const ResponseTrailers: i32 = 3
  export const GrpcInitialMetadata: i32 = 4
  export const GrpcTrailingMetadata: i32 = 5
  export const CallResponse: i32 = 6
  export const CallResponseTrailers: i32 = 7
}

// @ts-ignore: decorator
@external('env', 'proxy_get_header_map_value')
declare function proxy_get_header_map_value(map: i32, name: usize, nameSize: i32, at: usize, size: usize): i32

/** The first value of a name, or `ABSENT`. Costs as much as `headerPairs`: for two names or more read the pairs. */
export function header(map: i32, name: View): View {
  return outcome(proxy_get_header_map_value(map, start(name), size(name), OUT_AT, OUT_SIZE))
}

// @ts-ignore: decorator
@external('env', 'proxy_get_header_map_pairs')
declare function proxy_get_header_map_pairs(map: i32, at: usize, size: usize): i32

/** All names and values in one buffer (`pairs.ts` reads it), or `ABSENT`. */
export function headerPairs(map: i32): View {
  return outcome(proxy_get_header_map_pairs(map, OUT_AT, OUT_SIZE))
}

// @ts-ignore: decorator
@external('env', 'proxy_get_header_map_size')
declare function proxy_get_header_map_size(map: i32, size: usize): i32

/** Bytes of all names and values, without copying any; -1 where there is no such map. Not their number: callbacks give that. */
export function headerBytes(map: i32): i32 {
  return proxy_get_header_map_size(map, OUT_NUMBER) == Status.Ok ? load<i32>(OUT_NUMBER) : -1
}

// @ts-ignore: decorator
@external('env', 'proxy_set_header_map_pairs')
declare function proxy_set_header_map_pairs(map: i32, at: usize, size: i32): i32

/** Replaces the whole map. Dearer than single calls, and the more so the more headers there are. */
export function setHeaderPairs(map: i32, pairs: View): i32 {
  return proxy_set_header_map_pairs(map, start(pairs), size(pairs))
}

// @ts-ignore: decorator
@external('env', 'proxy_replace_header_map_value')
declare function proxy_replace_header_map_value(map: i32, name: usize, nameSize: i32, value: usize, valueSize: i32): i32

/** Sets a name to one value; all others of that name go. */
// @ts-ignore: decorator
@inline
export function replaceHeader(map: i32, name: View, value: View): i32 {
  return proxy_replace_header_map_value(map, start(name), size(name), start(value), size(value))
}

// @ts-ignore: decorator
@external('env', 'proxy_add_header_map_value')
declare function proxy_add_header_map_value(map: i32, name: usize, nameSize: i32, value: usize, valueSize: i32): i32

/** Adds a value. On headers that Envoy keeps inline (user-agent, accept, ...) it joins with a comma. */
// @ts-ignore: decorator
@inline
export function addHeader(map: i32, name: View, value: View): i32 {
  return proxy_add_header_map_value(map, start(name), size(name), start(value), size(value))
}

// @ts-ignore: decorator
@external('env', 'proxy_remove_header_map_value')
declare function proxy_remove_header_map_value(map: i32, name: usize, nameSize: i32): i32

/** Takes all values of a name away. */
// @ts-ignore: decorator
@inline
export function removeHeader(map: i32, name: View): i32 {
  return proxy_remove_header_map_value(map, start(name), size(name))
}

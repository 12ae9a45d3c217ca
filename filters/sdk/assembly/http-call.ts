// Requests of the module's own to a cluster. They belong to the root context: the stream may end before them.
import { Status } from './abi'
import { size, start, View } from './bytes'
import { OUT_NUMBER } from './out'

// @ts-ignore: decorator
@external('env', 'proxy_http_call')
declare function proxy_http_call(
  cluster: usize, clusterSize: i32, headers: usize, headersSize: i32, body: usize, bodySize: i32,
  trailers: usize, trailersSize: i32, timeoutMs: i32, token: usize,
): i32

/**
 * Headers and trailers are pairs buffers; `:method`, `:path` and `:authority` are required. Envoy sets content-length itself
 * and forwards `connection` as it is. `BadArgument`: no such cluster. `InternalFailure`: nobody to send to, and no callback.
 */
export function httpCall(cluster: View, headers: View, body: View, trailers: View, timeoutMs: i32): i32 {
  const status = proxy_http_call(
    start(cluster), size(cluster), start(headers), size(headers), start(body), size(body),
    start(trailers), size(trailers), timeoutMs, OUT_NUMBER,
  )
  if (status == Status.Ok) token = load<u32>(OUT_NUMBER)
  return status
}

let token: u32 = 0

/** The token of the last successful `httpCall`: `proxy_on_http_call_response` brings it back. */
export function lastCallToken(): u32 {
  return token
}

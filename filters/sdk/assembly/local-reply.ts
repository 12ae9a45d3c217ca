// Answering a request without a backend.
import { size, start, View } from './bytes'

// @ts-ignore: decorator
@external('env', 'proxy_send_local_response')
declare function proxy_send_local_response(
  status: i32, details: usize, detailsSize: i32, body: usize, bodySize: i32, pairs: usize, pairsSize: i32, grpc: i32,
): i32

/** Lets Envoy derive the gRPC status from the HTTP one. */
export const GRPC_DERIVED: i32 = -1
/** What gRPC clients take for "too many requests". */
export const GRPC_RESOURCE_EXHAUSTED: i32 = 8

/**
 * `details` goes to `%RESPONSE_CODE_DETAILS%`; `pairs` are further headers. A gRPC request gets `grpc` as its status and
 * the body as its message. The callback returns `Action.Pause` after it.
 */
export function sendLocalReply(status: i32, details: View, body: View, pairs: View, grpc: i32): i32 {
  return proxy_send_local_response(
    status, start(details), size(details), start(body), size(body), start(pairs), size(pairs), grpc,
  )
}

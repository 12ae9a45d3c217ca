// gRPC calls and streams of the module's own. As HTTP calls they belong to the root context. Answers come to
// `proxy_on_grpc_receive_initial_metadata`, `proxy_on_grpc_receive`, `proxy_on_grpc_receive_trailing_metadata` and
// `proxy_on_grpc_close`, each with (root, token, ...); messages are read as `Buffer.GrpcMessage`.
import { Status } from './abi'
import { take } from './arena'
import { ABSENT, size, start, View, view } from './bytes'
import { OUT_AT, OUT_NUMBER, OUT_SIZE, outView } from './out'

// @ts-ignore: decorator
@external('env', 'proxy_grpc_call')
declare function proxy_grpc_call(
  service: usize, serviceSize: i32, name: usize, nameSize: i32, method: usize, methodSize: i32,
  metadata: usize, metadataSize: i32, message: usize, messageSize: i32, timeoutMs: i32, token: usize,
): i32

/**
 * One request, one answer. `service` says where (`grpcService`, or a serialised `envoy.config.core.v3.GrpcService`), `name` and
 * `method` make the path, `metadata` is a pairs buffer or empty, `message` is protobuf. `ParseFailure`: no such service.
 */
export function grpcCall(service: View, name: View, method: View, metadata: View, message: View, timeoutMs: i32): i32 {
  return begun(
    proxy_grpc_call(
      start(service), size(service), start(name), size(name), start(method), size(method),
      start(metadata), size(metadata), start(message), size(message), timeoutMs, OUT_NUMBER,
    ),
  )
}

// @ts-ignore: decorator
@external('env', 'proxy_grpc_stream')
declare function proxy_grpc_stream(
  service: usize, serviceSize: i32, name: usize, nameSize: i32, method: usize, methodSize: i32,
  metadata: usize, metadataSize: i32, token: usize,
): i32

/** Opens a stream; `sendGrpc` sends on it. */
export function grpcStream(service: View, name: View, method: View, metadata: View): i32 {
  return begun(
    proxy_grpc_stream(
      start(service), size(service), start(name), size(name), start(method), size(method),
      start(metadata), size(metadata), OUT_NUMBER,
    ),
  )
}

let token: u32 = 0

/** Keeps the token of a call that was taken: the host writes one in any case. */
function begun(status: i32): i32 {
  if (status == Status.Ok) token = load<u32>(OUT_NUMBER)
  return status
}

/** The token of the last successful `grpcCall` or `grpcStream`. */
export function lastGrpcToken(): u32 {
  return token
}

// @ts-ignore: decorator
@external('env', 'proxy_grpc_send')
declare function proxy_grpc_send(token: u32, message: usize, messageSize: i32, isEnd: i32): i32

/** Sends a message on a stream; with `isEnd` it is the last one. */
export function sendGrpc(token: u32, message: View, isEnd: bool): i32 {
  return proxy_grpc_send(token, start(message), size(message), isEnd ? 1 : 0)
}

// @ts-ignore: decorator
@external('env', 'proxy_grpc_close')
declare function proxy_grpc_close(token: u32): i32

/** Ends our side of a stream. */
export function closeGrpc(token: u32): i32 {
  return proxy_grpc_close(token)
}

// @ts-ignore: decorator
@external('env', 'proxy_grpc_cancel')
declare function proxy_grpc_cancel(token: u32): i32

/** Gives up a call or resets a stream: no further callback. */
export function cancelGrpc(token: u32): i32 {
  return proxy_grpc_cancel(token)
}

// @ts-ignore: decorator
@external('env', 'proxy_get_status')
declare function proxy_get_status(code: usize, at: usize, size: usize): i32

/** In `proxy_on_grpc_close`, and after a local reply: the status message; `lastStatusCode` is its number. Envoy gives it as on the wire: percent-encoded. */
export function statusMessage(): View {
  if (proxy_get_status(OUT_NUMBER, OUT_AT, OUT_SIZE) != Status.Ok) return ABSENT
  statusCode = load<u32>(OUT_NUMBER)
  return outView()
}

let statusCode: u32 = 0

/** The gRPC status that the last `statusMessage` read. */
export function lastStatusCode(): u32 {
  return statusCode
}

/** `GrpcService{envoy_grpc{cluster_name}}` in protobuf, in the arena; `ABSENT` for names over 120 bytes or without memory. */
export function grpcService(cluster: View): View {
  const length = size(cluster)
  const at = length <= 120 ? take(<usize>length + 4) : 0
  if (!at) return ABSENT
  store<u8>(at, 0x0a)
  store<u8>(at, <u8>(length + 2), 1)
  store<u8>(at, 0x0a, 2)
  store<u8>(at, <u8>length, 3)
  memory.copy(at + 4, start(cluster), <usize>length)
  return view(at, length + 4)
}

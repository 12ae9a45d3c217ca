// Bodies and configurations.
import { Status } from './abi'
import { size, start, View } from './bytes'
import { OUT_AT, OUT_NUMBER, OUT_SIZE, outcome } from './out'

/** What a call on a buffer means. */
export namespace Buffer {
  export const RequestBody: i32 = 0
  export const ResponseBody: i32 = 1
  export const DownstreamData: i32 = 2
  export const UpstreamData: i32 = 3
  export const CallResponseBody: i32 = 4
  export const GrpcMessage: i32 = 5
  export const VmConfiguration: i32 = 6
  export const PluginConfiguration: i32 = 7
  export const ForeignCallData: i32 = 8
}

// @ts-ignore: decorator
@external('env', 'proxy_get_buffer_bytes')
declare function proxy_get_buffer_bytes(buffer: i32, from: i32, length: i32, at: usize, size: usize): i32

/** At most `length` bytes from `from` on: an empty view when there are none there, `ABSENT` when there is no such buffer now. */
export function buffer(kind: i32, from: i32, length: i32): View {
  return outcome(proxy_get_buffer_bytes(kind, from, length, OUT_AT, OUT_SIZE))
}

// @ts-ignore: decorator
@external('env', 'proxy_get_buffer_status')
declare function proxy_get_buffer_status(buffer: i32, length: usize, flags: usize): i32

/** How many bytes it holds, without copying any; -1 where there is no such buffer. No host sets any of the call's flags. */
export function bufferSize(kind: i32): i32 {
  return proxy_get_buffer_status(kind, OUT_NUMBER, OUT_SIZE) == Status.Ok ? load<i32>(OUT_NUMBER) : -1
}

// @ts-ignore: decorator
@external('env', 'proxy_set_buffer_bytes')
declare function proxy_set_buffer_bytes(buffer: i32, from: i32, length: i32, at: usize, size: i32): i32

/** Replaces `length` bytes from `from` on. */
export function setBuffer(kind: i32, from: i32, length: i32, bytes: View): i32 {
  return proxy_set_buffer_bytes(kind, from, length, start(bytes), size(bytes))
}

/** In front of everything. */
export function prependBuffer(kind: i32, bytes: View): i32 {
  return setBuffer(kind, 0, 0, bytes)
}

/** Behind everything. */
export function appendBuffer(kind: i32, bytes: View): i32 {
  return setBuffer(kind, i32.MAX_VALUE, 0, bytes)
}

/** In place of everything. Of a streamed body, "everything" is the piece of the callback. */
export function replaceBuffer(kind: i32, bytes: View): i32 {
  return setBuffer(kind, 0, i32.MAX_VALUE, bytes)
}

// The numbers of the proxy-wasm ABI 0.2.1 that several files share, and the export that names the version.
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1

/** Result of every host call. A status is a value: nothing here throws. */
export namespace Status {
  export const Ok: i32 = 0
  export const NotFound: i32 = 1
  export const BadArgument: i32 = 2
  export const SerializationFailure: i32 = 3
  export const ParseFailure: i32 = 4
  export const BadExpression: i32 = 5
  export const InvalidMemoryAccess: i32 = 6
  export const Empty: i32 = 7
  export const CasMismatch: i32 = 8
  export const ResultMismatch: i32 = 9
  export const InternalFailure: i32 = 10
  export const BrokenConnection: i32 = 11
  export const Unimplemented: i32 = 12
}

/** What callbacks of a stream or connection return, on every host. */
export namespace Action {
  export const Continue: i32 = 0
  export const Pause: i32 = 1
}

/** Beyond the ABI: what callbacks of headers may return besides on hosts made of proxy-wasm-cpp-host (Envoy, Istio). */
export namespace HeadersAction {
  /** Meant to end the message with its headers; Envoy goes on as with `Action.Continue`. */
  export const ContinueAndEndStream: i32 = 2
  /** The body gathers in the host. Over its limit Envoy answers 413, or 500 in place of a response. */
  export const StopAllIterationAndBuffer: i32 = 3
  /** The sender has to wait when the buffer is full. Envoy makes this of `Action.Pause`. */
  export const StopAllIterationAndWatermark: i32 = 4
}

/** Beyond the ABI, as `HeadersAction`: what callbacks of bodies may return. */
export namespace BodyAction {
  /** `Action.Pause`: pieces gather in the host, and the next callback sees all of them. */
  export const StopIterationAndBuffer: i32 = 1
  /** Pieces gather in the host, and each callback sees its own only; the sender has to wait when the buffer is full. */
  export const StopIterationAndWatermark: i32 = 2
  /** The piece is gone: the module has taken it. */
  export const StopIterationNoBuffer: i32 = 3
}

/** The host looks for this export to learn which ABI the module speaks. */
export function proxy_abi_version_0_2_1(): void {}

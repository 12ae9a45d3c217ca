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

/** What a header or body callback returns. */
export namespace Action {
  export const Continue: i32 = 0
  export const Pause: i32 = 1
}

/** The host looks for this export to learn which ABI the module speaks. */
export function proxy_abi_version_0_2_1(): void {}

// The least module that Envoy's Wasm filter loads, so that bootstraps can be validated before the real one is built:
//   (module (memory (export "memory") 1) (func (export "proxy_abi_version_0_2_1"))
//     (func (export "malloc") (param i32) (result i32) (i32.const 0)))

export const emptyModule = Buffer.from(
  'AGFzbQEAAAABCQJgAABgAX8BfwMDAgABBQMBAAEHLQMGbWVtb3J5AgAXcHJveHlfYWJpX3ZlcnNpb25fMF8yXzEAAAZtYWxsb2MAAQoJAgIACwQAQQAL',
  'base64',
)

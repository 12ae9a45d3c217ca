// Asks the host for something that it does not have to give.
// @ts-ignore: decorator
@external('env', 'no_such_call')
declare function noSuchCall(): i32

export { malloc, proxy_abi_version_0_2_1 } from 'proxy-wasm-assemblyscript-sdk/assembly'

export function proxy_on_configure(_root: u32, _size: i32): i32 {
  return noSuchCall()
}

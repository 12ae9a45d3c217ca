import { Action, addHeader, beginCallback, Headers, literal } from 'proxy-wasm-assemblyscript-sdk/assembly'
export { malloc, proxy_abi_version_0_2_1 } from 'proxy-wasm-assemblyscript-sdk/assembly'

const NAME = literal('x-hello')
const VALUE = literal('world')
export function proxy_on_response_headers(_stream: u32, _count: i32, _isEnd: i32): i32 {
  beginCallback()
  addHeader(Headers.Response, NAME, VALUE)
  return Action.Continue
}

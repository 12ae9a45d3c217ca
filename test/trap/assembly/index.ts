// The suite with one way to trap, for the drill: a request with the header `x-trap` ends in `unreachable`. Never in `dist/`.
import { ABSENT, beginCallback, header, Headers, literal } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { proxy_on_request_headers as onRequestHeaders } from '../../../filters/suite/assembly/index'

export {
  malloc,
  proxy_abi_version_0_2_1,
  proxy_on_configure,
  proxy_on_request_body,
  proxy_on_request_trailers,
  proxy_on_response_headers,
  proxy_on_tick,
} from '../../../filters/suite/assembly/index'

const TRAP = literal('x-trap')

export function proxy_on_request_headers(stream: u32, count: i32, isEnd: i32): i32 {
  beginCallback()
  if (header(Headers.Request, TRAP) != ABSENT) unreachable()
  return onRequestHeaders(stream, count, isEnd)
}

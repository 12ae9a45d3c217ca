// What may stand in a header, for values that are known at run time only and for configurations that no controller has
// checked. The same rules as `../check.ts`.
import { equalsIgnoringCase, literal, size, start, View } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { isTokenByte, isValueByte } from '../charset'
import { MAX_NAME, MAX_VALUE } from '../layout'

const COUNT: i32 = 9
const FORBIDDEN: usize = memory.data(9 * 8, 8)
store<u64>(FORBIDDEN, literal('host'))
store<u64>(FORBIDDEN, literal('connection'), 8)
store<u64>(FORBIDDEN, literal('keep-alive'), 16)
store<u64>(FORBIDDEN, literal('proxy-connection'), 24)
store<u64>(FORBIDDEN, literal('te'), 32)
store<u64>(FORBIDDEN, literal('trailer'), 40)
store<u64>(FORBIDDEN, literal('upgrade'), 48)
store<u64>(FORBIDDEN, literal('content-length'), 56)
store<u64>(FORBIDDEN, literal('transfer-encoding'), 64)

/** An RFC 9110 token of bounded length. */
export function isToken(name: View): bool {
  if (size(name) == 0 || size(name) > MAX_NAME) return false
  for (let i = 0; i < size(name); i++) if (!isTokenByte(load<u8>(start(name) + <usize>i))) return false
  return true
}

/** It is the connection's, the message's frame, or the host: nobody may edit it. */
export function isForbidden(name: View): bool {
  for (let i = 0; i < COUNT; i++) if (equalsIgnoringCase(load<u64>(FORBIDDEN + (<usize>i << 3)), name)) return true
  return false
}

/** A value that ends no line and starts none, of bounded length. */
export function isSafeValue(value: View): bool {
  if (size(value) > MAX_VALUE) return false
  for (let i = 0; i < size(value); i++) if (!isValueByte(load<u8>(start(value) + <usize>i))) return false
  return true
}


// What may stand in a header, for values that are known at run time only and for configurations that no controller has
// checked. The same rules as `../check.ts`.
import { end, equalsIgnoringCase, indexOf, literal, nextWord, size, start, View, word } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { isAlphanumeric, isValueByte } from '../charset'
import { MAX_NAME, MAX_VALUE } from '../layout'

/** Of the connection, of the message's frame, and the host. */
export const FORBIDDEN = literal(
  'host connection keep-alive proxy-connection te trailer upgrade content-length transfer-encoding',
)

/** What a token holds beside letters and digits. */
const MARKS = literal("!#$%&'*+-.^_`|~")

/** An RFC 9110 token (5.6.2) of bounded length. */
export function isToken(name: View): bool {
  if (size(name) == 0 || size(name) > MAX_NAME) return false
  for (let at = start(name); at < end(name); at++) {
    const byte = load<u8>(at)
    if (!isAlphanumeric(byte) && indexOf(MARKS, byte) < 0) return false
  }
  return true
}

/** It is the connection's, the message's frame, or the host: nobody may edit it. */
export function isForbidden(name: View): bool {
  for (let rest = FORBIDDEN; size(rest) > 0; ) {
    rest = nextWord(rest)
    if (equalsIgnoringCase(word, name)) return true
  }
  return false
}

/** A value that ends no line and starts none, of bounded length. */
export function isSafeValue(value: View): bool {
  if (size(value) > MAX_VALUE) return false
  for (let at = start(value); at < end(value); at++) if (!isValueByte(load<u8>(at))) return false
  return true
}


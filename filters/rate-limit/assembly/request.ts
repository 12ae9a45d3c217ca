// The request's headers, read from the host at most once a callback, and only when a key asks for them.
import { ABSENT, headerPairs, Headers, View } from 'proxy-wasm-assemblyscript-sdk/assembly'

let pairs: View = ABSENT
let isRead: bool = false

/** To be called when a callback begins: what was read belongs to another request. */
export function forgetRequest(): void {
  isRead = false
}

export function requestPairs(): View {
  if (!isRead) {
    pairs = headerPairs(Headers.Request)
    isRead = true
  }
  return pairs
}

// Which requests are copied: a hash of `x-request-id`, so that a retry and a second hop decide alike, mixed with the mirror's
// place in its rule, so that several mirrors decide independently.
import { ABSENT, randomNumber, spread, View } from 'proxy-wasm-assemblyscript-sdk/assembly'

export function isSampled(requestId: View, index: u32, numerator: u32, denominator: u32): bool {
  if (numerator >= denominator) return true
  const hash = requestId == ABSENT ? randomNumber() : spread(requestId, index)
  return hash % <u64>denominator < <u64>numerator
}

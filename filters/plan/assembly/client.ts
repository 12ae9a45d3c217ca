// Who is at the other end of the connection.
import { ABSENT, first, indexOf, lastIndexOf, literal, property, size, start, View, view } from 'proxy-wasm-assemblyscript-sdk/assembly'

const SOURCE_ADDRESS = literal('source\0address')

/** The address of the peer, without port; `ABSENT` when Envoy does not know it. */
export function clientAddress(): View {
  const address = property(SOURCE_ADDRESS)
  return address == ABSENT ? ABSENT : withoutPort(address)
}

/** `ip:port` and `[ip]:port` without the port. */
export function withoutPort(address: View): View {
  const colon = lastIndexOf(address, 0x3a)
  const bracket = lastIndexOf(address, 0x5d)
  const bare = colon > bracket && (bracket >= 0 || indexOf(address, 0x3a) == colon) ? first(address, colon) : address
  const isBracketed = size(bare) >= 2 && load<u8>(start(bare)) == 0x5b
  return isBracketed ? view(start(bare) + 1, size(bare) - 2) : bare
}

// The suite with a fault that no release has: it traps at the end of a request for `/trap`.
import { beginCallback, equals, literal, property } from 'proxy-wasm-assemblyscript-sdk/assembly'

export * from '../../../../filters/suite/assembly/index'

const PATH = literal('request\0path')
const TRAP = literal('/trap')

export function proxy_on_log(_context: u32): void {
  beginCallback()
  if (equals(property(PATH), TRAP)) unreachable()
}

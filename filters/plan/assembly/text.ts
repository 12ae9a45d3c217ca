// Reading the plan's bytes in place. `text` and its like trust the lengths: `check.ts` has walked them before.
import { View, view } from 'proxy-wasm-assemblyscript-sdk/assembly'

/** A text: u16 length, then the bytes. */
// @ts-ignore: decorator
@inline
export function text(at: usize): View {
  return view(at + 2, <i32>load<u16>(at))
}

/** The first byte behind a text. */
// @ts-ignore: decorator
@inline
export function afterText(at: usize): usize {
  return at + 2 + <usize>load<u16>(at)
}

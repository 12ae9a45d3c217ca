// The key of a plan, as the name of its route ends with it. The twin of `../key.ts`.
import { end, size, start, View, view } from 'proxy-wasm-assemblyscript-sdk/assembly'

/** `@` and 16 hexadecimal digits. */
const KEY: i32 = 17
const MARK: u8 = 0x40

/** A name that ends with the key of a plan. */
// @ts-ignore: decorator
@inline
export function hasKey(name: View): bool {
  return size(name) > KEY && load<u8>(start(name) + <usize>(size(name) - KEY)) == MARK
}

/** The name without it. */
export function withoutKey(name: View): View {
  return hasKey(name) ? view(start(name), size(name) - KEY) : name
}

/** To be called for names that have a key: 32 bits of hash of what stands before it, the same for each version of a route. */
export function routeHash(name: View): u32 {
  const to = end(name) - <usize>KEY
  let hash: u64 = 0
  let at = start(name)
  for (; at + 8 <= to; at += 8) hash = mixedWord(hash ^ load<u64>(at))
  for (; at < to; at++) hash = mixedWord(hash ^ <u64>load<u8>(at))
  return <u32>(hash >> 32)
}

// @ts-ignore: decorator
@inline
function mixedWord(word: u64): u64 {
  const product = word * 0x9e3779b97f4a7c15
  return product ^ (product >> 32)
}

/** Whether the key is that of this plan. */
export function isKeyOf(name: View, plan: View): bool {
  let a: u32 = 0x811c9dc5
  let b: u32 = 0x9e3779b9
  for (let i = 0; i < size(plan); i++) {
    const byte = <u32>load<u8>(start(plan) + <usize>i)
    a = (a ^ byte) * 0x01000193
    b = ((b << 5) ^ (b >> 27) ^ byte) * 0x85ebca6b
  }
  const at = start(name) + <usize>(size(name) - KEY) + 1
  return isHex(at, mixed(a ^ <u32>size(plan))) && isHex(at + 8, mixed(b ^ a))
}

function mixed(hash: u32): u32 {
  let mix = (hash ^ (hash >> 16)) * 0x85ebca6b
  mix = (mix ^ (mix >> 13)) * 0xc2b2ae35
  return mix ^ (mix >> 16)
}

function isHex(at: usize, value: u32): bool {
  for (let i: usize = 0; i < 8; i++) {
    const digit = <u8>((value >> (28 - (<u32>i << 2))) & 15)
    if (load<u8>(at + i) != digit + (digit < 10 ? <u8>0x30 : <u8>0x57)) return false
  }
  return true
}

// SipHash-1-3 (Aumasson, Bernstein 2012): 64 bits of a byte range under a key of 128. Whoever does not know the key cannot
// make two ranges meet.
import { end, size, start, View } from './bytes'

let v0: u64 = 0
let v1: u64 = 0
let v2: u64 = 0
let v3: u64 = 0

export function sipHash(bytes: View, key0: u64, key1: u64): u64 {
  v0 = key0 ^ 0x736f6d6570736575
  v1 = key1 ^ 0x646f72616e646f6d
  v2 = key0 ^ 0x6c7967656e657261
  v3 = key1 ^ 0x7465646279746573
  const tail = end(bytes) - <usize>(size(bytes) & 7)
  for (let at = start(bytes); at < tail; at += 8) compress(load<u64>(at))
  let last: u64 = <u64>size(bytes) << 56
  for (let i: u64 = 0; i < <u64>(size(bytes) & 7); i++) last |= <u64>load<u8>(tail + <usize>i) << (i * 8)
  compress(last)
  v2 ^= 0xff
  round()
  round()
  round()
  return v0 ^ v1 ^ v2 ^ v3
}

// @ts-ignore: decorator
@inline
function compress(word: u64): void {
  v3 ^= word
  round()
  v0 ^= word
}

function round(): void {
  v0 += v1
  v2 += v3
  v1 = rotl(v1, 13) ^ v0
  v3 = rotl(v3, 16) ^ v2
  v0 = rotl(v0, 32)
  v2 += v1
  v0 += v3
  v1 = rotl(v1, 17) ^ v2
  v3 = rotl(v3, 21) ^ v0
  v2 = rotl(v2, 32)
}

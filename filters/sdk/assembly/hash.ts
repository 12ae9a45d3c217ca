// SipHash-1-3 (Aumasson, Bernstein 2012): 64 bits of a byte range under a key of 128. Whoever does not know the key cannot
// make two ranges meet.
import { end, size, start, View } from './bytes'

/** The hash of the bytes under the key of two halves; draw them with `randomNumber`. */
export function sipHash(bytes: View, key0: u64, key1: u64): u64 {
  let v0: u64 = key0 ^ 0x736f6d6570736575
  let v1: u64 = key1 ^ 0x646f72616e646f6d
  let v2: u64 = key0 ^ 0x6c7967656e657261
  let v3: u64 = key1 ^ 0x7465646279746573
  let at = start(bytes)
  const tail = end(bytes) - <usize>(size(bytes) & 7)
  // One round for each word of the text and its rest, then three more: all in one loop, so that the round stands here once.
  for (let left = ((size(bytes) >> 3) + 1) + 3; left > 0; left--) {
    let word: u64 = 0
    if (left > 4) {
      word = load<u64>(at)
      at += 8
    } else if (left == 4) {
      word = <u64>size(bytes) << 56
      for (let i: u64 = 0; i < <u64>(size(bytes) & 7); i++) word |= <u64>load<u8>(tail + <usize>i) << (i * 8)
    } else if (left == 3) {
      v2 ^= 0xff
    }
    v3 ^= word
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
    v0 ^= word
  }
  return v0 ^ v1 ^ v2 ^ v3
}

// FNV-1a (Fowler, Noll, Vo 1991) with one more step at the end: 64 bits of a byte range, well spread and in little code. Whoever
// knows the seed can make two ranges meet; where that matters, see `sipHash`.
// http://www.isthe.com/chongo/tech/comp/fnv/
import { end, start, View } from './bytes'

/** The hash of the bytes for a seed: another seed, another hash. */
export function spread(bytes: View, seed: u64): u64 {
  let hash: u64 = seed ^ 0xcbf29ce484222325
  for (let at = start(bytes); at < end(bytes); at++) hash = (hash ^ <u64>load<u8>(at)) * 0x100000001b3
  // The lower bits have seen nothing of the upper ones yet.
  hash = (hash ^ (hash >> 32)) * 0x9e3779b97f4a7c15
  return hash ^ (hash >> 32)
}

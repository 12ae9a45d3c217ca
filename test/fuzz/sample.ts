// Which requests a mirror copies, said another way than the filter says it: FNV-1a in BigInt of what the sample goes by, begun
// with the mirror's place in its rule, and one step that mixes the upper bits into the lower.
const U64 = (1n << 64n) - 1n

/** http://www.isthe.com/chongo/tech/comp/fnv/ */
export const fnv1a = (bytes: Uint8Array, seed: bigint): bigint =>
  bytes.reduce((hash, byte) => ((hash ^ BigInt(byte)) * 0x100000001b3n) & U64, 0xcbf29ce484222325n ^ seed)

export function spread(bytes: Uint8Array, seed: bigint): bigint {
  const hash = fnv1a(bytes, seed)
  const mixed = ((hash ^ (hash >> 32n)) * 0x9e3779b97f4a7c15n) & U64
  return mixed ^ (mixed >> 32n)
}

/** `index`: the mirror's place among those of its rule. */
export const isSampled = (id: string, index: number, percent: number): boolean =>
  spread(Buffer.from(id, 'latin1'), BigInt(index)) % 100n < BigInt(percent)

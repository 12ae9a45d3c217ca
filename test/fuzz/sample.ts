// Which requests a mirror copies, said another way than the filter says it: SipHash-1-3 in BigInt (Aumasson, Bernstein 2012) of
// what the sample goes by, under the mirror's place in its rule.
const U64 = (1n << 64n) - 1n
const rotate = (word: bigint, bits: bigint): bigint => ((word << bits) | (word >> (64n - bits))) & U64

type State = [bigint, bigint, bigint, bigint]

function round([a, b, c, d]: State): State {
  const ab = (a + b) & U64
  const cd = (c + d) & U64
  const b1 = rotate(b, 13n) ^ ab
  const d1 = rotate(d, 16n) ^ cd
  const cb = (cd + b1) & U64
  const ad = (rotate(ab, 32n) + d1) & U64
  return [ad, rotate(b1, 17n) ^ cb, rotate(cb, 32n), rotate(d1, 21n) ^ ad]
}

export function sipHash(bytes: Uint8Array, key: bigint): bigint {
  let [a, b, c, d]: State = [
    key ^ 0x736f6d6570736575n,
    0x646f72616e646f6dn,
    key ^ 0x6c7967656e657261n,
    0x7465646279746573n,
  ]
  const padded = new Uint8Array((bytes.length >> 3) * 8 + 8)
  padded.set(bytes)
  padded[padded.length - 1] = bytes.length & 0xff
  const words = new DataView(padded.buffer)
  for (let at = 0; at < padded.length; at += 8) {
    const word = words.getBigUint64(at, true)
    ;[a, b, c, d] = round([a, b, c, d ^ word])
    a ^= word
  }
  const end = round(round(round([a, b, c ^ 0xffn, d])))
  return end[0] ^ end[1] ^ end[2] ^ end[3]
}

/** `index`: the mirror's place among those of its rule. */
export const isSampled = (id: string, index: number, percent: number): boolean =>
  sipHash(Buffer.from(id, 'latin1'), BigInt(index)) % 100n < BigInt(percent)

// Random choices that a seed repeats: a number goes in, a stream of choices comes out.
export interface Random {
  /** An integer from 0 to `below` - 1. */
  below(below: number): number
  /** True once in `in` times. */
  once(inTimes: number): boolean
  pick<T>(from: readonly T[]): T
  /** `make` called `least` to `most` times. */
  list<T>(least: number, most: number, make: () => T): T[]
  /** A stream of its own for a part, so that parts do not shift each other. */
  fork(part: number): Random
}

/** Mulberry32: 32 bits of state are enough to choose cases by. */
export function random(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const below = (limit: number): number => Math.floor((next() / 0x1_0000_0000) * limit)
  return {
    below,
    once: times => below(times) === 0,
    pick: from => from[below(from.length)]!,
    list: (least, most, make) => Array.from({ length: least + below(most - least + 1) }, make),
    fork: part => random(Math.imul(seed ^ 0x9e3779b9, part + 1) ^ (part << 7)),
  }
}

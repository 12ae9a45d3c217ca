// Memoisation by identity, so that the cost of a translation follows the change and not the world. Two tools:
// `remembered` for what is derived from one object and from whatever it looks up on the way, `Shelf` for what is
// assembled from a list of parts. Neither changes a result; a translator without memory gives equal ones.

/** Looks something up in the world and remembers the answer: the derived value holds while all its answers do. */
export type Read<W> = <T>(ask: (world: W) => T) => T

/** `derive` depends on nothing but the object and what it reads. Answers are compared with `===`. */
export const remembered = <O extends object, W, V>(
  derive: (object: O, read: Read<W>) => V,
): ((object: O, world: W) => V) => {
  const memory = new WeakMap<O, { answers: Answer<W>[]; value: V }>()
  return (object, world) => {
    const known = memory.get(object)
    if (known && holds(known.answers, world)) return known.value
    const answers: Answer<W>[] = []
    const value = derive(object, ask => {
      const answer = ask(world)
      answers.push({ ask, answer })
      return answer
    })
    memory.set(object, { answers, value })
    return value
  }
}

interface Answer<W> {
  ask: (world: W) => unknown
  answer: unknown
}

const holds = <W>(answers: readonly Answer<W>[], world: W): boolean => {
  for (const { ask, answer } of answers) if (ask(world) !== answer) return false
  return true
}

/** Values by key, each valid while its parts are the same. What a generation does not ask for is forgotten. */
export interface Shelf<K, V> {
  keep(key: K, parts: readonly unknown[], make: () => V): V
  /** Ends a generation. */
  sweep(): void
}

export const createShelf = <K, V>(): Shelf<K, V> => {
  interface Kept {
    parts: readonly unknown[]
    value: V
  }
  let last = new Map<K, Kept>()
  let current = new Map<K, Kept>()
  return {
    keep: (key, parts, make) => {
      const known = current.get(key) ?? last.get(key)
      const kept = known && sameParts(known.parts, parts) ? known : { parts, value: make() }
      current.set(key, kept)
      return kept.value
    },
    sweep: () => {
      last = current
      current = new Map()
    },
  }
}

export const sameParts = (a: readonly unknown[], b: readonly unknown[]): boolean => {
  if (a.length !== b.length) return false
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false
  return true
}

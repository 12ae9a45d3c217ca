// Memoisation by identity, so that the cost of a translation follows the change and not the world: `remembered` for what is
// derived from one object and from whatever it looks up on the way, `createMapped` for a value of each object of a list,
// `Shelf` for what is assembled from a list of parts. None changes a result; a translator without memory gives equal ones.

/** Looks something up in the world and remembers the answer: the derived value holds while all its answers do. */
export type Read<W> = <T>(ask: (world: W) => T) => T

/**
 * `derive` depends on nothing but the object and what it reads. Answers are compared with `===`, and not even asked for
 * again while `stamp` gives the same object, which promises that no answer can have changed.
 */
export const remembered = <O extends object, W, V>(
  derive: (object: O, read: Read<W>) => V,
  stamp: (world: W) => object,
): ((object: O, world: W) => V) => {
  const memory = new WeakMap<O, Known<W, V>>()
  return (object, world) => {
    const now = stamp(world)
    const known = memory.get(object)
    if (known && (known.stamp === now || holds(known.answers, world))) {
      known.stamp = now
      return known.value
    }
    const answers: Answer<W>[] = []
    // Questions may hold `read`, and are kept: they must not keep the world alive in which they were first asked, or each
    // object that ever changed holds a whole world of its own.
    let asked: W | undefined = world
    const value = derive(object, ask => {
      const answer = ask(asked as W)
      answers.push({ ask, answer })
      return answer
    })
    asked = undefined
    // A copy: an array that has grown has room for sixteen more.
    memory.set(object, { answers: [...answers], value, stamp: now })
    return value
  }
}

interface Known<W, V> {
  answers: Answer<W>[]
  value: V
  stamp: object
}

interface Answer<W> {
  ask: (world: W) => unknown
  answer: unknown
}

const holds = <W>(answers: readonly Answer<W>[], world: W): boolean => {
  for (const { ask, answer } of answers) if (ask(world) !== answer) return false
  return true
}

/** The last value again while its parts are the same. */
export const createLatest = <V>(): ((parts: readonly unknown[], make: () => V) => V) => {
  let last: { parts: readonly unknown[]; value: V } | undefined
  return (parts, make) => {
    if (!last || !sameParts(last.parts, parts)) last = { parts, value: make() }
    return last.value
  }
}

/** The same object as long as the parts are the same, a new one whenever they are not. */
export const createStamp = (): ((parts: readonly unknown[]) => object) => {
  let last: readonly unknown[] = []
  let stamp = {}
  return parts => {
    if (!sameParts(last, parts)) {
      last = parts
      stamp = {}
    }
    return stamp
  }
}

/**
 * A value for each item of a list, in its order; each is kept while `stamp` is the same. Where it is not, `make` is given the
 * value that the item had, if that is known.
 */
export const createMapped = <T extends object, V>(): ((
  items: readonly T[],
  stamp: readonly unknown[],
  make: (item: T, before: V | undefined) => V,
) => readonly V[]) => {
  const memory = new WeakMap<T, { value: V; stamp: readonly unknown[] }>()
  let stamp: readonly unknown[] = []
  let last: readonly T[] = []
  let values: readonly V[] = []
  return (items, nextStamp, make) => {
    const holds = sameParts(stamp, nextStamp)
    if (holds && last === items) return values
    if (!holds) stamp = nextStamp
    const valueFor = (item: T): V => {
      const known = memory.get(item)
      if (known?.stamp === stamp) return known.value
      const value = make(item, known?.value)
      memory.set(item, { value, stamp })
      return value
    }
    // Most stand where they stood.
    values = items.map((item, at) => (holds && last[at] === item ? values[at]! : valueFor(item)))
    last = items
    return values
  }
}

/** More are not looked at one by one. */
const FEW = 64

/** Where two lists of one length differ; undefined where that is in many places, or the lengths differ. */
export const fewDifferences = (a: readonly unknown[], b: readonly unknown[]): number[] | undefined => {
  if (a.length !== b.length) return undefined
  const found: number[] = []
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at] && found.push(at) > FEW) return undefined
  return found
}

/** Values by key, each valid while its parts are the same. What a generation does not ask for is forgotten. */
export interface Shelf<K, V> {
  /** `make` is given what the key had, with its parts. */
  keep(key: K, parts: readonly unknown[], make: (before?: Kept<V>) => V): V
  /** Ends a generation. */
  sweep(): void
}

export interface Kept<V> {
  parts: readonly unknown[]
  value: V
}

export const createShelf = <K, V>(): Shelf<K, V> => {
  const kept = new Map<K, Kept<V> & { generation: number }>()
  let generation = 0
  let asked = 0
  return {
    keep: (key, parts, make) => {
      const known = kept.get(key)
      if (!known) {
        const value = make()
        kept.set(key, { parts, value, generation })
        asked++
        return value
      }
      if (known.generation !== generation) asked++
      known.generation = generation
      if (!sameParts(known.parts, parts)) {
        known.value = make(known)
        known.parts = parts
      }
      return known.value
    },
    sweep: () => {
      if (asked < kept.size) for (const [key, entry] of kept) if (entry.generation !== generation) kept.delete(key)
      generation++
      asked = 0
    },
  }
}

export const sameParts = (a: readonly unknown[], b: readonly unknown[]): boolean => {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false
  return true
}

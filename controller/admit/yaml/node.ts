// A document as a tree of values that still know where they stand in the text.
// In: what block.ts or any.ts has read. Out: the plain JSON value, and the offset of any field of it.

export type Node = ScalarNode | MapNode | SeqNode

export interface ScalarNode {
  kind: 'scalar'
  /** Offset of its first character in the document. */
  at: number
  value: string | number | boolean | null
}

export interface MapNode {
  kind: 'map'
  at: number
  keys: string[]
  /** Offset of each key. */
  keyAt: number[]
  values: Node[]
}

export interface SeqNode {
  kind: 'seq'
  at: number
  items: Node[]
}

/** Why a document cannot be read, in the words of the YAML parser that the API server uses where it has words for it. */
export interface YamlError {
  at: number
  message: string
}

/** Steps from the root of an object to a field: names and list indices. */
export type Steps = readonly (string | number)[]

/** A tree from a text; `undefined` for a text without a value. */
export type Read = { ok: true; node: Node | undefined } | { ok: false; error: YamlError }

export const toValue = (node: Node): unknown => {
  switch (node.kind) {
    case 'scalar':
      return node.value
    case 'seq':
      return node.items.map(toValue)
    case 'map': {
      const value: Record<string, unknown> = {}
      node.keys.forEach((key, i) => {
        set(value, key, toValue(node.values[i]!))
      })
      return value
    }
  }
}

/** `__proto__` is a name like any other in YAML. */
const set = (object: Record<string, unknown>, key: string, value: unknown): void => {
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true })
  else object[key] = value
}

/** Where a field begins: at its name in a map, at its value in a list; the innermost that exists where it is absent. */
export const offsetOf = (root: Node, steps: Steps): number => {
  let node: Node | undefined = root
  let at = root.at
  for (const step of steps) {
    if (node?.kind === 'map') {
      const i: number = node.keys.indexOf(String(step))
      if (i < 0) return at
      at = node.keyAt[i]!
      node = node.values[i]
    } else if (node?.kind === 'seq' && typeof step === 'number') {
      node = node.items[step]
      if (node === undefined) return at
      at = node.at
    } else return at
  }
  return at
}

/** The first key that a map holds twice. */
export const duplicateKey = (map: MapNode): YamlError | undefined => {
  if (new Set(map.keys).size === map.keys.length) return undefined
  const seen = new Set<string>()
  for (const [i, key] of map.keys.entries()) {
    if (seen.has(key)) return { at: map.keyAt[i]!, message: `key ${JSON.stringify(key)} already set in map` }
    seen.add(key)
  }
  return undefined
}

// Makes a case small: takes away whatever may go without the difference going, too.
// In: an object, whether an object still shows the difference. Out: the least that does.
import type { Json } from '../manifests.ts'

export type Shows = (object: Json) => Promise<boolean>

export const shrink = async (object: Json, shows: Shows): Promise<Json> => {
  let least = object
  for (let isSmaller = true; isSmaller; ) {
    isSmaller = false
    for (const path of pathsIn(least)) {
      const smaller = without(least, path)
      if (smaller === undefined || !(await shows(smaller))) continue
      least = smaller
      isSmaller = true
    }
  }
  return least
}

type Path = readonly string[]

/** Large parts first. */
const pathsIn = (object: Json): Path[] => {
  const paths: Path[] = []
  const queue: [unknown, Path][] = [[object, []]]
  for (const [value, path] of queue) {
    if (typeof value !== 'object' || value === null) continue
    for (const [key, inner] of Object.entries(value)) {
      const at = [...path, key]
      if (!KEPT.has(at.join('.'))) paths.push(at)
      queue.push([inner, at])
    }
  }
  return paths
}

const KEPT = new Set(['apiVersion', 'kind', 'metadata'])

const without = (object: Json, path: Path): Json | undefined => {
  const result = structuredClone(object)
  let holder: Json = result
  for (const key of path.slice(0, -1)) {
    const next = holder[key]
    if (typeof next !== 'object' || next === null) return undefined
    holder = next as Json
  }
  const last = path.at(-1)!
  if (!Object.hasOwn(holder, last)) return undefined
  if (Array.isArray(holder)) holder.splice(Number(last), 1)
  else delete holder[last]
  return result
}

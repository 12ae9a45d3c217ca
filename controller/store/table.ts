// All objects of one kind, immutable, sorted, and cheap to change by a little.
// In: a table and a few changes. Out: a new table that shares every namespace that did not change, and keeps the array
// of objects as it is where only places in files moved.
import type { KubeObject, Location } from '../model/object.ts'

/** The objects of one namespace, ordered by name. `at[i]` is where `objects[i]` is written down. */
export interface Bucket<O> {
  readonly objects: readonly O[]
  readonly at: readonly (Location | undefined)[]
}

export interface Table<O> {
  /** Ordered by namespace; cluster-scoped objects are in the namespace `''`. */
  readonly buckets: ReadonlyMap<string, Bucket<O>>
  /** Ordered by namespace, then name. */
  readonly objects: readonly O[]
}

/** An absent object is a deletion. */
export interface Edit<O> {
  namespace: string
  name: string
  object?: O
  at?: Location
}

export const emptyTable = <O>(): Table<O> => ({ buckets: new Map(), objects: [] })

export const find = <O extends KubeObject>(table: Table<O>, namespace: string, name: string): O | undefined => {
  const bucket = table.buckets.get(namespace)
  return bucket?.objects[indexOf(bucket.objects, name)]
}

export const placeOf = <O extends KubeObject>(
  table: Table<O>,
  namespace: string,
  name: string,
): Location | undefined => {
  const bucket = table.buckets.get(namespace)
  return bucket?.at[indexOf(bucket.objects, name)]
}

/** The same table when the edits change nothing. */
export const edit = <O extends KubeObject>(table: Table<O>, edits: readonly Edit<O>[]): Table<O> => {
  const buckets = new Map(table.buckets)
  for (const [namespace, own] of Map.groupBy(edits, e => e.namespace)) {
    const before = buckets.get(namespace) ?? { objects: [], at: [] }
    const after = editBucket(before, own)
    if (after === before) continue
    if (after.objects.length === 0) buckets.delete(namespace)
    else buckets.set(namespace, after)
  }
  const same = buckets.size === table.buckets.size && [...buckets].every(([ns, b]) => table.buckets.get(ns) === b)
  return same ? table : ordered(table, buckets)
}

const ordered = <O>(before: Table<O>, buckets: ReadonlyMap<string, Bucket<O>>): Table<O> => {
  const sorted = new Map([...buckets].sort(([a], [b]) => compare(a, b)))
  const objects = [...sorted.values()].flatMap(b => b.objects)
  const same = objects.length === before.objects.length && objects.every((o, i) => o === before.objects[i])
  return { buckets: sorted, objects: same ? before.objects : objects }
}

const editBucket = <O extends KubeObject>(bucket: Bucket<O>, edits: readonly Edit<O>[]): Bucket<O> => {
  const objects = [...bucket.objects]
  const at = [...bucket.at]
  let objectsChanged = false
  let placesChanged = false
  for (const { name, object, at: place } of edits) {
    const i = indexOf(objects, name)
    if (object === undefined) {
      if (i < 0) continue
      objects.splice(i, 1)
      at.splice(i, 1)
      objectsChanged = true
    } else if (i < 0) {
      objects.splice(~i, 0, object)
      at.splice(~i, 0, place)
      objectsChanged = true
    } else {
      objectsChanged ||= objects[i] !== object
      placesChanged ||= !samePlace(at[i], place)
      objects[i] = object
      at[i] = place
    }
  }
  if (objectsChanged) return { objects, at }
  return placesChanged ? { objects: bucket.objects, at } : bucket
}

const samePlace = (a: Location | undefined, b: Location | undefined): boolean =>
  a?.file === b?.file && a?.line === b?.line && a?.column === b?.column

/** The index of a name, or the complement (`~`) of where it would be inserted. */
const indexOf = (objects: readonly KubeObject[], name: string): number => {
  let low = 0
  let high = objects.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const order = compare(objects[middle]!.metadata.name, name)
    if (order === 0) return middle
    if (order < 0) low = middle + 1
    else high = middle - 1
  }
  return ~low
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

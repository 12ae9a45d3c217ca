// Uniqueness in lists of type `set` and `map` (apiextensions-apiserver, schema/listtype).
// In: a value and its schema. Out: `Duplicate value` for the first repetition of each.
import type { Schema } from '../model/schema.ts'
import { duplicate, type Fault, invalid, json } from './fault.ts'
import { child, mapKey, type Path } from './path.ts'
import { field, isObject } from './shape.ts'

export const checkLists = (value: unknown, schema: Schema, path: Path, faults: Fault[]): void => {
  if (Array.isArray(value)) {
    if (schema['x-kubernetes-list-type'] === 'set') reportRepeated(value, path, faults)
    if (schema['x-kubernetes-list-type'] === 'map') checkMapList(value, schema, path, faults)
    if (schema.items) for (const [i, item] of value.entries()) checkLists(item, schema.items, child(path, i), faults)
    return
  }
  if (!isObject(value)) return
  for (const [name, inner] of Object.entries(value)) {
    if (typeof inner !== 'object' || inner === null) continue
    const own = field(schema, name)
    if (own) checkLists(inner, own, child(path, name), faults)
    else if (typeof schema.additionalProperties === 'object') {
      checkLists(inner, schema.additionalProperties, mapKey(path, name), faults)
    }
  }
}

const checkMapList = (list: readonly unknown[], schema: Schema, path: Path, faults: Fault[]): void => {
  const foreign = list.findIndex(item => item !== null && !isObject(item))
  if (foreign >= 0) {
    faults.push(invalid(child(path, foreign), list[foreign], 'must be an object for an array of list-type map'))
    return
  }
  const names = schema['x-kubernetes-list-map-keys'] ?? []
  const keys = list.map(item =>
    Object.fromEntries(names.flatMap(n => (isObject(item) && Object.hasOwn(item, n) ? [[n, item[n]]] : []))),
  )
  reportRepeated(keys, path, faults)
}

const reportRepeated = (values: readonly unknown[], path: Path, faults: Fault[]): void => {
  if (values.length <= 1) return
  const times = new Map<string, number>()
  for (const [i, value] of values.entries()) {
    const text = json(value)
    const before = times.get(text) ?? 0
    times.set(text, before + 1)
    if (before === 1) faults.push(duplicate(child(path, i), value))
  }
}

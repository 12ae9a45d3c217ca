// What the API server does to an object before it looks for faults: fields that the schema does not know are found and
// removed, nulls that mean nothing are removed, defaults are filled in (apiextensions-apiserver, schema/pruning and
// schema/defaulting). In: a value that nobody else holds, changed in place. Out: the paths that were unknown.
import type { Schema } from '../model/schema.ts'
import { child, type Path, textOf } from './path.ts'

type Json = Record<string, unknown>

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Own properties only: a field may be called `constructor`. */
export const field = (schema: Schema, name: string): Schema | undefined =>
  schema.properties !== undefined && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined

/** The schema of what is under a key, be it a field or an entry of a map. */
export const under = (schema: Schema, name: string): Schema | undefined => {
  const own = field(schema, name)
  if (own !== undefined) return own
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined
}

export interface Unknown {
  path: Path
  text: string
}

/**
 * Removes what the schema does not know, and says what that was, in order of appearance. Where a list or a scalar is
 * expected, all fields of objects are unknown.
 */
export const prune = (value: unknown, schema: Schema | undefined, path: Path, unknown: Unknown[]): void => {
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) prune(item, schema?.items, child(path, i), unknown)
    return
  }
  if (!isObject(value)) return
  const keepsAll = schema?.additionalProperties === true || schema?.['x-kubernetes-preserve-unknown-fields'] === true
  for (const name of Object.keys(value)) {
    if (path === undefined && (name === 'metadata' || name === 'apiVersion' || name === 'kind')) continue
    const at = child(path, name)
    const own = schema && under(schema, name)
    if (own !== undefined) prune(value[name], own, at, unknown)
    else if (!keepsAll) {
      unknown.push({ path: at, text: textOf(at) })
      delete value[name]
    }
  }
}

/** `null` stands for absence, unless the schema says that it is a value. A field with a default gets that instead. */
export const dropNulls = (value: unknown, schema: Schema): void => {
  if (Array.isArray(value)) {
    if (schema.items) for (const item of value) dropNulls(item, schema.items)
    return
  }
  if (!isObject(value)) return
  for (const name of Object.keys(value)) {
    const own = under(schema, name)
    if (own === undefined) continue
    if (value[name] === null) {
      if (own.nullable !== true && own.default === undefined) delete value[name]
    } else dropNulls(value[name], own)
  }
}

export const fillDefaults = (value: unknown, schema: Schema): void => {
  if (Array.isArray(value)) {
    const { items } = schema
    if (items === undefined) return
    for (const [i, item] of value.entries()) {
      if (isMeaninglessNull(item, items)) value[i] = copyOf(items.default)
      fillDefaults(value[i], items)
    }
    return
  }
  if (!isObject(value)) return
  for (const name in schema.properties) {
    const own = schema.properties[name]!
    if (own.default === undefined) continue
    const isMissing = !Object.hasOwn(value, name)
    if (isMissing || isMeaninglessNull(value[name], own)) value[name] = copyOf(own.default)
  }
  for (const name of Object.keys(value)) {
    const own = under(schema, name)
    if (own === undefined) continue
    if (isMeaninglessNull(value[name], own)) value[name] = copyOf(own.default)
    fillDefaults(value[name], own)
  }
}

const isMeaninglessNull = (value: unknown, schema: Schema): boolean =>
  value === null && schema.nullable !== true && schema.default !== undefined

const copyOf = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(copyOf)
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, copyOf(v)])) : value
}

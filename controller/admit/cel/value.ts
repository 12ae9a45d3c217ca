// JSON values as CEL sees them under a structural schema (apiextensions-apiserver, schema/cel/values.go): integers are
// ints, field names that CEL reserves are escaped, fields that the schema does not declare do not exist.
// In: an admitted value and its schema. Out: a CEL value, made once for each object however many rules look at it.
import { type CelInput, celList, celMap } from '@bufbuild/cel'
import type { Schema } from '../../model/schema.ts'
import { isObject, under } from '../shape.ts'

export type Convert = (value: unknown, schema: Schema) => CelInput

/** One converter for one object; it remembers what it has converted. */
export const converter = (): Convert => {
  const known = new Map<object, CelInput>()
  const convert: Convert = (value, schema) => {
    if (typeof value === 'number') return numeric(value, schema)
    if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value
    if (typeof value !== 'object') throw new Error(`not a JSON value: ${typeof value}`)
    const done = known.get(value)
    if (done !== undefined) return done
    const made = Array.isArray(value) ? list(value, schema) : map(value, schema)
    known.set(value, made)
    return made
  }
  const list = (items: readonly unknown[], schema: Schema): CelInput =>
    celList(items.map(item => convert(item, schema.items ?? {})))
  const map = (value: object, schema: Schema): CelInput => {
    const entries: [string, CelInput][] = []
    for (const [name, inner] of isObject(value) ? Object.entries(value) : []) {
      const own = under(schema, name)
      if (own !== undefined) entries.push([schema.properties ? escapeName(name) : name, convert(inner, own)])
    }
    return celMap(new Map(entries))
  }
  return convert
}

const numeric = (value: number, schema: Schema): CelInput =>
  schema.type !== 'number' && Number.isInteger(value) ? BigInt(value) : value

const RESERVED = new Set([
  ...['as', 'break', 'const', 'continue', 'else', 'false', 'for', 'function', 'if', 'import', 'in', 'let', 'loop'],
  ...['namespace', 'null', 'package', 'return', 'true', 'var', 'void', 'while'],
])

/** apiserver, cel/escaping.go. */
export const escapeName = (name: string): string => {
  if (RESERVED.has(name)) return `__${name}__`
  if (!/__|[.\-/]/.test(name)) return name
  return name
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__')
}

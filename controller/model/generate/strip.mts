// Prose out, `$ref`s in: a schema as it was published becomes the schema that we commit.
// In: a schema of a CRD or of the Kubernetes OpenAPI. Out: the same constraints, no descriptions, keys sorted.
import type { Schema } from '../schema.ts'

export type Published = Record<string, unknown>
/** Finds what `#/components/schemas/NAME` stands for. */
export type Resolve = (ref: string) => Published

const PROSE = new Set([
  'description',
  'title',
  'example',
  'examples',
  'externalDocs',
  'x-kubernetes-group-version-kind',
])

const isObject = (v: unknown): v is Published => typeof v === 'object' && v !== null && !Array.isArray(v)

/** One schema node. `resolve` inlines references; a schema of a CRD has none. */
export const strip = (node: Published, resolve: Resolve): Schema => {
  if (typeof node.$ref === 'string') return strip(resolve(node.$ref), resolve)
  const only = singleRef(node)
  if (only) {
    const { allOf: _, ...rest } = node
    return strip({ ...only(resolve), ...rest }, resolve)
  }
  const out: Published = {}
  for (const key of Object.keys(node).sort()) {
    const value = node[key]
    if (PROSE.has(key)) continue
    if (key === 'properties' && isObject(value)) {
      out[key] = Object.fromEntries(
        Object.keys(value)
          .sort()
          .map(name => [name, strip(value[name] as Published, resolve)]),
      )
    } else if ((key === 'items' || key === 'additionalProperties' || key === 'not') && isObject(value)) {
      out[key] = strip(value, resolve)
    } else if ((key === 'allOf' || key === 'anyOf' || key === 'oneOf') && Array.isArray(value)) {
      out[key] = value.map(v => strip(v as Published, resolve))
    } else out[key] = value
  }
  return out as Schema
}

/** The OpenAPI of Kubernetes writes `allOf: [{ $ref }]` where it adds a description or a default to a reference. */
const singleRef = (node: Published): ((resolve: Resolve) => Published) | undefined => {
  const all = node.allOf
  if (!Array.isArray(all) || all.length !== 1) return undefined
  const ref = (all[0] as Published).$ref
  return typeof ref === 'string' ? resolve => resolve(ref) : undefined
}

/**
 * The OpenAPI of Kubernetes shows the zero value of a Go field as its default, and required where Go has no pointer.
 * The API server does not act on either; what it does act on (`protocol: TCP`) stays.
 */
export const withoutZeroDefaults = (schema: Schema): Schema => {
  const { default: value, required: _, ...rest } = schema
  const zero = value === '' || value === 0 || value === false || (isObject(value) && Object.keys(value).length === 0)
  const out: Schema = { ...rest }
  if (value !== undefined && !zero) out.default = value
  if (out.properties) out.properties = mapValues(out.properties, withoutZeroDefaults)
  if (out.items) out.items = withoutZeroDefaults(out.items)
  if (isObject(out.additionalProperties)) out.additionalProperties = withoutZeroDefaults(out.additionalProperties)
  return out
}

const mapValues = <A, B>(record: Record<string, A>, f: (a: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([k, v]) => [k, f(v)]))

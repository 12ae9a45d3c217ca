// TypeScript interfaces from structural schemas.
// In: kinds with their schemas. Out: the text of a `.gen.ts`: one interface for each object, named after its path
// (`HTTPRouteRuleMatch`), the same shape once. The types describe *admitted* objects: a field with a default is present.
import type { Schema } from '../schema.ts'

export interface TypedKind {
  kind: string
  apiVersion: string
  namespaced: boolean
  schema: Schema
}

/** Names that the Go API gives to shapes whose path would say something longer. */
export type Renames = Record<string, string>

export const typesOf = (kinds: readonly TypedKind[], renames: Renames): string => {
  const declared = new Map<string, string>()
  const nameOfBody = new Map<string, string>()

  const declare = (path: string, body: string): string => {
    const known = nameOfBody.get(body)
    if (known !== undefined) return known
    const wanted = renames[path] ?? path
    let name = wanted
    for (let n = 2; declared.has(name); n++) name = `${wanted}${n}`
    declared.set(name, `export interface ${name} ${body}\n`)
    nameOfBody.set(body, name)
    return name
  }

  const typeOf = (schema: Schema, path: string): string => {
    const type = bareTypeOf(schema, path)
    return schema.nullable === true ? `${type} | null` : type
  }

  const bareTypeOf = (schema: Schema, path: string): string => {
    if (schema['x-kubernetes-int-or-string'] === true || schema.format === 'int-or-string') return 'number | string'
    if (schema.enum !== undefined) return schema.enum.map(literal).join(' | ')
    switch (schema.type) {
      case 'string':
      case 'boolean':
        return schema.type
      case 'integer':
      case 'number':
        return 'number'
      case 'array':
        return `${parenthesised(typeOf(schema.items ?? {}, singular(path)))}[]`
      case 'object':
        return objectType(schema, path)
      default:
        return 'unknown'
    }
  }

  const objectType = (schema: Schema, path: string): string => {
    if (schema.properties !== undefined) return declare(path, bodyOf(schema, path.replace(/Spec$/, '')))
    const values = schema.additionalProperties
    return typeof values === 'object' ? `Record<string, ${typeOf(values, singular(path))}>` : 'Record<string, unknown>'
  }

  const bodyOf = (schema: Schema, path: string): string => {
    const required = new Set(schema.required)
    const fields = Object.entries(schema.properties ?? {}).map(([name, field]) => {
      const mark = required.has(name) || field.default !== undefined ? '' : '?'
      return `  ${propertyName(name)}${mark}: ${typeOf(field, path + pascal(name))}`
    })
    return `{\n${fields.join('\n')}\n}`
  }

  for (const { kind, apiVersion, namespaced, schema } of kinds) {
    const fields = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
      if (name === 'apiVersion' || name === 'kind' || name === 'metadata') return []
      const mark = name !== 'status' && (schema.required?.includes(name) || field.default !== undefined) ? '' : '?'
      return [`  ${propertyName(name)}${mark}: ${typeOf(field, kind + pascal(name))}`]
    })
    const metadata = namespaced ? 'ObjectMeta & { namespace: string }' : 'ObjectMeta'
    const lines = [
      `  apiVersion: ${literal(apiVersion)}`,
      `  kind: ${literal(kind)}`,
      `  metadata: ${metadata}`,
      ...fields,
    ]
    declared.set(kind, `export interface ${kind} {\n${lines.join('\n')}\n}\n`)
  }
  return [...declared.values()].join('\n')
}

const literal = (value: unknown): string =>
  typeof value === 'string' ? `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'` : JSON.stringify(value)

const pascal = (name: string): string => name.replace(/^[^A-Za-z]+/, '').replace(/^./, c => c.toUpperCase())
const propertyName = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : literal(name))
const parenthesised = (type: string): string => (type.includes('|') ? `(${type})` : type)

const singular = (path: string): string =>
  /(sses|xes|shes|ches)$/.test(path)
    ? path.slice(0, -2)
    : path.endsWith('ies')
      ? `${path.slice(0, -3)}y`
      : /[^s]s$/.test(path)
        ? path.slice(0, -1)
        : path

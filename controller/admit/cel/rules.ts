// The CEL rules of a schema, evaluated where they stand (apiextensions-apiserver, schema/cel/validation.go).
// In: a structurally valid object, its schema, and what was there before. Out: a fault for each rule that fails.
import { ruleTree } from '../../model/rules.ts'
import type { Rule, Schema } from '../../model/schema.ts'
import { duplicate, type Fault, forbidden, invalid, json, required, ruleFailed } from '../fault.ts'
import { child, mapKey, type Path } from '../path.ts'
import { field, isObject } from '../shape.ts'
import { compile, type Variables } from './environment.ts'
import { compileQuick } from './quick.ts'
import { type Convert, converter } from './value.ts'

/** `old` is the object in force, absent for a new one. */
export const checkRules = (value: unknown, old: unknown, schema: Schema, faults: Fault[]): void =>
  walk({ value, old, schema, path: undefined }, converter(), faults)

interface Visit {
  value: unknown
  /** Absent where nothing before corresponds to the value. */
  old: unknown
  schema: Schema
  path: Path
}

const walk = (visit: Visit, convert: Convert, faults: Fault[]): void => {
  const { value, old, schema, path } = visit
  if (value === null || value === undefined || !hasRules(schema)) return
  for (const rule of schema['x-kubernetes-validations'] ?? []) evaluate(rule, visit, convert, faults)
  if (Array.isArray(value)) {
    const { items } = schema
    if (items === undefined || !hasRules(items)) return
    const before = correspondent(old, schema)
    for (const [i, item] of value.entries()) {
      walk({ value: item, old: before(item), schema: items, path: child(path, i) }, convert, faults)
    }
  } else if (isObject(value)) {
    const { additionalProperties } = schema
    for (const [name, inner] of Object.entries(value)) {
      const before = isObject(old) && Object.hasOwn(old, name) ? old[name] : undefined
      const own = field(schema, name)
      if (own) walk({ value: inner, old: before, schema: own, path: child(path, name) }, convert, faults)
      else if (typeof additionalProperties === 'object') {
        walk({ value: inner, old: before, schema: additionalProperties, path: mapKey(path, name) }, convert, faults)
      }
    }
  }
}

const remembered = new WeakMap<Schema, boolean>()

/** Whether a rule stands here or anywhere below. */
export const hasRules = (schema: Schema): boolean => {
  const known = remembered.get(schema)
  if (known !== undefined) return known
  const below = [
    schema.items,
    typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined,
    ...Object.values(schema.properties ?? {}),
  ]
  const answer = schema['x-kubernetes-validations'] !== undefined || below.some(s => s !== undefined && hasRules(s))
  remembered.set(schema, answer)
  return answer
}

/** Items of a list of type `map` correspond by their keys; those of other lists to nothing. */
const correspondent = (old: unknown, schema: Schema): ((item: unknown) => unknown) => {
  const keys = schema['x-kubernetes-list-map-keys']
  if (schema['x-kubernetes-list-type'] !== 'map' || keys === undefined || !Array.isArray(old)) return () => undefined
  const keyOf = (item: unknown): string => json(isObject(item) ? keys.map(k => item[k] ?? null) : null)
  const byKey = new Map(old.map(item => [keyOf(item), item] as const))
  return item => byKey.get(keyOf(item))
}

interface Prepared {
  usesOld: boolean
  /** Certain when it says so; see quick.ts. */
  holds?: (self: unknown) => boolean
}

const prepared = new WeakMap<Rule, Prepared>()

const preparedOf = (rule: Rule): Prepared => {
  const known = prepared.get(rule)
  if (known) return known
  const tree = ruleTree(rule.rule)
  const usesOld = /\boldSelf\b/.test(rule.rule)
  const holds = tree && compileQuick(tree)
  const made = { usesOld, ...(holds && { holds }) }
  prepared.set(rule, made)
  return made
}

const evaluate = (rule: Rule, { value, old, schema, path }: Visit, convert: Convert, faults: Fault[]): void => {
  const { usesOld, holds } = preparedOf(rule)
  if (usesOld && old === undefined && !rule.optionalOldSelf) return
  if (holds?.(value)) return
  const variables: Variables = { self: convert(value, schema) }
  if (old !== undefined) variables.oldSelf = convert(old, schema)
  if (rule.optionalOldSelf) variables.oldSelf = old === undefined ? [] : [convert(old, schema)]

  const result = compile(rule.rule)(variables)
  if (!result.ok) faults.push(invalid(path, schema.type ?? '', failure(result.error, rule)))
  else if (result.value !== true) faults.push(faultOf(rule, at(path, rule), value, message(rule, variables)))
}

const failure = (error: string, rule: Rule): string => {
  const named = (rule.message ?? rule.rule).trim()
  return error === 'no such overload'
    ? `'${error}': call arguments did not match a supported operator, function or macro signature for rule: ${named}`
    : `${error} evaluating rule: ${named}`
}

/** `fieldPath` is `.name` or `['name']`, several times. */
const at = (path: Path, rule: Rule): Path => {
  let result = path
  for (const match of (rule.fieldPath ?? '').matchAll(/\.([^.[\]]+)|\['((?:[^'\\]|\\.)*)'\]/g)) {
    result = child(result, match[1] ?? match[2]!.replace(/\\(.)/g, '$1'))
  }
  return result
}

const MAX_MESSAGE = 5 * 1024

const message = (rule: Rule, variables: Variables): string => {
  if (rule.messageExpression !== undefined) {
    const result = compile(rule.messageExpression)(variables)
    const text = result.ok && typeof result.value === 'string' ? result.value.trim() : ''
    if (text !== '' && text.length <= MAX_MESSAGE && !text.includes('\n')) return text
  }
  return rule.message === undefined ? `failed rule: ${rule.rule.trim()}` : rule.message.trim()
}

const faultOf = (rule: Rule, path: Path, value: unknown, detail: string): Fault => {
  switch (rule.reason) {
    case 'FieldValueForbidden':
      return forbidden(path, detail)
    case 'FieldValueRequired':
      return required(path, detail)
    case 'FieldValueDuplicate':
      return duplicate(path, value)
    default:
      return ruleFailed(path, value, detail)
  }
}

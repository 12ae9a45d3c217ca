// OpenAPI validation with the verdicts, the words and the oddities of kube-openapi (pkg/validation/validate).
// In: a pruned and defaulted value and its schema. Out: faults, outermost first.
import type { Schema } from '../model/schema.ts'
import { type Fault, general, invalid, required, tooLong, tooMany, typeInvalid, unsupported } from './fault.ts'
import { isFormat } from './format.ts'
import { child, type Path, textOf } from './path.ts'
import { matcher } from './regex.ts'
import { field, isObject } from './shape.ts'

export const validate = (value: unknown, schema: Schema, path: Path, faults: Fault[]): void => {
  checkType(value, schema, path, faults)
  if (value === null) {
    checkEnum(value, schema, path, faults)
    return
  }
  checkCombinations(value, schema, path, faults)
  if (typeof value === 'string') checkString(value, schema, path, faults)
  else if (typeof value === 'number') checkNumber(value, schema, path, faults)
  else if (Array.isArray(value)) checkList(value, schema, path, faults)
  checkEnum(value, schema, path, faults)
  if (isObject(value)) checkObject(value, schema, path, faults)
}

const inBody = (path: Path, problem: string): string => `${textOf(path)} in body ${problem}`

type JsonType = 'string' | 'boolean' | 'integer' | 'number' | 'array' | 'object'

/** What Go's decoder makes of a number: an int64 where it can. */
const isInt64 = (value: number): boolean => Number.isInteger(value) && Math.abs(value) < 2 ** 63

const typeOf = (value: unknown): JsonType => {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return isInt64(value) ? 'integer' : 'number'
  if (typeof value === 'string' || typeof value === 'boolean') return typeof value as 'string' | 'boolean'
  return 'object'
}

const wrongType = (path: Path, wanted: string, actual: string): Fault =>
  typeInvalid(path, actual, inBody(path, `must be of type ${wanted}: "${actual}"`))

const checkType = (value: unknown, schema: Schema, path: Path, faults: Fault[]): void => {
  const types: JsonType[] = schema['x-kubernetes-int-or-string']
    ? ['integer', 'string']
    : schema.type
      ? [schema.type]
      : []
  const format = knownFormat(schema)
  if (types.length === 0 && format === '') return
  if (value === null) {
    if (types.length > 0 && schema.nullable !== true) faults.push(wrongType(path, types.join(','), 'null'))
    return
  }
  const actual = typeOf(value)
  const isNumeric = types.includes('integer') || types.includes('number')
  const fits =
    types.includes(actual) ||
    (actual === 'integer' && types.includes('number')) ||
    (actual === 'number' && types.includes('integer') && Number.isInteger(value))
  const isTextual = actual === 'string' || actual === 'array'
  const actualFormat = actual === 'integer' ? 'int64' : actual === 'number' ? 'float64' : ''
  if (!isTextual && format !== '' && !fits && actualFormat !== format) {
    faults.push(wrongType(path, format, actualFormat))
  } else if (!isNumeric && format !== '' && isTextual) {
    // A format speaks for itself: checkString tests it.
  } else if (!fits) faults.push(wrongType(path, types.join(','), actual))
}

/** Formats that the API server does not know are ignored. */
const knownFormat = ({ type, format }: Schema): string => {
  if (format === undefined) return ''
  if (type === 'integer') return format === 'int32' || format === 'int64' ? format : ''
  if (type === 'number') return format === 'float' || format === 'double' ? format : ''
  if (type === undefined || type === 'string') return isFormat(format) ? format : ''
  return ''
}

const checkCombinations = (value: unknown, schema: Schema, path: Path, faults: Fault[]): void => {
  if (!schema.anyOf && !schema.oneOf && !schema.allOf && !schema.not) return
  const name = `"${textOf(path)}"`
  const attempt = (alternative: Schema): Fault[] => {
    const own: Fault[] = []
    validate(value, alternative, path, own)
    return own
  }
  if (schema.anyOf) {
    const attempts = schema.anyOf.map(attempt)
    if (!attempts.some(a => a.length === 0)) {
      faults.push(general(path, '', `${name} must validate at least one schema (anyOf)`), ...attempts[0]!)
    }
  }
  if (schema.oneOf) {
    const attempts = schema.oneOf.map(attempt)
    const valid = attempts.filter(a => a.length === 0).length
    if (valid !== 1) {
      const found = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`
      faults.push(general(path, '', `${name} must validate one and only one schema (oneOf). ${found}`))
      if (valid === 0) faults.push(...attempts[0]!)
    }
  }
  if (schema.allOf) {
    const attempts = schema.allOf.map(attempt)
    const failed = attempts.filter(a => a.length > 0)
    faults.push(...failed.flat())
    if (failed.length > 0) {
      const none = failed.length === attempts.length ? '. None validated' : ''
      faults.push(general(path, '', `${name} must validate all the schemas (allOf)${none}`))
    }
  }
  if (schema.not && attempt(schema.not).length === 0) {
    faults.push(general(path, '', `${name} must not validate the schema (not)`))
  }
}

/** Of length and pattern only the first fault is told. */
const checkString = (value: string, schema: Schema, path: Path, faults: Fault[]): void => {
  const { maxLength, minLength, pattern } = schema
  if (maxLength !== undefined && value.length > maxLength && characters(value) > maxLength) {
    faults.push(tooLong(path, maxLength))
  } else if (minLength !== undefined && characters(value) < minLength) {
    faults.push(invalid(path, value, inBody(path, `should be at least ${minLength} chars long`)))
  } else if (pattern !== undefined && !matcher(pattern)(value)) {
    faults.push(invalid(path, value, inBody(path, `should match '${pattern}'`)))
  }
  const format = knownFormat(schema)
  if (format !== '' && schema.type !== 'integer' && schema.type !== 'number' && !isFormat(format)!(value)) {
    faults.push(typeInvalid(path, value, inBody(path, `must be of type ${format}: ${JSON.stringify(value)}`)))
  }
}

/** Code points, as Go counts runes. */
const characters = (text: string): number => {
  let count = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit >= 0xd800 && unit < 0xdc00) count--
  }
  return count
}

const checkNumber = (value: number, schema: Schema, path: Path, faults: Fault[]): void => {
  const { maximum, minimum, multipleOf } = schema
  if (schema.type === 'integer' && !schema['x-kubernetes-int-or-string']) {
    const format = knownFormat(schema)
    const fits = format === 'int32' ? value === (value | 0) : isInt64(value)
    if (!fits) {
      const named = format === '' ? '(default format)' : `with format ${format}`
      faults.push(general(path, '', `Checked value must be of type integer ${named} in ${textOf(path)}`))
    }
  }
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf)) {
    faults.push(invalid(path, value, inBody(path, `should be a multiple of ${multipleOf}`)))
  }
  if (maximum !== undefined && (schema.exclusiveMaximum ? value >= maximum : value > maximum)) {
    const bound = schema.exclusiveMaximum ? 'less than' : 'less than or equal to'
    faults.push(invalid(path, value, inBody(path, `should be ${bound} ${maximum}`)))
  }
  if (minimum !== undefined && (schema.exclusiveMinimum ? value <= minimum : value < minimum)) {
    const bound = schema.exclusiveMinimum ? 'greater than' : 'greater than or equal to'
    faults.push(invalid(path, value, inBody(path, `should be ${bound} ${minimum}`)))
  }
}

const checkList = (value: readonly unknown[], schema: Schema, path: Path, faults: Fault[]): void => {
  const { items, minItems, maxItems } = schema
  // What is far above the limit only repeats itself.
  const checked = maxItems === undefined ? value.length : Math.min(value.length, maxItems + 1000)
  if (items) for (let i = 0; i < checked; i++) validate(value[i], items, child(path, i), faults)
  if (minItems !== undefined && value.length < minItems) {
    faults.push(invalid(path, value.length, inBody(path, `should have at least ${minItems} items`)))
  }
  if (maxItems !== undefined && value.length > maxItems) faults.push(tooMany(path, value.length, maxItems))
}

const checkEnum = (value: unknown, schema: Schema, path: Path, faults: Fault[]): void => {
  if (schema.enum && !schema.enum.includes(value)) faults.push(unsupported(path, value, schema.enum))
}

const checkObject = (value: Record<string, unknown>, schema: Schema, path: Path, faults: Fault[]): void => {
  const names = Object.keys(value)
  if (schema.minProperties !== undefined && names.length < schema.minProperties) {
    const problem = `should have at least ${schema.minProperties} properties`
    faults.push(invalid(path, names.length, inBody(path, problem)))
  }
  if (schema.maxProperties !== undefined && names.length > schema.maxProperties) {
    faults.push(tooMany(path, names.length, schema.maxProperties))
  }
  const { additionalProperties } = schema
  for (const name of names) {
    const own = field(schema, name) ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined)
    if (own) validate(value[name], own, child(path, name), faults)
  }
  for (const name of schema.required ?? []) {
    if (!Object.hasOwn(value, name)) faults.push(required(child(path, name)))
  }
}

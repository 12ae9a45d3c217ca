// What is wrong with an object, in the API server's words (apimachinery, util/validation/field/errors.go).
// In: a path, a value, a detail. Out: one line, and where it belongs.
import { type Path, stepsOf, textOf } from './path.ts'
import type { Steps } from './yaml/node.ts'

export interface Fault {
  /** Where to point at. */
  steps: Steps
  message: string
  /** CEL rules are not evaluated on an object with such a fault (customresource/strategy.go, hasBlockingErr). */
  isBlocking: boolean
}

export const required = (path: Path, detail = ''): Fault => fault(path, true, 'Required value', detail)

export const invalid = (path: Path, value: unknown, detail: string): Fault =>
  fault(path, false, `Invalid value: ${shown(value)}`, detail)

export const typeInvalid = (path: Path, value: unknown, detail: string): Fault =>
  fault(path, true, `Invalid value: ${shown(value)}`, detail)

/** Since Kubernetes 1.36 the value of an object or a list is left out. */
export const ruleFailed = (path: Path, value: unknown, detail: string): Fault =>
  typeof value === 'object' && value !== null
    ? fault(path, false, 'Invalid value', detail)
    : invalid(path, value, detail)

export const unsupported = (path: Path, value: unknown, supported: readonly unknown[]): Fault => {
  const names = supported.map(v => quote(typeof v === 'string' ? v : json(v)))
  return fault(path, true, `Unsupported value: ${shown(value)}`, `supported values: ${names.join(', ')}`)
}

export const tooLong = (path: Path, max: number): Fault =>
  fault(path, true, 'Too long', `may not be more than ${max} ${max === 1 ? 'byte' : 'bytes'}`)

export const tooMany = (path: Path, actual: number, max: number): Fault =>
  fault(path, true, `Too many: ${actual}`, `must have at most ${max} ${max === 1 ? 'item' : 'items'}`)

export const duplicate = (path: Path, value: unknown): Fault =>
  fault(path, false, `Duplicate value: ${shown(value)}`, '')

export const forbidden = (path: Path, detail: string): Fault => fault(path, false, 'Forbidden', detail)

/** Errors that the API server does not tie to a field; we know the field none the less. */
export const general = (path: Path, value: unknown, detail: string): Fault => ({
  ...invalid(undefined, value, detail),
  steps: stepsOf(path),
})

/** Lines are for people: longer ones are cut. */
const MAX_VALUE = 500

const fault = (path: Path, isBlocking: boolean, problem: string, detail: string): Fault => ({
  steps: stepsOf(path),
  isBlocking,
  message: `${path === undefined ? '<nil>' : textOf(path)}: ${problem}${detail === '' ? '' : `: ${detail}`}`,
})

const shown = (value: unknown): string => {
  const text = typeof value === 'string' ? quote(value) : json(value)
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text
}

/** Go's `%q`. */
export const quote = (text: string): string =>
  `"${text.slice(0, MAX_VALUE + 1).replace(/["\\]|[^\P{C}]|[^\P{Z} ]/gu, escaped)}"`

const SHORT: Record<string, string> = {
  '"': '\\"',
  '\\': '\\\\',
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
}

const escaped = (char: string): string => {
  const short = SHORT[char]
  if (short !== undefined) return short
  const code = char.codePointAt(0)!
  const hex = code.toString(16)
  if (code < 0x80) return `\\x${hex.padStart(2, '0')}`
  return code > 0xffff ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`
}

/** Go's `json.Marshal`: keys sorted, and safe inside HTML. */
export const json = (value: unknown): string => {
  const sorted = JSON.stringify(value, (_, v: unknown) => {
    if (typeof v !== 'object' || v === null || Array.isArray(v)) return v
    return Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
  const hex = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  return (sorted ?? 'null').replace(/[<>&\u2028\u2029]/g, hex)
}

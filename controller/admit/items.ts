// One document of a file, taken apart into objects and admitted.
// In: its text. Out: what became of each object in it, and where in the document that is. Pure.
import type { KubeObject, ObjectKey } from '../model/object.ts'
import type { Admission, InForce } from './admit.ts'
import type { Fault } from './fault.ts'
import { isObject } from './shape.ts'
import { type Allowance, newAllowance } from './yaml/any.ts'
import { type DocumentText, placeAt, readDocument } from './yaml/document.ts'
import { type Node, offsetOf, type Steps, toValue } from './yaml/node.ts'

/** Line and column in the document, counted from 1. */
export interface Place {
  line: number
  column: number
}

export interface Told {
  at: Place
  message: string
}

export type Item =
  | { type: 'object'; key: ObjectKey; at: Place; object: KubeObject }
  /** Without a key where not even the name could be read. */
  | { type: 'refused'; key?: ObjectKey; at: Place; faults: Told[] }
  | { type: 'built-in'; kind: string }
  | { type: 'foreign'; apiVersion: string; kind: string }

/** More lines about one object help nobody. */
const MAX_FAULTS = 10

/** `allowance` is shared by the documents of a file. */
export const itemsOf = (
  text: string,
  admission: Admission,
  inForce: InForce,
  allowance: Allowance = newAllowance(),
): Item[] => {
  const document: DocumentText = { text, line: 1 }
  const place = (offset: number): Place => placeAt(document, offset)
  const read = readDocument(text, allowance)
  if (!read.ok) {
    const at = place(read.error.at)
    return [{ type: 'refused', at, faults: [{ at, message: read.error.message }] }]
  }
  if (read.node === undefined || isNothing(read.node)) return []
  const { node } = read
  return objectsIn(node).map(({ value, steps }) => {
    const at = place(offsetOf(node, steps))
    const verdict = admission(value, inForce)
    switch (verdict.type) {
      case 'admitted':
        return { type: 'object', key: verdict.key, object: verdict.object, at }
      case 'refused': {
        const tell = (fault: Fault): Told => ({
          at: place(offsetOf(node, [...steps, ...fault.steps])),
          message: fault.message,
        })
        return { type: 'refused', ...(verdict.key && { key: verdict.key }), at, faults: few(verdict.faults.map(tell)) }
      }
      default:
        return verdict
    }
  })
}

const isNothing = (node: Node): boolean => node.kind === 'scalar' && node.value === null

const few = (faults: Told[]): Told[] => {
  if (faults.length <= MAX_FAULTS) return faults
  const more = { at: faults[MAX_FAULTS]!.at, message: `and ${faults.length - MAX_FAULTS} more` }
  return [...faults.slice(0, MAX_FAULTS), more]
}

/** A `List`, or the list of one kind that an API server returns, stands for its items. */
const objectsIn = (node: Node): { value: unknown; steps: Steps }[] => {
  const value = toValue(node)
  if (!isObject(value) || !Array.isArray(value.items) || !isListKind(value.kind)) return [{ value, steps: [] }]
  return value.items.map((item, i) => ({ value: withKindOf(value, item), steps: ['items', i] }))
}

const isListKind = (kind: unknown): kind is string => typeof kind === 'string' && kind.endsWith('List')

/** The items of a `ServiceList` may leave out what the list says. */
const withKindOf = (list: Record<string, unknown>, item: unknown): unknown => {
  const kind = (list.kind as string).slice(0, -'List'.length)
  if (kind === '' || !isObject(item) || item.kind !== undefined) return item
  return { apiVersion: list.apiVersion, kind, ...item }
}

// What the API server's Go code does for a built-in kind beyond its schema.
// In: an object that fits its schema. Out: defaults filled in, and faults (kubernetes, pkg/apis/*/validation).
import type { KubeObject } from '../../model/object.ts'
import { type Fault, invalid, unsupported } from '../fault.ts'
import { isDns1123Label, isLabelKey, isLabelValue, isPortName, type Problems } from '../names.ts'
import { child, type Path, stepsOf } from '../path.ts'

export interface BuiltIn {
  nameProblems: (name: string) => Problems
  /** Fills in defaults; the object is changed in place. */
  complete(object: KubeObject): void
  check(object: KubeObject): Fault[]
}

const PROTOCOLS = ['SCTP', 'TCP', 'UDP']

export const checkProtocol = (path: Path, protocol: string): Fault[] =>
  PROTOCOLS.includes(protocol) ? [] : [unsupported(path, protocol, PROTOCOLS)]

export const checkPort = (path: Path, port: number): Fault[] =>
  port >= 1 && port <= 65535 ? [] : [invalid(path, port, 'must be between 1 and 65535, inclusive')]

export const checkPortOrName = (path: Path, port: number | string): Fault[] =>
  typeof port === 'number' ? checkPort(path, port) : problems(path, port, isPortName(port))

export const checkLabel = (path: Path, name: string): Fault[] => problems(path, name, isDns1123Label(name))

export const checkAppProtocol = (path: Path, protocol: string | undefined): Fault[] =>
  protocol === undefined ? [] : problems(path, protocol, isLabelKey(protocol))

/** An absent value is some other rule's. */
export const checkOneOf = (path: Path, value: string | undefined, values: readonly string[]): Fault[] =>
  value === undefined || values.includes(value) ? [] : [unsupported(path, value, values)]

/** A fault is named after the whole map, and placed at the entry. */
export const checkLabels = (path: Path, labels: Record<string, string> = {}): Fault[] =>
  Object.entries(labels).flatMap(([key, value]) => {
    const steps = stepsOf(child(path, key))
    const found = [...problems(path, key, isLabelKey(key)), ...problems(path, value, isLabelValue(value))]
    return found.map(fault => ({ ...fault, steps }))
  })

const problems = (path: Path, value: string, found: Problems): Fault[] => found.map(p => invalid(path, value, p))

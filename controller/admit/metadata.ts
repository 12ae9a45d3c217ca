// `metadata` of an object: read, checked and reduced to what the controller uses.
// In: whatever stands under `metadata`. Out: an `ObjectMeta`, unknown fields, and faults (apimachinery,
// api/validation/objectmeta.go).
import type { ObjectMeta } from '../model/object.ts'
import { type Fault, invalid, required, tooLong } from './fault.ts'
import { isDns1123Label, isLabelKey, isLabelValue, type Problems } from './names.ts'
import { child, type Path, stepsOf, textOf } from './path.ts'
import { isObject, type Unknown } from './shape.ts'

export interface MetadataRules {
  namespaced: boolean
  nameProblems: (name: string) => Problems
  /** For a namespaced object that names none. */
  defaultNamespace: string
}

export interface ReadMetadata {
  metadata: ObjectMeta
  /** A field that cannot be decoded at all. */
  malformed?: Fault
  unknown: Unknown[]
  faults: Fault[]
}

type Kind = 'string' | 'number' | 'strings' | 'list'
const FIELDS: Record<string, Kind> = {
  annotations: 'strings',
  creationTimestamp: 'string',
  deletionGracePeriodSeconds: 'number',
  deletionTimestamp: 'string',
  finalizers: 'list',
  generateName: 'string',
  generation: 'number',
  labels: 'strings',
  managedFields: 'list',
  name: 'string',
  namespace: 'string',
  ownerReferences: 'list',
  resourceVersion: 'string',
  selfLink: 'string',
  uid: 'string',
}

const LISTS: Partial<Record<string, string>> = {
  finalizers: '[]string',
  managedFields: '[]v1.ManagedFieldsEntry',
  ownerReferences: '[]v1.OwnerReference',
}

const PATH: Path = child(undefined, 'metadata')
const MAX_ANNOTATIONS = 256 * 1024

/** A malformed field ends the reading, as it ends the API server's decoding. */
export const readMetadata = (source: unknown, rules: MetadataRules): ReadMetadata => {
  const unknown: Unknown[] = []
  if (source !== undefined && source !== null && !isObject(source)) {
    return {
      metadata: { name: '' },
      malformed: undecodable(PATH, source, 'metadata', 'v1.ObjectMeta'),
      unknown,
      faults: [],
    }
  }
  const fields = source ?? {}
  for (const name of Object.keys(fields)) {
    const path = child(PATH, name)
    if (!Object.hasOwn(FIELDS, name)) {
      unknown.push({ path, text: textOf(path) })
      continue
    }
    const fault = malformedField(fields[name], FIELDS[name], name, path)
    if (fault) return { metadata: nameOnly(fields, rules), malformed: fault, unknown, faults: [] }
  }
  const metadata = pick(fields, rules)
  return { metadata, unknown, faults: [...checkPrefix(text(fields.generateName), rules), ...check(metadata, rules)] }
}

const malformedField = (value: unknown, kind: Kind | undefined, name: string, path: Path): Fault | undefined => {
  if (value === null || value === undefined || kind === undefined) return undefined
  if (kind === 'list')
    return Array.isArray(value) ? undefined : undecodable(path, value, `metadata.${name}`, LISTS[name]!)
  if (kind === 'strings') {
    if (!isObject(value)) return undecodable(path, value, `metadata.${name}`, 'map[string]string')
    for (const [key, inner] of Object.entries(value)) {
      if (typeof inner !== 'string' && inner !== null) {
        return undecodable(child(path, key), inner, `metadata.${name}`, 'string')
      }
    }
    return undefined
  }
  const goType = kind === 'number' ? 'int64' : 'string'
  return typeof value === kind ? undefined : undecodable(path, value, `metadata.${name}`, goType)
}

/** In the words of Go's JSON decoder. */
const undecodable = (path: Path, value: unknown, name: string, goType: string): Fault => {
  const actual = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
  return {
    steps: stepsOf(path),
    isBlocking: true,
    message: `json: cannot unmarshal ${actual} into Go struct field ObjectMeta.${name} of type ${goType}`,
  }
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

const nameOnly = (fields: Record<string, unknown>, { namespaced, defaultNamespace }: MetadataRules): ObjectMeta => ({
  name: text(fields.name),
  ...(namespaced && { namespace: text(fields.namespace) || defaultNamespace }),
})

/** What a server writes by itself (generation, resourceVersion, managedFields …) means nothing in a file. */
const pick = (fields: Record<string, unknown>, rules: MetadataRules): ObjectMeta => {
  const uid = text(fields.uid)
  const creationTimestamp = text(fields.creationTimestamp)
  const labels = strings(fields.labels)
  const annotations = strings(fields.annotations)
  return {
    ...nameOnly(fields, rules),
    ...(uid && { uid }),
    ...(creationTimestamp && { creationTimestamp }),
    ...(labels && { labels }),
    ...(annotations && { annotations }),
  }
}

const strings = (value: unknown): Record<string, string> | undefined => {
  const entries = Object.entries((value as Record<string, string | null> | null | undefined) ?? {})
  return entries.length === 0 ? undefined : Object.fromEntries(entries.map(([k, v]) => [k, v ?? '']))
}

/** A prefix may end where a name may not. */
const checkPrefix = (prefix: string, { nameProblems }: MetadataRules): Fault[] =>
  prefix === ''
    ? []
    : nameProblems(prefix.replace(/(?<=.)-$/, 'a')).map(p => invalid(child(PATH, 'generateName'), prefix, p))

const check = (metadata: ObjectMeta, { nameProblems }: MetadataRules): Fault[] => {
  const faults: Fault[] = []
  const report = (path: Path, value: string, problems: Problems): void => {
    for (const problem of problems) faults.push(invalid(path, value, problem))
  }
  const at = (name: string): Path => child(PATH, name)
  /** Named after the whole map, placed at the entry. */
  const reportEntry = (name: string, key: string, value: string, problems: Problems): void => {
    const steps = stepsOf(child(at(name), key))
    for (const problem of problems) faults.push({ ...invalid(at(name), value, problem), steps })
  }
  const { name, namespace, labels = {}, annotations = {} } = metadata
  if (name === '') faults.push(required(at('name'), 'name or generateName is required'))
  else report(at('name'), name, nameProblems(name))
  if (namespace !== undefined) report(at('namespace'), namespace, isDns1123Label(namespace))
  for (const [key, value] of Object.entries(labels)) {
    reportEntry('labels', key, key, isLabelKey(key))
    reportEntry('labels', key, value, isLabelValue(value))
  }
  let size = 0
  for (const [key, value] of Object.entries(annotations)) {
    reportEntry('annotations', key, key, isLabelKey(key.toLowerCase()))
    size += key.length + value.length
  }
  if (size > MAX_ANNOTATIONS) faults.push(tooLong(at('annotations'), MAX_ANNOTATIONS))
  return faults
}

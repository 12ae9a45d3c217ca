// What an API server would say to an object that is applied: its admitted form, or what is wrong with it.
// In: a JSON value, as read from a file. Out: pruned, defaulted and valid under schema and CEL rules; or faults; or that
// it is none of our business. Pure, and bounded: every schema limits its lists, RE2 is linear, CEL rules do not loop.
import { KINDS, type KindName } from '../model/kinds.ts'
import { groupOf, type KubeObject, keyOf, type ObjectKey } from '../model/object.ts'
import type { Schema } from '../model/schema.ts'
import { builtInKinds, type Channel, type ServedKind, servedKinds } from '../model/schemas.ts'
import { checkRules, hasRules } from './cel/rules.ts'
import { configMap, secret } from './core/data.ts'
import { endpointSlice } from './core/endpoint-slice.ts'
import type { BuiltIn } from './core/kind.ts'
import { namespace } from './core/namespace.ts'
import { service } from './core/service.ts'
import { type Fault, invalid } from './fault.ts'
import { checkLists } from './lists.ts'
import { readMetadata } from './metadata.ts'
import { isDns1123Subdomain } from './names.ts'
import { child, stepsOf } from './path.ts'
import { dropNulls, fillDefaults, isObject, prune, type Unknown } from './shape.ts'
import { validate } from './validate.ts'

export type Verdict =
  | { type: 'admitted'; key: ObjectKey; object: KubeObject }
  | { type: 'refused'; key?: ObjectKey; faults: Fault[] }
  /** A kind of Kubernetes itself that no route, certificate or endpoint comes from. */
  | { type: 'built-in'; kind: string }
  /** A kind of somebody else. */
  | { type: 'foreign'; apiVersion: string; kind: string }

export interface AdmissionOptions {
  /** Which CRDs of the Gateway API are "installed". */
  channel: Channel
  defaultNamespace: string
}

/** The object in force under a key, for rules that compare with it. */
export type InForce = (key: ObjectKey) => KubeObject | undefined

/** `value` must be nobody else's: it is changed, and becomes the admitted object. */
export type Admission = (value: unknown, inForce: InForce) => Verdict

export const createAdmission = ({ channel, defaultNamespace }: AdmissionOptions): Admission => {
  const served = servedKinds(channel)
  const builtIn = builtInKinds()
  const ourGroups = new Set(Object.values(KINDS).map(k => k.group))
  const builtInGroups = new Set(Array.from(builtIn, groupVersionKind => groupOf(groupVersionKind)))

  return (value, inForce) => {
    const head = readHead(value)
    if ('faults' in head) return { type: 'refused', faults: head.faults }
    const { apiVersion, kind, fields } = head
    const id = `${apiVersion}/${kind}`
    const known = served.get(id)
    if (known !== undefined) return admitServed(fields, known, defaultNamespace, inForce)
    const group = groupOf(apiVersion)
    if (builtIn.has(`${group}/${kind}`)) return { type: 'built-in', kind }
    if (!ourGroups.has(group) && !builtInGroups.has(group)) return { type: 'foreign', apiVersion, kind }
    const message = `no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`
    return { type: 'refused', faults: [{ steps: ['kind'], message, isBlocking: true }] }
  }
}

type Head = { apiVersion: string; kind: string; fields: Record<string, unknown> } | { faults: Fault[] }

const readHead = (value: unknown): Head => {
  const failed = (steps: string[], message: string): Head => ({ faults: [{ steps, message, isBlocking: true }] })
  if (!isObject(value)) {
    const actual = Array.isArray(value) ? 'array' : typeof value
    return failed([], `json: cannot unmarshal ${actual} into Go value of type map[string]interface {}`)
  }
  for (const name of ['kind', 'apiVersion']) {
    const own = value[name]
    if (own === undefined || own === null || own === '') return failed([], `Object '${capital(name)}' is missing`)
    if (typeof own !== 'string') return failed([name], `${name} must be a string`)
  }
  return { apiVersion: value.apiVersion as string, kind: value.kind as string, fields: value }
}

const capital = (name: string): string => (name === 'kind' ? 'Kind' : name)

const BUILT_IN: { readonly [K in KindName]?: BuiltIn } = {
  ConfigMap: configMap,
  EndpointSlice: endpointSlice,
  Namespace: namespace,
  Secret: secret,
  Service: service,
}

const admitServed = (
  fields: Record<string, unknown>,
  { kind, group, schema, namespaced, preferred }: ServedKind,
  defaultNamespace: string,
  inForce: InForce,
): Verdict => {
  const builtIn = BUILT_IN[kind]
  const nameProblems = builtIn?.nameProblems ?? isDns1123Subdomain
  const { metadata, malformed, unknown, faults } = readMetadata(fields.metadata, {
    namespaced,
    nameProblems,
    defaultNamespace,
  })
  const key = metadata.name === '' ? undefined : keyOf(group, kind, metadata.namespace, metadata.name)

  const object: KubeObject = { ...fields, apiVersion: preferred, kind, metadata }
  prune(object, schema, undefined, unknown)
  const undecoded = [...(malformed ? [malformed] : []), ...unknown.map(unknownField)]
  if (undecoded.length > 0) return { type: 'refused', ...(key && { key }), faults: undecoded }
  // `status` is the controller's to write.
  delete object.status
  dropNulls(object, schema)
  fillDefaults(object, schema)
  delete object.status

  const misfits: Fault[] = []
  validate(object, schema, undefined, misfits)
  faults.push(...misfits)
  if (builtIn === undefined) checkCustom(object, key && inForce(key), schema, faults)
  else if (misfits.length === 0) {
    // Code for a built-in kind relies on what the schema has promised.
    builtIn.complete(object)
    faults.push(...builtIn.check(object))
  }
  if (faults.length > 0) return { type: 'refused', ...(key && { key }), faults }
  return { type: 'admitted', key: key!, object }
}

const unknownField = ({ path, text }: Unknown): Fault => ({
  steps: stepsOf(path),
  message: `strict decoding error: unknown field "${text}"`,
  isBlocking: false,
})

const UNCHECKED =
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation'

const checkCustom = (object: KubeObject, old: KubeObject | undefined, schema: Schema, faults: Fault[]): void => {
  checkLists(object, schema, undefined, faults)
  if (!hasRules(schema)) return
  if (!faults.some(f => f.isBlocking)) checkRules(object, old, schema, faults)
  else faults.push({ ...invalid(undefined, null, UNCHECKED), steps: stepsOf(child(undefined, 'kind')) })
}

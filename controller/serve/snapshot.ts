// Resources in, what `next.ts` decides about and what is sent out.
import { encode } from './encode.ts'
import type { Entry } from './next.ts'
import { headOf, type Part, partsOf } from './parts.ts'
import type { Quarantine } from './quarantine.ts'
import { type Resource, type XdsType, xdsTypes } from './resource.ts'

export type SnapshotEntry = Sendable | Kept

export interface Sendable extends Entry {
  version: string
  /** As it is sent, which may be the last good form of what is wanted. */
  resource: Resource
  bytes: () => Uint8Array
}

/** Envoy keeps what it has. */
export interface Kept extends Entry {
  version: undefined
}

export type Snapshot = ReadonlyMap<XdsType, ReadonlyMap<string, SnapshotEntry>>

/** Two resources of one type and name: the last one counts. */
export const snapshotOf = (resources: readonly Resource[], quarantine: Quarantine): Snapshot => {
  const snapshot = new Map<XdsType, Map<string, SnapshotEntry>>(xdsTypes.map(type => [type, new Map()]))
  for (const resource of resources) snapshot.get(resource.type)!.set(resource.name, entryOf(resource, quarantine))
  return snapshot
}

const keep: Kept = { version: undefined, references: [] }

const entries = new WeakMap<Resource, Sendable>()

const entryOf = (wanted: Resource, quarantine: Quarantine): SnapshotEntry => {
  const resource = quarantine.admit(wanted)
  if (!resource) return keep
  const entry = encoded(resource)
  if (entry instanceof Error) {
    for (const part of unencodable(resource)) quarantine.condemn(part, entry.message)
    return entryOf(wanted, quarantine)
  }
  const refusal = quarantine.refusal(entry)
  if (refusal === undefined) return entry
  quarantine.reject([entry], refusal)
  return entryOf(wanted, quarantine)
}

const encoded = (resource: Resource): Sendable | Error => {
  const known = entries.get(resource)
  if (known) return known
  try {
    const entry = { ...encode(resource), resource }
    entries.set(resource, entry)
    return entry
  } catch (error) {
    return error as Error
  }
}

/** Parts whose JSON is not of Envoy's schema: a fault of ours, which must not hold up the rest. */
const unencodable = (resource: Resource): Part[] => {
  const bad = partsOf(resource).filter(part => !isEncodable(part))
  return bad.length > 0 ? bad : [headOf(resource)]
}

const isEncodable = (part: Part): boolean => {
  return !(encoded(resourceOf(part)) instanceof Error)
}

/** A resource that holds the part and little else. */
const resourceOf = (part: Part): Resource => {
  const { type, name, json } = part
  if (type !== 'RouteConfiguration') return { type, name, json } as Resource
  if (part.route !== undefined) return { type, name, json: {}, virtualHosts: [{ routes: [json] }] }
  if (part.virtualHost !== undefined) return { type, name, json: {}, virtualHosts: [json] }
  return { type, name, json, virtualHosts: [] }
}

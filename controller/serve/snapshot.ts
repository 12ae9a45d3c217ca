// Resources in, what `next.ts` decides about and what is sent out.
import { encode } from './encode.ts'
import type { Entry, Wanted } from './next.ts'
import { headOf, type Part, partsOf, type Table } from './parts.ts'
import type { Quarantine } from './quarantine.ts'
import { clustersOf, type ResourceId } from './references.ts'
import { type Resource, type XdsType, xdsTypes } from './resource.ts'

export type SnapshotEntry = Sendable | Kept

export interface Sendable extends Entry {
  version: string
  /** As it is sent, which may be the last good form of what is wanted. */
  resource: Resource
  bytes: readonly Uint8Array[]
}

/** Envoy keeps what it has. */
export interface Kept extends Entry {
  version: undefined
}

export interface Snapshot extends Wanted {
  entries: ReadonlyMap<XdsType, ReadonlyMap<string, SnapshotEntry>>
}

/** Two resources of one type and name: the last one counts. */
export const snapshotOf = (resources: readonly Resource[], quarantine: Quarantine): Snapshot => {
  const entries = new Map<XdsType, Map<string, SnapshotEntry>>(xdsTypes.map(type => [type, new Map()]))
  const pending = new Set<XdsType>()
  const mixtures: Table[] = []
  for (const resource of resources) {
    const { type, name } = resource
    const entry = entryOf(resource, quarantine)
    entries.get(type)!.set(name, entry)
    if (entry.version === undefined) {
      if (type === 'RouteConfiguration' || quarantine.isHeld(resource)) pending.add(type)
    } else if (entry.resource !== resource && entry.resource.type === 'RouteConfiguration')
      mixtures.push(entry.resource)
  }
  carry(mixtures.flatMap(clustersOf), entries, quarantine)
  return { entries, pending }
}

/** Clusters that only a last good route leads to, with their endpoints: they are wanted as long as it is. */
const carry = (
  ids: readonly ResourceId[],
  entries: Map<XdsType, Map<string, SnapshotEntry>>,
  quarantine: Quarantine,
): void => {
  for (const { type, name } of ids) {
    const known = entries.get(type)!
    if (known.has(name)) continue
    const resource = quarantine.lastGood({ type, name })
    const entry = resource ? entryOf(resource, quarantine) : keep
    known.set(name, entry)
    carry(entry.references, entries, quarantine)
  }
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

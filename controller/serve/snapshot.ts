// Resources in, what `next.ts` decides about and what is sent out.
import { encode } from './encode.ts'
import type { Entry } from './next.ts'
import { type Part, partsOf, slotOf } from './parts.ts'
import type { Quarantine } from './quarantine.ts'
import { type Resource, type XdsType, xdsTypes } from './resource.ts'

export interface SnapshotEntry extends Entry {
  /** As it is sent, which may be the last good form of what is wanted; absent: see `version`. */
  resource: Resource | undefined
  bytes: () => Uint8Array
}

export type Snapshot = ReadonlyMap<XdsType, ReadonlyMap<string, SnapshotEntry>>

/** Two resources of one type and name: the last one counts. */
export const snapshotOf = (resources: readonly Resource[], quarantine: Quarantine): Snapshot => {
  const snapshot = new Map<XdsType, Map<string, SnapshotEntry>>(xdsTypes.map(type => [type, new Map()]))
  for (const resource of resources) snapshot.get(resource.type)!.set(resource.name, entryOf(resource, quarantine))
  return snapshot
}

const keep: SnapshotEntry = {
  version: undefined,
  references: [],
  resource: undefined,
  bytes: () => new Uint8Array(),
}

const entries = new WeakMap<Resource, SnapshotEntry>()

const entryOf = (wanted: Resource, quarantine: Quarantine): SnapshotEntry => {
  const resource = quarantine.admit(wanted)
  if (!resource) return keep
  try {
    const known = entries.get(resource)
    if (known) return known
    const entry = { ...encode(resource), resource }
    entries.set(resource, entry)
    return entry
  } catch (error) {
    for (const part of unencodable(resource)) quarantine.condemn(part, (error as Error).message)
    return entryOf(wanted, quarantine)
  }
}

/** Parts whose JSON is not of Envoy's schema: a fault of ours, which must not hold up the rest. */
const unencodable = (resource: Resource): Part[] => {
  const bad = partsOf(resource).filter(part => !isEncodable(part))
  return bad.length > 0 ? bad : [{ ...resource, slot: slotOf(resource) }]
}

const isEncodable = (part: Part): boolean => {
  try {
    encode(resourceOf(part))
    return true
  } catch {
    return false
  }
}

/** A resource that holds the part and little else. */
const resourceOf = (part: Part): Resource => {
  const { type, name, json } = part
  if (type !== 'RouteConfiguration') return { type, name, json } as Resource
  if (part.route !== undefined) return { type, name, json: {}, virtualHosts: [{ routes: [json] }] }
  if (part.virtualHost !== undefined) return { type, name, json: {}, virtualHosts: [json] }
  return { type, name, json, virtualHosts: [] }
}

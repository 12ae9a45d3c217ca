// The one mutable place: what sources report is kept here; what the translator sees is a snapshot of it.
// In: batches of changes (it is a `Sink`). Out: snapshots that share everything that did not change, and a call
// whenever something did. An object that is refused stays in force in its last good form.
import { KINDS, type KindMap, type KindName } from '../model/kinds.ts'
import { type KubeObject, keyOfObject, type Location, type ObjectKey } from '../model/object.ts'
import type { Change, Sink } from '../sources/source.ts'
import type { Refusal, Snapshot } from './snapshot.ts'
import { type Edit, edit, emptyTable, find, placeOf, type Table } from './table.ts'

export interface Store extends Sink {
  /** The same snapshot until something changes. */
  snapshot(): Snapshot
  /** Whether everything that exists has been read. */
  readonly isSynced: boolean
}

/** `onChange` is called after each batch that changed something, and when the sources are synced. */
export const createStore = (onChange: () => void = () => {}): Store => {
  let tables: Tables = new Map()
  let refusals: readonly Refusal[] = []
  let current = snapshotFrom(0, tables, refusals)
  let synced = false
  return {
    snapshot: () => current,
    get isSynced() {
      return synced
    },
    changes: batch => {
      const nextTables = applyObjects(tables, batch)
      const nextRefusals = applyRefusals(refusals, batch)
      if (nextTables === tables && nextRefusals === refusals) return
      tables = nextTables
      refusals = nextRefusals
      current = snapshotFrom(current.version + 1, tables, refusals)
      onChange()
    },
    synced: () => {
      if (synced) return
      synced = true
      onChange()
    },
  }
}

/** A snapshot of just these objects: for tests and one-shot commands. */
export const snapshotOf = (objects: Iterable<KubeObject>): Snapshot => {
  const store = createStore()
  store.changes(Array.from(objects, object => ({ type: 'apply', object })))
  return store.snapshot()
}

type Tables = ReadonlyMap<string, Table<KubeObject>>

const isKind = (kind: string): kind is KindName => Object.hasOwn(KINDS, kind)

const applyObjects = (tables: Tables, batch: readonly Change[]): Tables => {
  const edits: (Edit<KubeObject> & { kind: string })[] = []
  for (const change of batch) {
    if (change.type === 'apply') edits.push({ ...addressOf(keyOfObject(change.object)), ...change })
    if (change.type === 'delete') edits.push(addressOf(change.key))
  }
  const next = new Map(tables)
  let changed = false
  for (const [kind, own] of Map.groupBy(edits, e => e.kind)) {
    if (!isKind(kind)) continue
    const before = next.get(kind) ?? emptyTable<KubeObject>()
    const after = edit(before, own)
    changed ||= after !== before
    next.set(kind, after)
  }
  return changed ? next : tables
}

/** `group/Kind/namespace/name` taken apart; none of them can hold a slash. */
const addressOf = (key: ObjectKey): { kind: string; namespace: string; name: string } => {
  const [, kind = '', namespace = '', name = ''] = key.split('/')
  return { kind, namespace, name }
}

const applyRefusals = (refusals: readonly Refusal[], batch: readonly Change[]): readonly Refusal[] => {
  const read = new Set(batch.flatMap(c => (c.type === 'read' ? [c.file] : [])))
  const kept = refusals.filter(r => !read.has(r.at.file))
  const added: Refusal[] = batch.flatMap(c => {
    if (c.type !== 'refuse') return []
    const { type: _, ...refusal } = c
    return [refusal]
  })
  if (added.length === 0 && kept.length === refusals.length) return refusals
  const next = [...kept, ...added].sort(byPlace)
  return next.length === refusals.length && next.every((r, i) => sameRefusal(r, refusals[i]!)) ? refusals : next
}

const sameRefusal = (a: Refusal, b: Refusal): boolean =>
  byPlace(a, b) === 0 && a.key === b.key && a.message === b.message

const byPlace = ({ at: a }: Refusal, { at: b }: Refusal): number =>
  (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column

const snapshotFrom = (version: number, tables: Tables, refusals: readonly Refusal[]): Snapshot => {
  const table = <K extends KindName>(kind: K): Table<KindMap[K] & KubeObject> | undefined =>
    tables.get(kind) as Table<KindMap[K] & KubeObject> | undefined
  return {
    version,
    refusals,
    list: kind => table(kind)?.objects ?? [],
    get: (kind, namespace, name) => {
      const own = table(kind)
      return own && find(own, namespace, name)
    },
    endpointSlicesOf: (namespace, service) => {
      const bucket = table('EndpointSlice')?.buckets.get(namespace)
      return (bucket && slicesByService(bucket.objects).get(service)) ?? []
    },
    locationOf: (key): Location | undefined => {
      const { kind, namespace, name } = addressOf(key)
      const own = tables.get(kind)
      return own && placeOf(own, namespace, name)
    },
  }
}

type Slices = readonly KindMap['EndpointSlice'][]
const sliceIndexes = new WeakMap<Slices, ReadonlyMap<string | undefined, Slices>>()

/** Indexed once for each array of slices, which lives as long as no slice of the namespace changes. */
const slicesByService = (slices: Slices): ReadonlyMap<string | undefined, Slices> => {
  let index = sliceIndexes.get(slices)
  if (index === undefined) {
    index = Map.groupBy(slices, s => s.metadata.labels?.['kubernetes.io/service-name'])
    sliceIndexes.set(slices, index)
  }
  return index
}

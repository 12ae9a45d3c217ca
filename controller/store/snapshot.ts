// What the translator sees of the world: every admitted object of one moment, typed and indexed.
// In: the store's state (store.ts), or plain objects in a test. Out: lookups that cost O(1), and an order that never
// depends on when something was read. A snapshot never changes; an object that did not change is the same JavaScript
// object in the next snapshot, so work can be memoised by identity.
import type { EndpointSlice, KindMap, KindName } from '../model/kinds.ts'
import type { Location, ObjectKey } from '../model/object.ts'

/** Something that could not be used, in the API server's words. */
export interface Refusal {
  readonly at: Location
  readonly message: string
  /** The object it is about, where that much could be read. Its last good form, if any, is still in the snapshot. */
  readonly key?: ObjectKey
}

export interface Snapshot {
  /** Grows with every batch of changes that changed anything. */
  readonly version: number
  /** All objects of a kind, ordered by namespace, then name (by code unit). The same array while none of them changes. */
  list<K extends KindName>(kind: K): readonly KindMap[K][]
  /** `namespace` is ignored for cluster-scoped kinds; pass the empty string. */
  get<K extends KindName>(kind: K, namespace: string, name: string): KindMap[K] | undefined
  /** Slices that carry the label `kubernetes.io/service-name`, ordered by name. */
  endpointSlicesOf(namespace: string, service: string): readonly EndpointSlice[]
  /** Where the object is written down; absent for objects of an API server. */
  locationOf(key: ObjectKey): Location | undefined
  /** Ordered by file, line, column. */
  readonly refusals: readonly Refusal[]
}

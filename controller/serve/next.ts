// What to send next to one Envoy: a pure function of what it should have and of what it has, was sent and acknowledged.
// The order is the one in which no request ever meets something that is not there yet (xDS protocol, "Eventual
// consistency considerations"): clusters, endpoints, secrets, extensions; when they are acknowledged listeners, then
// routes; when those are acknowledged removals. Envoy acknowledges clusters only when they have their endpoints and are
// warm, so endpoints never wait for clusters.
import type { ResourceId } from './references.ts'
import type { XdsType } from './resource.ts'

/** `version: undefined`: nothing that Envoy would take is known; what it has, it keeps. */
export interface Entry {
  version: string | undefined
  references: readonly ResourceId[]
}

export interface Wanted {
  entries: ReadonlyMap<XdsType, ReadonlyMap<string, Entry>>
  /**
   * Types of which something that is wanted is held back for now, or of which Envoy may go on with something unknown:
   * what comes later in the order waits, lest it refers to what is not there, or takes away what is in use.
   */
  pending: ReadonlySet<XdsType>
}

/** One type on one stream. */
export interface Subscription {
  /** All resources of the type, whatever their names. */
  wildcard: boolean
  names: ReadonlySet<string>
  /** By name the version that it has or was sent last, `ABSENT` or `UNKNOWN`. */
  has: ReadonlyMap<string, string>
  /** An answer is due even when it is empty: Envoy waits for its first clusters and listeners. */
  unanswered: boolean
  /** Responses that are neither acknowledged nor rejected. `overdue`: others wait for them no longer. */
  inFlight: readonly { overdue: boolean }[]
}

export type Subscriptions = ReadonlyMap<XdsType, Subscription>

export interface Send {
  type: XdsType
  /** To be sent in the version that is wanted. */
  changed: readonly string[]
  removed: readonly string[]
}

/** Envoy was told that there is none. */
export const ABSENT = 'absent'
/** It rejected a response: which of the resources in it took effect, it does not say. */
export const UNKNOWN = 'unknown'

const phases: readonly (readonly XdsType[])[] = [
  ['Cluster', 'ClusterLoadAssignment', 'Secret', 'TypedExtensionConfig'],
  ['Listener'],
  ['RouteConfiguration'],
]

/** What may be sent now, in this order; empty when all is said, or when an acknowledgement has to come first. */
export const next = (wanted: Wanted, subscriptions: Subscriptions): Send[] => {
  for (const phase of phases) {
    const sends = phase.flatMap(type => {
      const subscription = subscriptions.get(type)
      return subscription && !isBusy(subscription) ? additions(type, wanted.entries.get(type), subscription) : []
    })
    if (sends.length > 0) return sends
    if (phase.some(type => isBusy(subscriptions.get(type)) || wanted.pending.has(type))) return []
  }
  // Listeners before the clusters that only they led to.
  for (const type of ['Listener', 'Cluster'] as const) {
    const removed = removals(wanted.entries.get(type), subscriptions.get(type))
    if (removed.length > 0) return [{ type, changed: [], removed }]
  }
  return []
}

/**
 * Whether Envoy has acknowledged all that is wanted: also what its listeners and clusters refer to, for which it may not
 * have asked yet. What nothing refers to, it never gets.
 */
export const isSettled = (wanted: Wanted, subscriptions: Subscriptions): boolean => {
  for (const { inFlight } of subscriptions.values()) if (inFlight.length > 0) return false
  if (next(wanted, subscriptions).length > 0) return false
  return (['Cluster', 'Listener'] as const).every(type => {
    const entries = wanted.entries.get(type) ?? none
    if (!subscriptions.has(type)) return false
    return [...entries.values()].every(({ references }) =>
      references.every(({ type: to, name }) => {
        const version = wanted.entries.get(to)?.get(name)?.version
        return version === undefined || subscriptions.get(to)?.has.get(name) === version
      }),
    )
  })
}

const none: ReadonlyMap<string, Entry> = new Map()

const isBusy = (subscription: Subscription | undefined): boolean =>
  subscription?.inFlight.some(({ overdue }) => !overdue) ?? false

const additions = (
  type: XdsType,
  entries: ReadonlyMap<string, Entry> = none,
  { wildcard, names, has, unanswered }: Subscription,
): Send[] => {
  const changed: string[] = []
  const removed: string[] = []
  for (const name of wildcard ? entries.keys() : names) {
    const entry = entries.get(name)
    // Envoy goes on with what it had when such a resource is removed; but for one that it never had it waits.
    if (!entry && !has.has(name)) removed.push(name)
    if (entry?.version !== undefined && has.get(name) !== entry.version) changed.push(name)
  }
  return changed.length > 0 || removed.length > 0 || unanswered ? [{ type, changed, removed }] : []
}

const removals = (entries: ReadonlyMap<string, Entry> = none, subscription: Subscription | undefined): string[] =>
  subscription?.wildcard ? [...subscription.has.keys()].filter(name => !entries.has(name)) : []

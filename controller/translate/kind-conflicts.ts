// Attached HTTPRoutes and GRPCRoutes in; the same out, but on each listener no host is served by both kinds: "the
// implementation MUST accept exactly one of these two routes", the older, then the first by `namespace/name`
// (GRPCRouteSpec.hostnames).
import type { AttachableRoute, Attachment } from './attach.ts'
import { intersection } from './hostnames.ts'
import type { ListenerModel } from './listener.ts'

export interface AttachedRoute {
  route: AttachableRoute
  attachments: Attachment[]
}

/** A route that keeps all its listeners is the same object as before. */
export const createKindConflicts = () => {
  const memory = new WeakMap<Attachment[], Known>()
  return <R extends AttachedRoute>(
    http: readonly R[],
    grpc: readonly R[],
  ): { http: readonly R[]; grpc: readonly R[] } => {
    if (grpc.length === 0) return { http, grpc }
    const lost = losers([...http, ...grpc], new Set(grpc))
    const without = (route: R): R => {
      const taken = lost.get(route)
      if (!taken) return route
      const known = memory.get(route.attachments)
      const value =
        known && sameEntries(known.taken, taken) ? known.value : route.attachments.map(a => withoutTaken(a, taken))
      memory.set(route.attachments, { taken, value })
      return { ...route, attachments: value }
    }
    return { http: http.map(without), grpc: grpc.map(without) }
  }
}

/** Listeners that a route loses, and to which route. */
type Taken = ReadonlyMap<ListenerModel, AttachableRoute>

interface Known {
  taken: Taken
  value: Attachment[]
}

const sameEntries = (a: Taken, b: Taken): boolean =>
  a.size === b.size && [...a].every(([listener, route]) => b.get(listener) === route)

interface Claim<R> {
  by: R
  hosts: readonly string[]
}

const losers = <R extends AttachedRoute>(routes: readonly R[], grpc: ReadonlySet<R>) => {
  const claims = new Map<ListenerModel, Claim<R>[]>()
  for (const by of grpc) for (const [listener, hosts] of listenersOf(by)) claims.set(listener, [{ by, hosts }])
  const lost = new Map<R, Map<ListenerModel, AttachableRoute>>()
  if (claims.size === 0) return lost
  // Only listeners with a GRPCRoute are contested.
  for (const listener of claims.keys()) claims.set(listener, [])
  for (const by of routes) for (const [listener, hosts] of listenersOf(by)) claims.get(listener)?.push({ by, hosts })
  for (const [listener, all] of claims) {
    const standing: Record<'http' | 'grpc', Claim<R>[]> = { http: [], grpc: [] }
    for (const claim of all.toSorted((a, b) => (ageOf(a.by) < ageOf(b.by) ? -1 : 1))) {
      const [own, others] = grpc.has(claim.by) ? (['grpc', 'http'] as const) : (['http', 'grpc'] as const)
      const rival = standing[others].find(other => meet(other.hosts, claim.hosts))
      if (rival) lost.set(claim.by, (lost.get(claim.by) ?? new Map()).set(listener, rival.by.route))
      else standing[own].push(claim)
    }
  }
  return lost
}

const listenersOf = ({ attachments }: AttachedRoute): Map<ListenerModel, readonly string[]> =>
  new Map(attachments.flatMap(({ listeners }) => listeners.map(({ listener, hosts }) => [listener, hosts] as const)))

const ageOf = ({ route: { metadata } }: AttachedRoute): string =>
  `${metadata.creationTimestamp ?? ''} ${metadata.namespace}/${metadata.name}`

const meet = (a: readonly string[], b: readonly string[]): boolean =>
  a.some(one => b.some(other => intersection(one, other) !== undefined))

const withoutTaken = (attachment: Attachment, taken: Taken): Attachment => {
  const listeners = attachment.listeners.filter(({ listener }) => !taken.has(listener))
  if (listeners.length > 0 || attachment.listeners.length === 0) return { ...attachment, listeners }
  const { listener } = attachment.listeners[0]!
  const { kind, metadata } = taken.get(listener)!
  return {
    ...attachment,
    listeners,
    refusal: {
      reason: 'NoMatchingListenerHostname',
      message: `${kind} ${metadata.namespace}/${metadata.name} has hostnames of this route on listener ${listener.name}, and comes first; HTTPRoutes and GRPCRoutes cannot share them, use others`,
    },
  }
}

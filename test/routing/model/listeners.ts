// Which listener a request belongs to, and which routes are attached to it (GatewaySpec.listeners, ParentReference,
// AllowedRoutes).
import type { Gateway, GRPCRoute, HTTPRoute, Listener, ParentRef, World } from '../objects.ts'
import { hostnameRank, intersect, matchesHost } from './hostnames.ts'

/**
 * "ALL indistinct Listeners must not be accepted": those that share port and hostname with another. And `certificateRefs`
 * "is required to have at least one element when the mode is set to Terminate".
 */
export const accepted = ({ spec: { listeners } }: Gateway): Listener[] =>
  listeners.filter(
    one =>
      (one.protocol === 'HTTP' || one.tls?.certificateRefs?.length) &&
      !listeners.some(other => other !== one && other.port === one.port && other.hostname === one.hostname),
  )

/** The most specific of those that match the host ("Listeners that are distinct only by Hostname"). */
export const listenerFor = (listeners: readonly Listener[], host: string): Listener | undefined => {
  const [best] = listeners
    .filter(({ hostname }) => matchesHost(hostname, host))
    .sort((a, b) => {
      const [exactA, lengthA] = hostnameRank(a.hostname)
      const [exactB, lengthB] = hostnameRank(b.hostname)
      return exactB - exactA || lengthB - lengthA
    })
  return best
}

export type Route = HTTPRoute | GRPCRoute

/** Routes that name the listener, that it allows, and that have a host name in common with it; those that lose against the other kind left out. */
export const attachedTo = (world: World, gateway: Gateway, listener: Listener): Route[] => {
  const standing: Route[] = []
  for (const route of [...world.routes, ...world.rpcRoutes].sort(byAge))
    if (attaches(world, gateway, listener, route) && !standing.some(other => excludes(listener, other, route)))
      standing.push(route)
  return standing
}

export const byAge = (a: Route, b: Route): number =>
  byText(a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '') || byText(fullName(a), fullName(b))

export const fullName = ({ metadata }: Route): string => `${metadata.namespace}/${metadata.name}`

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const attaches = (world: World, gateway: Gateway, listener: Listener, route: Route): boolean =>
  route.spec.parentRefs.some(parent => names(parent, route, gateway, listener)) &&
  allowsKind(listener, route) &&
  allowsNamespace(world, gateway, listener, route.metadata.namespace) &&
  namesOn(listener, route).length > 0

/** "Hostnames that do not match the Listener hostname MUST be ignored." */
const namesOn = (listener: Listener, { spec }: Route): (string | undefined)[] =>
  (spec.hostnames ?? [undefined]).filter(name => intersect(listener.hostname, name))

/**
 * GRPCRouteSpec.hostnames: of an HTTPRoute and a GRPCRoute whose host names intersect on a listener "exactly one" is
 * accepted, the older, then the first by name.
 */
const excludes = (listener: Listener, winner: Route, route: Route): boolean =>
  winner.kind !== route.kind &&
  namesOn(listener, winner).some(one => namesOn(listener, route).some(other => intersect(one, other)))

const names = (parent: ParentRef, route: Route, gateway: Gateway, listener: Listener): boolean =>
  parent.name === gateway.metadata.name &&
  (parent.namespace ?? route.metadata.namespace) === gateway.metadata.namespace &&
  (parent.sectionName === undefined || parent.sectionName === listener.name) &&
  (parent.port === undefined || parent.port === listener.port)

/** Absent: "the kinds of Routes allowed … are determined using the Listener protocol". */
const allowsKind = ({ allowedRoutes }: Listener, route: Route): boolean => {
  const kinds = allowedRoutes?.kinds ?? []
  return kinds.length === 0 || kinds.some(({ kind }) => kind === route.kind)
}

const allowsNamespace = (world: World, gateway: Gateway, { allowedRoutes }: Listener, namespace: string): boolean => {
  const { from = 'Same', selector } = allowedRoutes?.namespaces ?? {}
  switch (from) {
    case 'All':
      return true
    case 'Same':
      return namespace === gateway.metadata.namespace
    case 'Selector': {
      const labels = world.namespaces.find(({ metadata }) => metadata.name === namespace)?.metadata.labels ?? {}
      return (
        selector !== undefined && Object.entries(selector.matchLabels).every(([key, value]) => labels[key] === value)
      )
    }
  }
}

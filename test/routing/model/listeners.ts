// Which listener a request belongs to, and which routes are attached to it (GatewaySpec.listeners, ParentReference,
// AllowedRoutes).
import type { Gateway, HTTPRoute, Listener, ParentRef, World } from '../objects.ts'
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

/** Routes that name the listener, that it allows, and that have a host name in common with it. */
export const attachedTo = (world: World, gateway: Gateway, listener: Listener): HTTPRoute[] =>
  world.routes.filter(
    route =>
      route.spec.parentRefs.some(parent => names(parent, route, gateway, listener)) &&
      allowsKind(listener) &&
      allowsNamespace(world, gateway, listener, route.metadata.namespace) &&
      (route.spec.hostnames ?? [undefined]).some(name => intersect(listener.hostname, name)),
  )

const names = (parent: ParentRef, route: HTTPRoute, gateway: Gateway, listener: Listener): boolean =>
  parent.name === gateway.metadata.name &&
  (parent.namespace ?? route.metadata.namespace) === gateway.metadata.namespace &&
  (parent.sectionName === undefined || parent.sectionName === listener.name) &&
  (parent.port === undefined || parent.port === listener.port)

/** Absent: "the kinds of Routes allowed … are determined using the Listener protocol". */
const allowsKind = ({ allowedRoutes }: Listener): boolean => {
  const kinds = allowedRoutes?.kinds ?? []
  return kinds.length === 0 || kinds.some(({ kind }) => kind === 'HTTPRoute')
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

// What is attached to one listener in; its routes by host name out. Where a few routes changed, and have the names they had, only
// these names are looked at.

import type { AttachedRoutes } from './chains.ts'
import { bySpecificity, intersection, isPattern } from './hostnames.ts'
import type { CompiledRoute } from './http-route.ts'
import type { ListenerModel } from './listener.ts'
import { fewDifferences, sameParts } from './memory.ts'

export interface Bucket {
  /** The host names that are served: what its routes' names and its own have in common. */
  served: Set<string>
  /**
   * Routes by each of their own host names: "precedence must be given to rules from the HTTPRoute with the largest number
   * of characters in a matching non-wildcard hostname" (HTTPRouteSpec.hostnames), whatever the listener makes of it.
   */
  routes: Map<string, CompiledRoute[]>
  /** Those of the names that stand for many, most specific first. */
  patterns: string[]
}

/** `isOurs`: whether a host belongs to this listener, and not to another one of its port. */
export const bucketOf = (
  listener: ListenerModel,
  { routes, hosts }: AttachedRoutes,
  isOurs: (host: string) => boolean,
): Bucket => {
  const bucket: Bucket = { served: new Set(), routes: new Map(), patterns: [] }
  for (const [index, route] of routes.entries()) {
    for (const host of hosts[index]!) if (!bucket.served.has(host) && isOurs(host)) bucket.served.add(host)
    for (const name of route.hostnames) {
      const known = bucket.routes.get(name)
      if (known) known.push(route)
      else if (intersection(listener.hostname, name) !== undefined) bucket.routes.set(name, [route])
    }
  }
  bucket.patterns = [...bucket.routes.keys()].filter(isPattern).sort(bySpecificity)
  return bucket
}

/** Brings a bucket up to date: the names whose routes are others now. Undefined, and nothing is done: too much is new. */
export const updateBucket = (bucket: Bucket, before: AttachedRoutes, after: AttachedRoutes): string[] | undefined => {
  const places = sameParts(before.hosts, after.hosts) ? fewDifferences(before.routes, after.routes) : undefined
  if (!places?.every(at => sameParts(before.routes[at]!.hostnames, after.routes[at]!.hostnames))) return undefined
  const names = new Set<string>()
  for (const at of places)
    for (const name of after.routes[at]!.hostnames) {
      const list = bucket.routes.get(name)
      if (!list) continue
      list[list.indexOf(before.routes[at]!)] = after.routes[at]!
      names.add(name)
    }
  return [...names]
}

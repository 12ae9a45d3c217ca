// The routes attached to the listeners of one port in; virtual hosts with their routes in order out. A request belongs
// to the most specific listener that takes its host, and to no other (listener isolation, GatewaySpec.listeners); within
// a listener, what the most specific host name has no rule for falls through to the less specific ones.
import type { Host, Route } from '../ir/ir.ts'
import { bySpecificity, coveringPatterns, covers } from './hostnames.ts'
import type { CompiledRoute, RankedRoute } from './http-route.ts'
import type { ListenerModel } from './listener.ts'
import { createShelf, type Shelf } from './memory.ts'
import { byRank } from './precedence.ts'
import type { Face } from './redirect.ts'

/** What is attached to one listener. */
export interface Bucket {
  /** The host names that are served: what its routes' names and its own have in common. */
  served: Set<string>
  /**
   * Routes by each of their own host names: "precedence must be given to rules from the HTTPRoute with the largest number
   * of characters in a matching non-wildcard hostname" (HTTPRouteSpec.hostnames), whatever the listener makes of it.
   */
  routes: Map<string, CompiledRoute[]>
}

/** What was made for the hosts of one listener. */
interface ListenerShelf {
  own: Shelf<string, readonly RankedRoute[]>
  hosts: Shelf<string, Host>
}

export interface HostShelf {
  of(listener: string): ListenerShelf
  sweep(): void
}

export const createHostShelf = (): HostShelf => {
  const shelves = createShelf<string, ListenerShelf>()
  const used = new Set<ListenerShelf>()
  return {
    of: listener => {
      const shelf = shelves.keep(listener, [], () => ({ own: createShelf(), hosts: createShelf() }))
      used.add(shelf)
      return shelf
    },
    sweep: () => {
      for (const { own, hosts } of used) {
        own.sweep()
        hosts.sweep()
      }
      used.clear()
      shelves.sweep()
    },
  }
}

/** Which of a port's listeners a host belongs to. */
export const ownerFinder = (listeners: readonly ListenerModel[]): ((host: string) => ListenerModel | undefined) => {
  const byHostname = new Map(listeners.map(listener => [listener.hostname, listener]))
  const only = listeners.length === 1 ? listeners[0] : undefined
  if (only) return host => (covers(only.hostname, host) ? only : undefined)
  const known = new Map<string, ListenerModel | undefined>()
  return host => {
    if (known.has(host)) return known.get(host)
    const pattern = coveringPatterns(host).find(candidate => byHostname.has(candidate))
    const owner = pattern === undefined ? undefined : byHostname.get(pattern)
    known.set(host, owner)
    return owner
  }
}

/**
 * `key` names the listener among all. A listener with routes on none of its hosts keeps a host of its own, so that what
 * is its to answer (404) does not go to a less specific one.
 */
export const hostsOf = (listener: ListenerModel, key: string, bucket: Bucket, face: Face, shelf: HostShelf): Host[] => {
  const { own, hosts } = shelf.of(key)
  const ranked = (name: string): readonly RankedRoute[] => {
    const parts = (bucket.routes.get(name) ?? []).map(route => route.on(face))
    return own.keep(name, parts, () => parts.flat().sort((a, b) => byRank(a.rank, b.rank)))
  }
  const names = bucket.served.has(listener.hostname) ? bucket.served : [...bucket.served, listener.hostname]
  const patterns = [...bucket.routes.keys()].filter(name => name.startsWith('*')).sort(bySpecificity)
  return [...names].map(name => {
    const lists = [name, ...coveredBy(name, patterns)].map(ranked)
    return hosts.keep(name, lists, () => ({ name, routes: fallThrough(lists) }))
  })
}

const FEW = 8

/** The patterns that cover a name, but not itself; most specific first, as they are given. */
const coveredBy = (name: string, patterns: readonly string[]): readonly string[] => {
  if (patterns.length <= FEW) return patterns.filter(pattern => pattern !== name && covers(pattern, name))
  const known = new Set(patterns)
  return coveringPatterns(name).filter(pattern => pattern !== name && known.has(pattern))
}

/** What follows a route that takes everything is never reached, and would make 1,000 hosts carry 1,000 routes each. */
const fallThrough = (lists: readonly (readonly RankedRoute[])[]): Route[] => {
  const routes: Route[] = []
  const seen = new Set<string>()
  for (const list of lists)
    for (const { route } of list) {
      if (seen.has(route.id)) continue
      seen.add(route.id)
      routes.push(route)
      if (takesEverything(route)) return routes
    }
  return routes
}

const takesEverything = ({ match }: Route): boolean =>
  match.path.type === 'PathPrefix' &&
  match.path.value === '/' &&
  !match.method &&
  match.headers.length === 0 &&
  match.query.length === 0

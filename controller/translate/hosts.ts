// The routes attached to the listeners of one port in; virtual hosts with their routes in order out. A request belongs
// to the most specific listener that takes its host, and to no other (listener isolation, GatewaySpec.listeners); within
// a listener, what the most specific host name has no rule for falls through to the less specific ones.
import type { Host, Route } from '../ir/ir.ts'
import { type Bucket, bucketOf, updateBucket } from './buckets.ts'
import type { AttachedRoutes } from './chains.ts'
import { coveringPatterns, covers, isPattern } from './hostnames.ts'
import type { RankedRoute } from './http-route.ts'
import type { ListenerModel } from './listener.ts'
import { createShelf, fewDifferences, type Kept, type Shelf, sameParts } from './memory.ts'
import { byRank } from './precedence.ts'
import type { Face } from './redirect.ts'

/** What was made for the hosts of one listener. */
interface ListenerShelf {
  own: Shelf<string, readonly RankedRoute[]>
  hosts: Shelf<string, Host>
  last?: Made
}

interface Made {
  /** All that the hosts follow from, but for the routes. */
  from: readonly unknown[]
  attached: AttachedRoutes
  bucket: Bucket
  hosts: Host[]
}

export interface HostShelf {
  of(listener: string): ListenerShelf
  /** All its hosts have been asked for: what was not is forgotten. */
  asked(shelf: ListenerShelf): void
  sweep(): void
}

export const createHostShelf = (): HostShelf => {
  const shelves = createShelf<string, ListenerShelf>()
  const used = new Set<ListenerShelf>()
  return {
    of: listener => shelves.keep(listener, [], () => ({ own: createShelf(), hosts: createShelf() })),
    asked: shelf => used.add(shelf),
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

/** A listener among those that share its port. */
export interface Place {
  listener: ListenerModel
  /** Names it among all. */
  key: string
  /** All of the port, itself too. */
  listeners: readonly ListenerModel[]
  isOurs(host: string): boolean
  face: Face
}

/**
 * A listener with routes on none of its hosts keeps a host of its own, so that what is its to answer (404) does not go to a
 * less specific one.
 */
export const hostsOf = (place: Place, attached: AttachedRoutes, shelves: HostShelf): Host[] => {
  const { listener, listeners, face } = place
  const shelf = shelves.of(place.key)
  const from = [listener, face.scheme, face.port, ...listeners]
  const last = shelf.last && sameParts(shelf.last.from, from) ? shelf.last : undefined
  if (last?.attached === attached) return last.hosts
  const changed = last && updateBucket(last.bucket, last.attached, attached)
  const bucket = (changed && last?.bucket) ?? bucketOf(listener, attached, place.isOurs)
  const hostOf = createHostMaker(bucket, face, shelf)
  // Below a pattern there may be any other host.
  const isSmall = changed && !changed.some(isPattern)
  const hosts = isSmall ? withChanged(last!.hosts, new Set(changed), hostOf) : namesOf(bucket, listener).map(hostOf)
  if (!isSmall) shelves.asked(shelf)
  shelf.last = { from, attached, bucket, hosts }
  return hosts
}

const namesOf = ({ served }: Bucket, { hostname }: ListenerModel): string[] =>
  served.has(hostname) ? [...served] : [...served, hostname]

const withChanged = (hosts: readonly Host[], changed: ReadonlySet<string>, hostOf: (name: string) => Host): Host[] =>
  hosts.map(host => (changed.has(host.name) ? hostOf(host.name) : host))

const createHostMaker = (bucket: Bucket, face: Face, { own, hosts }: ListenerShelf): ((name: string) => Host) => {
  const ranked = (name: string): readonly RankedRoute[] => {
    const parts = (bucket.routes.get(name) ?? []).map(route => route.on(face))
    return own.keep(name, parts, before => (before && reranked(before, parts)) ?? parts.flat().sort(inOrder))
  }
  return name => {
    const lists = [name, ...coveredBy(name, bucket.patterns)].map(ranked)
    return hosts.keep(name, lists, () => ({ name, routes: fallThrough(lists) }))
  }
}

const inOrder = (a: RankedRoute, b: RankedRoute): number => byRank(a.rank, b.rank)

type Parts = readonly (readonly RankedRoute[])[]

/** Where a few routes of many changed, these are put in their places. Undefined: too much is new. */
const reranked = (before: Kept<readonly RankedRoute[]>, parts: Parts): RankedRoute[] | undefined => {
  const places = fewDifferences(before.parts, parts)
  if (!places) return undefined
  const gone = new Set(places.flatMap(at => (before.parts as Parts)[at]!))
  const kept = before.value.filter(route => !gone.has(route))
  for (const route of places.flatMap(at => parts[at]!)) kept.splice(placeIn(kept, route), 0, route)
  return kept
}

/** Where it belongs among those that are in order. No two are equal: a rank names its route. */
const placeIn = (routes: readonly RankedRoute[], route: RankedRoute): number => {
  let low = 0
  let high = routes.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (inOrder(routes[middle]!, route) < 0) low = middle + 1
    else high = middle
  }
  return low
}

const FEW = 8

/** The patterns that cover a name, but not itself; most specific first, as they are given. */
const coveredBy = (name: string, patterns: readonly string[]): readonly string[] => {
  if (patterns.length <= FEW) return patterns.filter(pattern => pattern !== name && covers(pattern, name))
  const known = new Set(patterns)
  return coveringPatterns(name).filter(pattern => pattern !== name && known.has(pattern))
}

/** What follows a route that takes everything is never reached, and would make 1,000 hosts carry 1,000 routes each. */
const fallThrough = (lists: Parts): Route[] => {
  const [only, ...others] = lists
  if (only && others.length === 0) return untilEverything(only.map(({ route }) => route))
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

const untilEverything = (routes: Route[]): Route[] => {
  const at = routes.findIndex(takesEverything)
  return at < 0 ? routes : routes.slice(0, at + 1)
}

const takesEverything = ({ match }: Route): boolean =>
  match.path.type === 'PathPrefix' &&
  match.path.value === '/' &&
  !match.method &&
  match.headers.length === 0 &&
  match.query.length === 0

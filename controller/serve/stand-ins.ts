// What to send of a resource of which some parts are not to be sent. A resource has its last good form in its place; of a
// RouteConfiguration that goes for each host and each route, as it worked in the RouteConfiguration that it was in. A route that
// never was good answers 500 (as a rule with an invalid filter does); where Envoy does not take its match either, it is left out.
import type { Route, VirtualHost } from '../../envoy/schema/envoy.gen.ts'
import { carried } from './carry.ts'
import { headOf, hostSlot, routesOf, shellOf, slotOf, type Table } from './parts.ts'
import type { Resource } from './resource.ts'
import type { Verdict, Verdicts } from './verdicts.ts'

export interface Memory {
  lastGood(slot: string): Resource | undefined
  /** By its slot, the last good form of a route, where that is all that is known. It depends on no RouteConfiguration. */
  savedRoute(slot: string): Route | undefined
}

/** Undefined: nothing good is known; Envoy keeps what it has. */
export const standIn = (resource: Resource, verdicts: Verdicts, memory: Memory): Resource | undefined => {
  if (verdicts.excludes(headOf(resource))) {
    const good = memory.lastGood(slotOf(resource))
    return good && !verdicts.excludes(headOf(good)) ? good : undefined
  }
  if (resource.type !== 'RouteConfiguration') return resource
  const good = memory.lastGood(slotOf(resource)) as Table | undefined
  return {
    ...resource,
    virtualHosts: resource.virtualHosts.flatMap(host => hostFor(resource, host, good, verdicts, memory)),
  }
}

const hostFor = (
  table: Table,
  host: VirtualHost,
  goodTable: Table | undefined,
  verdicts: Verdicts,
  memory: Memory,
): VirtualHost[] => {
  if (!verdicts.touches(hostSlot(table, host))) return [host]
  const good = goodTable?.virtualHosts.find(({ name }) => name === host.name)
  const said = table.json.typedPerFilterConfig
  const here = (route: Route): Route => carried(route, goodTable?.json.typedPerFilterConfig, said)
  if (verdicts.excludes(shellOf(table, host)))
    return good && !verdicts.excludes(shellOf(table, good)) ? [withRoutes(good, (good.routes ?? []).map(here))] : []
  const goodRoutes = new Map(good ? routesOf(table, good).map(({ slot, json }) => [slot, here(json)]) : [])
  const savedRoute = (slot: string): Route | undefined => {
    const route = memory.savedRoute(slot)
    return route && carried(route, {}, said)
  }
  const routes = routesOf(table, host).flatMap(part => {
    if (!verdicts.excludes(part)) return [part.json]
    return candidates(part.json, verdicts.of(part), goodRoutes.get(part.slot) ?? savedRoute(part.slot))
      .filter(json => !verdicts.excludes({ slot: part.slot, json }))
      .slice(0, 1)
  })
  return [{ ...host, routes }]
}

/** The same object where its routes are. */
const withRoutes = (host: VirtualHost, routes: Route[]): VirtualHost =>
  routes.every((route, at) => route === host.routes?.[at]) ? host : { ...host, routes }

/** The best first. While a route is only under suspicion nothing new takes its place. */
const candidates = (route: Route, verdict: Verdict | undefined, good: Route | undefined): Route[] => [
  ...(good ? [good] : []),
  ...(verdict?.type === 'bad' ? [refusalOf(route)] : []),
]

/** Remembered, so that its bytes are. */
const refusalOf = (route: Route): Route => {
  const known = refusals.get(route)
  if (known) return known
  const refusal: Route = {
    ...(route.name === undefined ? {} : { name: route.name }),
    ...(route.match === undefined ? {} : { match: route.match }),
    directResponse: { status: 500 },
  }
  refusals.set(route, refusal)
  return refusal
}

const refusals = new WeakMap<Route, Route>()

// A resource in, the parts out that Envoy may reject on their own account; and back. Envoy takes a RouteConfiguration
// whole or not at all, but one tenant's route must not hold up the others': its parts are its head, its virtual hosts
// without their routes, and each route. Any other resource is one part.
import { hash } from 'node:crypto'
import type { Route, VirtualHost } from '../../envoy/schema/envoy.gen.ts'
import { withoutKey } from '../../filters/plan/key.ts'
import type { Resource, XdsType } from './resource.ts'

export interface Place {
  type: XdsType
  /** Of the resource. */
  name: string
  virtualHost?: string
  route?: string
}

export interface Part extends Place {
  /** Where it stands: the same for the next version of the same thing. */
  slot: string
  json: object
  of: Resource
}

export type Table = Extract<Resource, { type: 'RouteConfiguration' }>

export const slotOf = ({ type, name }: { type: XdsType; name: string }): string => `${type}/${name}`

export const hostSlot = (table: Table, host: VirtualHost): string => `${slotOf(table)}\n${host.name}`

export const partsOf = (resource: Resource): Part[] =>
  resource.type === 'RouteConfiguration'
    ? [
        headOf(resource),
        ...resource.virtualHosts.flatMap(host => [shellOf(resource, host), ...routesOf(resource, host)]),
      ]
    : [headOf(resource)]

/** All of it but hosts and routes. */
export const headOf = (resource: Resource): Part => {
  const { type, name, json } = resource
  return { type, name, slot: slotOf(resource), json, of: resource }
}

export const shellOf = (table: Table, host: VirtualHost): Part => {
  const { routes: _, ...json } = host
  return { ...placeOf(table, host), slot: hostSlot(table, host), json, of: table }
}

export interface RoutePart extends Part {
  json: Route
}

/** The key of its plan is not part of a route's name here. Routes of one name (the variants of one match) are told apart by their order. */
export const routesOf = (table: Table, host: VirtualHost): RoutePart[] => {
  const seen = new Map<string, number>()
  return (host.routes ?? []).map(json => {
    const route = withoutKey(json.name ?? '')
    const count = seen.get(route) ?? 0
    seen.set(route, count + 1)
    const slot = `${hostSlot(table, host)}\n${route}\n${count}`
    return { ...placeOf(table, host), route, slot, json, of: table }
  })
}

const placeOf = ({ type, name }: Table, host: VirtualHost): Place => ({ type, name, virtualHost: host.name ?? '' })

/** Equal for equal content: what was made by the same code has its keys in the same order. Tells nothing of a secret. */
export const contentOf = ({ json }: { json: object }): string => {
  const known = contents.get(json)
  if (known !== undefined) return known
  const content = hash('sha256', JSON.stringify(json))
  contents.set(json, content)
  return content
}

const contents = new WeakMap<object, string>()

// A resource in, the parts out that Envoy may reject on their own account; and back. Envoy takes a RouteConfiguration
// whole or not at all, but one tenant's route must not hold up the others': its parts are its head, its virtual hosts
// without their routes, and each route. Any other resource is one part.
import { hash } from 'node:crypto'
import type { Route, VirtualHost } from '../../envoy/schema/envoy.gen.ts'
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
}

export type Table = Extract<Resource, { type: 'RouteConfiguration' }>

export const slotOf = ({ type, name }: { type: XdsType; name: string }): string => `${type}/${name}`

export const hostSlot = (table: Table, host: VirtualHost): string => `${slotOf(table)}\n${host.name}`

export const partsOf = (resource: Resource): Part[] => {
  const { type, name } = resource
  const head: Part = { type, name, slot: slotOf(resource), json: resource.json }
  if (resource.type !== 'RouteConfiguration') return [head]
  return [head, ...resource.virtualHosts.flatMap(host => [shellOf(resource, host), ...routesOf(resource, host)])]
}

export const shellOf = (table: Table, host: VirtualHost): Part => {
  const { routes: _, ...json } = host
  return { ...hostPlace(table, host), slot: hostSlot(table, host), json }
}

export interface RoutePart extends Part {
  json: Route
}

/** Routes of one name (the variants of one match) are told apart by their order. */
export const routesOf = (table: Table, host: VirtualHost): RoutePart[] => {
  const seen = new Map<string, number>()
  return (host.routes ?? []).map(json => {
    const route = json.name ?? ''
    const count = seen.get(route) ?? 0
    seen.set(route, count + 1)
    return { ...hostPlace(table, host), route, slot: `${hostSlot(table, host)}\n${route}\n${count}`, json }
  })
}

const hostPlace = ({ type, name }: Table, host: VirtualHost): Place => ({ type, name, virtualHost: host.name ?? '' })

/** Equal for equal content: what was made by the same code has its keys in the same order. Tells nothing of a secret. */
export const contentOf = ({ json }: { json: object }): string => {
  const known = contents.get(json)
  if (known !== undefined) return known
  const content = hash('sha256', JSON.stringify(json))
  contents.set(json, content)
  return content
}

const contents = new WeakMap<object, string>()

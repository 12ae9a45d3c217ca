// The world in, what Envoys are to do and what objects are to say out. Pure and total: equal snapshots and options give
// equal results, whatever a translator has seen before; its memory only spares work, and keeps the identity of all
// that did not change.
//
//   classes ─► gateways, listeners ─► places
//                        │                └─► proxies ◄─ routes: matches, filters, backends
//                        └─► attachments ─────────┘                └─► statuses
import type { ProxyId, Proxy as ProxyIr } from '../ir/ir.ts'
import type { Gateway, HTTPRoute } from '../model/kinds.ts'
import { keyOfObject, type ObjectKey } from '../model/object.ts'
import type { Snapshot } from '../store/snapshot.ts'
import { type Attachment, createAttacher } from './attach.ts'
import type { AttachedRoutes } from './chains.ts'
import { classesOf } from './classes.ts'
import { createGatewayModeller, type GatewayModel } from './gateway.ts'
import { gatewayStatuses, isServed } from './gateway-status.ts'
import { type CompiledRoute, createRouteCompiler, type Verdict } from './http-route.ts'
import type { ListenerModel } from './listener.ts'
import { createStamp } from './memory.ts'
import { ourObjectStatuses } from './our-status.ts'
import { parentsOf } from './parents.ts'
import { type AddressBook, boundPort, type PlacedGateway, type Placement, place } from './placement.ts'
import { createProxyShelf, proxyOf } from './proxies.ts'
import { routeStatus, type UnresolvedParents } from './route-status.ts'
import type { ObjectStatus } from './status.ts'
import { type CertificateInspector, listed, type Preflight, type Rejections, worldOf } from './world.ts'

export interface Options {
  controllerName: string
  /** A class that exists where the snapshot holds no GatewayClass. */
  implicitClass?: string
  placement: Placement
  unresolvedParents: UnresolvedParents
  /** The newest generation of each Gateway and ListenerSet that all its Envoys acknowledged. */
  acknowledged: ReadonlyMap<ObjectKey, number>
  rejections: Rejections
  preflight: Preflight
  inspectCertificate: CertificateInspector
  /** Milliseconds since 1970. */
  now: number
}

export interface Translation {
  /** Ordered by id. */
  proxies: ProxyIr[]
  /** Ordered by kind (GatewayClass, Gateway and its ListenerSets, routes, ours), then namespace and name. */
  statuses: ObjectStatus[]
  /** To be passed in with the next translation: what Gateways were given. */
  book: AddressBook
  /** What a proxy carries of each Gateway and ListenerSet: `acknowledged`, once its Envoys have it. */
  generations: ReadonlyMap<ProxyId, ReadonlyMap<ObjectKey, number>>
}

export type Translate = (snapshot: Snapshot, options: Options) => Translation

/** Without memory. */
export const translate: Translate = (snapshot, options) => createTranslator()(snapshot, options)

export const createTranslator = (): Translate => {
  const modelOf = createGatewayModeller()
  const compile = createRouteCompiler(world => world.ruleStamp)
  const attach = createAttacher()
  const shelf = createProxyShelf()
  const ruleStamp = createStamp()
  const parentStamp = createStamp()
  const statusMemory = new WeakMap<HTTPRoute, KnownStatus>()

  return (snapshot, options) => {
    const offset = options.placement.portOffset
    const world = worldOf(snapshot, { ...options, boundPort: port => boundPort(port, offset) }, ruleStamp)
    const classes = classesOf(snapshot.list('GatewayClass'), options.controllerName, options.implicitClass)
    const models = snapshot
      .list('Gateway')
      .filter(gateway => classes.accepted.has(gateway.spec.gatewayClassName))
      .map(gateway => modelOf(gateway, world))
    const places = placesOf(models, options)
    const foreign = (['Gateway', 'ListenerSet', 'Namespace'] as const).map(kind => listed(snapshot, kind))
    const parents = parentsOf(models, world, parentStamp([...models, ...foreign]))
    const routes = snapshot.list('HTTPRoute').map(route => ({
      route,
      compiled: compile(route, world),
      attachments: attach(route, parents),
    }))
    const attached = attachedTo(routes)
    const proxies = proxiesOf(models, places.placed, options.placement).map(({ id, members }) =>
      proxyOf(id, members, listener => attached.get(listener) ?? NOTHING, world, shelf),
    )
    shelf.sweep()
    return {
      proxies,
      statuses: [
        ...classes.statuses,
        ...models.flatMap(model => {
          const placed = places.placed.get(model.gateway)
          return gatewayStatuses(model, {
            ...(placed ? { placed } : {}),
            attached: listener => attached.get(listener)?.accepted ?? 0,
            acknowledged: options.acknowledged,
          })
        }),
        ...routeStatuses(routes, options, statusMemory),
        ...ourObjectStatuses(snapshot),
      ],
      book: places.book,
      generations: generationsOf(models, places.placed),
    }
  }
}

interface TranslatedRoute {
  route: HTTPRoute
  compiled: CompiledRoute
  attachments: Attachment[]
}

const placesOf = (models: readonly GatewayModel[], { placement }: Options) =>
  place(
    models
      .filter(model => !model.fault)
      .map(model => ({
        gateway: model.gateway,
        boundPorts: new Set(servedPorts(model).map(port => boundPort(port, placement.portOffset))),
      })),
    placement,
  )

const servedPorts = (model: GatewayModel): number[] =>
  [...model.listeners, ...model.sets.flatMap(set => set.listeners)]
    .filter(listener => !listener.fault)
    .map(listener => listener.port)

/** A shared proxy exists without Gateways, too: its Envoy runs and waits. */
const proxiesOf = (
  models: readonly GatewayModel[],
  placed: ReadonlyMap<Gateway, PlacedGateway>,
  placement: Placement,
) => {
  const members = models.flatMap(model => {
    const place = placed.get(model.gateway)
    return place && isServed(model) ? [{ model, placed: place }] : []
  })
  if (placement.type === 'Shared') return [{ id: placement.proxy, members }]
  return [...placed.values()].map(({ proxy: id }) => ({ id, members: members.filter(m => m.placed.proxy === id) }))
}

const NOTHING: AttachedRoutes = { routes: [], hosts: [] }

/** What each listener got: all routes in their order, and how many of them are accepted. */
const attachedTo = (routes: readonly TranslatedRoute[]) => {
  const found = new Map<ListenerModel, AttachedRoutes & { accepted: number }>()
  for (const { compiled, attachments } of routes)
    for (const { listeners } of attachments)
      for (const { listener, hosts } of listeners) {
        let entry = found.get(listener)
        if (!entry) {
          entry = { routes: [], hosts: [], accepted: 0 }
          found.set(listener, entry)
        }
        // Two parentRefs may lead to one listener.
        if (entry.routes.at(-1) === compiled) continue
        entry.routes.push(compiled)
        entry.hosts.push(hosts)
        if (compiled.verdict.accepted.status === 'True') entry.accepted++
      }
  return found
}

interface KnownStatus {
  verdict: Verdict
  attachments: readonly Attachment[]
  controllerName: string
  unresolvedParents: UnresolvedParents
  status: ObjectStatus | undefined
}

/** The same object as long as nothing about it changed, so that a writer can pass it over. */
const routeStatuses = (
  routes: readonly TranslatedRoute[],
  { controllerName, unresolvedParents }: Options,
  memory: WeakMap<HTTPRoute, KnownStatus>,
): ObjectStatus[] => {
  const statuses: ObjectStatus[] = []
  for (const { route, compiled, attachments } of routes) {
    const { verdict } = compiled
    let known = memory.get(route)
    if (
      known?.verdict !== verdict ||
      known.attachments !== attachments ||
      known.controllerName !== controllerName ||
      known.unresolvedParents !== unresolvedParents
    ) {
      const status = routeStatus(route, verdict, attachments, controllerName, unresolvedParents)
      known = { verdict, attachments, controllerName, unresolvedParents, status }
      memory.set(route, known)
    }
    if (known.status) statuses.push(known.status)
  }
  return statuses
}

const generationsOf = (models: readonly GatewayModel[], placed: ReadonlyMap<Gateway, PlacedGateway>) => {
  const found = new Map<ProxyId, Map<ObjectKey, number>>()
  for (const model of models) {
    const proxy = placed.get(model.gateway)?.proxy
    if (proxy === undefined) continue
    const generations = found.get(proxy) ?? new Map<ObjectKey, number>()
    found.set(proxy, generations)
    for (const object of [model.gateway, ...model.sets.map(({ set }) => set)])
      generations.set(keyOfObject(object), object.metadata.generation ?? 0)
  }
  return found
}

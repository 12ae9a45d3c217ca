// The world in, what Envoys are to do and what objects are to say out. Pure and total: equal snapshots and options give
// equal results, whatever a translator has seen before; its memory only spares work, and keeps the identity of all
// that did not change.
//
//   classes ─► gateways, listeners ─► places
//                        │                └─► proxies ◄─ routes: matches, filters, backends
//                        └─► attachments ─────────┘                └─► statuses
import type { KeyPair, ProxyId, Proxy as ProxyIr, SecretId } from '../ir/ir.ts'
import type { Gateway } from '../model/kinds.ts'
import { keyOfObject, type ObjectKey } from '../model/object.ts'
import type { Channel } from '../model/schemas.ts'
import type { Snapshot } from '../store/snapshot.ts'
import { variantIn } from './backend-refs.ts'
import { type Ancestor, createBackendTls } from './backend-tls.ts'
import { classesOf } from './classes.ts'
import { allListeners, createGatewayModeller, type GatewayModel } from './gateway.ts'
import { gatewayStatuses, isServed } from './gateway-status.ts'
import { createLatest, createStamp } from './memory.ts'
import { ourObjectStatuses } from './our-status.ts'
import { parentsOf } from './parents.ts'
import { type AddressBook, boundPort, type PlacedGateway, type Placement, place } from './placement.ts'
import { createProxyShelf, listenerIds, portsIn, proxyOf } from './proxies.ts'
import type { UnresolvedParents } from './route-status.ts'
import { backendsOn, createRoutes, type Routes } from './routes.ts'
import type { ObjectStatus } from './status.ts'
import {
  type CertificateInspector,
  type KeyPairs,
  listed,
  type Preflight,
  type RefusedListeners,
  type RefusedSecrets,
  type Rejections,
  type TrustInspector,
  worldOf,
} from './world.ts'

export interface Options {
  controllerName: string
  /** A class that exists where the snapshot holds no GatewayClass. */
  implicitClass?: string
  /** What the installed CRDs of the Gateway API say of themselves. Default: all are of the version that we know. */
  bundleVersions?: readonly string[]
  /** Of these CRDs. Default: experimental. */
  channel?: Channel
  placement: Placement
  unresolvedParents: UnresolvedParents
  /** The newest generation of each Gateway and ListenerSet that all its Envoys acknowledged. */
  acknowledged: ReadonlyMap<ObjectKey, number>
  rejections: Rejections
  /** Default: none. */
  refusedListeners?: RefusedListeners
  /** Default: none. */
  refusedSecrets?: RefusedSecrets
  /** What the last translation left: a Secret that is bad now serves on as it was. Default: none. */
  goodKeyPairs?: KeyPairs
  preflight: Preflight
  inspectCertificate: CertificateInspector
  /** Default: all are good. */
  inspectTrust?: TrustInspector
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
  /** To be passed in with the next translation, too: the key pairs that are served. */
  goodKeyPairs: KeyPairs
  /** What a proxy carries of each Gateway and ListenerSet: `acknowledged`, once its Envoys have it. */
  generations: ReadonlyMap<ProxyId, ReadonlyMap<ObjectKey, number>>
}

export type Translate = (snapshot: Snapshot, options: Options) => Translation

/** Without memory. */
export const translate: Translate = (snapshot, options) => createTranslator()(snapshot, options)

export const createTranslator = (): Translate => {
  const modelOf = createGatewayModeller()
  const routesOf = createRoutes()
  const shelf = createProxyShelf()
  const latestProxies = createLatest<ProxyIr[]>()
  const ruleStamp = createStamp()
  const parentStamp = createStamp()
  const backendTls = createBackendTls()

  return (snapshot, options) => {
    const offset = options.placement.portOffset
    const world = worldOf(snapshot, { ...options, boundPort: port => boundPort(port, offset) }, ruleStamp)
    const classes = classesOf(snapshot.list('GatewayClass'), options)
    const models = snapshot
      .list('Gateway')
      .filter(gateway => classes.accepted.has(gateway.spec.gatewayClassName))
      .map(gateway => modelOf(gateway, world))
    const places = placesOf(models, options)
    const foreign = (['Gateway', 'ListenerSet', 'Namespace'] as const).map(kind => listed(snapshot, kind))
    const parents = parentsOf(models, world, parentStamp([...models, ...foreign]))
    const routes = routesOf(snapshot, world, parents)
    const policies = backendTls(world)
    const members = proxiesOf(models, places.placed, options.placement)
    const parts = members.flatMap(({ id, members }) => [id, ...members.flatMap(partsOf)])
    const proxies = latestProxies([snapshot, routes, policies, offset, ...parts], () => {
      const made = members.map(({ id, members }) => proxyOf(id, members, routes.attached, policies, world, shelf))
      shelf.sweep()
      return made
    })
    return {
      proxies,
      statuses: [
        ...classes.statuses,
        ...models.flatMap(model => {
          const placed = places.placed.get(model.gateway)
          return gatewayStatuses(model, {
            ...(placed ? { placed } : {}),
            attached: routes.acceptedOn,
            acknowledged: options.acknowledged,
            refused: refusedPorts(model, placed, options.refusedListeners),
          })
        }),
        ...routes.statuses(options.controllerName, options.unresolvedParents),
        ...policies.statuses(options.controllerName, usersOf(models, routes)),
        ...ourObjectStatuses(snapshot),
      ],
      book: places.book,
      goodKeyPairs: goodKeyPairsOf(models, options),
      generations: generationsOf(models, places.placed),
    }
  }
}

/** Which Gateways send requests to a Service. Looked up only where a policy asks. */
const usersOf = (models: readonly GatewayModel[], routes: Routes) => {
  let users: Map<string, Set<Gateway>> | undefined
  const found = () => {
    const map = new Map<string, Set<Gateway>>()
    for (const model of models)
      for (const listener of allListeners(model))
        for (const id of backendsOn(listener, routes.attached(listener))) {
          // TLS that is passed on is none of a policy's.
          if (variantIn(id) === 'raw') continue
          const service = id.split('/').slice(1, 3).join('/')
          map.set(service, (map.get(service) ?? new Set()).add(model.gateway))
        }
    return map
  }
  return (namespace: string, service: string): Ancestor[] => {
    users ??= found()
    return Array.from(users.get(`${namespace}/${service}`) ?? [], ({ metadata }) => ({
      namespace: metadata.namespace,
      name: metadata.name,
    }))
  }
}

const placesOf = (models: readonly GatewayModel[], { placement }: Options) =>
  place(
    models
      .filter(model => !model.fault)
      .map(model => ({
        gateway: model.gateway,
        boundPorts: new Set(accepted(model).map(({ port }) => boundPort(port, placement.portOffset))),
      })),
    placement,
  )

/** Of all that is referred to. What Envoy refused has not become good by being wanted. */
const goodKeyPairsOf = (models: readonly GatewayModel[], { goodKeyPairs, refusedSecrets }: Options): KeyPairs => {
  const found = new Map<SecretId, KeyPair>()
  for (const model of models)
    for (const secret of [...allListeners(model).flatMap(({ secrets }) => secrets), model.client?.value]) {
      if (secret?.type !== 'KeyPair') continue
      const good = refusedSecrets?.has(secret.id) ? goodKeyPairs?.get(secret.id) : secret
      if (good) found.set(secret.id, good)
    }
  return found
}

const accepted = (model: GatewayModel) => allListeners(model).filter(listener => !listener.fault)

/** The ports of a Gateway that Envoy could not set up on one of its addresses, with its words. */
const refusedPorts = (model: GatewayModel, placed: PlacedGateway | undefined, refused?: RefusedListeners) => {
  const found = new Map<number, string>()
  if (placed && refused?.size)
    for (const port of portsIn(accepted(model)))
      for (const id of listenerIds(model.gateway, port, placed)) {
        const message = refused.get(id)
        if (message !== undefined) found.set(port.number, message)
      }
  return found
}

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

/** All that a proxy takes from where its Gateways are. */
const partsOf = ({ model, placed }: { model: GatewayModel; placed: PlacedGateway }) => [
  model,
  placed.bound.length,
  ...placed.bound,
]

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

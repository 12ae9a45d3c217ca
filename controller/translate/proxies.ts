// Placed Gateways and the routes attached to their listeners in; one IR proxy per Envoy out. Here everything comes
// together and gets its final order.
import type { Backend, BackendId, KeyPair, Listener, ProxyId, Proxy as ProxyIr, Secret } from '../ir/ir.ts'
import type { Gateway } from '../model/kinds.ts'
import type { BackendTlsPolicies } from './backend-tls.ts'
import { type BackendsFrom, createBackends, type Upstream } from './backends.ts'
import { type AttachedRoutes, type ChainShelf, chainsOf, createChainShelf } from './chains.ts'
import { transportOf } from './conflicts.ts'
import { allListeners, type GatewayModel } from './gateway.ts'
import { createHostShelf, type HostShelf } from './hosts.ts'
import { type ListenerModel, serves } from './listener.ts'
import { createShelf, type Shelf } from './memory.ts'
import type { PlacedGateway } from './placement.ts'
import { backendsIn } from './stream-route.ts'
import type { World } from './world.ts'

export interface ProxyShelf {
  chains: ChainShelf
  hosts: HostShelf
  /** Of each proxy. */
  backends(id: ProxyId): BackendsFrom
  listeners: Shelf<string, Listener>
  order: Shelf<ProxyId, BackendId[]>
  proxies: Shelf<ProxyId, ProxyIr>
  sweep(): void
}

export const createProxyShelf = (): ProxyShelf => {
  const shelves = {
    chains: createChainShelf(),
    hosts: createHostShelf(),
    listeners: createShelf<string, Listener>(),
    order: createShelf<ProxyId, BackendId[]>(),
    proxies: createShelf<ProxyId, ProxyIr>(),
    backendsOf: createShelf<ProxyId, BackendsFrom>(),
  }
  const sweep = () => {
    for (const shelf of Object.values(shelves)) shelf.sweep()
  }
  return { ...shelves, backends: id => shelves.backendsOf.keep(id, [], createBackends), sweep }
}

export type AttachedTo = (listener: ListenerModel) => AttachedRoutes

/** `models` are accepted, have a place on this proxy, and are ordered by `namespace/name`. */
export const proxyOf = (
  id: ProxyId,
  models: readonly { model: GatewayModel; placed: PlacedGateway }[],
  attached: AttachedTo,
  policies: BackendTlsPolicies,
  world: World,
  shelf: ProxyShelf,
): ProxyIr => {
  const listeners: Listener[] = []
  const secrets = new Map<string, Secret>()
  const needed = new Set<BackendId>()
  for (const { model, placed } of models) {
    const serving = allListeners(model).filter(serves)
    for (const listener of serving) {
      for (const secret of listener.secrets) secrets.set(secret.id, secret)
      for (const backend of attached(listener).backends) needed.add(backend)
    }
    const ports = portsOf(model, placed, serving, attached, world, shelf)
    for (const { chains } of ports)
      for (const chain of chains)
        if (chain.type === 'Stream') for (const backend of backendsIn(chain.to)) needed.add(backend)
    listeners.push(...ports)
  }
  const client = clientOf(models.map(({ model }) => model))
  const backends = backendsOf(id, needed, { policies, clientCertificate: client?.id }, world, shelf)
  if (client && backends.some(({ tls }) => tls?.clientCertificate)) secrets.set(client.id, client)
  for (const { tls } of backends) {
    const bundle = tls && tls.trust !== 'System' ? policies.bundles.get(tls.trust.secret) : undefined
    if (bundle) secrets.set(bundle.id, bundle)
  }
  listeners.sort(byId)
  const sortedSecrets = [...secrets.values()].sort(byId)
  // What did not change is the same object: a server that is given it has nothing to do.
  return shelf.proxies.keep(id, [...listeners, backends, ...sortedSecrets], () => ({
    id,
    listeners,
    backends,
    secrets: sortedSecrets,
  }))
}

/** Several Gateways of one Envoy share its backends: none of them shows the certificate of another. */
const clientOf = (models: readonly GatewayModel[]): KeyPair | undefined => {
  const [first, ...others] = models.map(model => model.client?.value)
  return others.every(other => other?.id === first?.id) ? first : undefined
}

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1)

export interface Port {
  number: number
  transport: 'TCP' | 'UDP'
}

/** The ports of listeners, each once. */
export const portsIn = (listeners: readonly ListenerModel[]): Port[] => {
  return [...new Map(listeners.map(portOf).map(port => [nameOf(port), port])).values()]
}

const nameOf = ({ number, transport }: Port): string => (transport === 'UDP' ? `${number}/udp` : `${number}`)

/** Of the listeners of one port, one for each address. */
export const listenerIds = (
  { metadata: { namespace, name } }: Pick<Gateway, 'metadata'>,
  port: Port,
  { bound }: PlacedGateway,
): string[] => bound.map((_, index) => `${namespace}/${name}/${nameOf(port)}${index === 0 ? '' : `/${index + 1}`}`)

const portOf = (listener: ListenerModel): Port => ({ number: listener.port, transport: transportOf(listener) })

const portsOf = (
  { gateway: { metadata } }: GatewayModel,
  placed: PlacedGateway,
  serving: readonly ListenerModel[],
  attached: AttachedTo,
  world: World,
  shelf: ProxyShelf,
): Listener[] => {
  const gateway = `${metadata.namespace}/${metadata.name}`
  return portsIn(serving).flatMap(port => {
    const listeners = serving.filter(listener => nameOf(portOf(listener)) === nameOf(port))
    const chains = chainsOf(gateway, port.number, listeners, attached, shelf.hosts, shelf.chains)
    const ids = listenerIds({ metadata }, port, placed)
    return placed.bound.map((address, index) => {
      const id = ids[index]!
      const boundPort = world.boundPort(port.number)
      return shelf.listeners.keep(id, [address, boundPort, ...chains], () => ({
        id,
        address,
        port: port.number,
        boundPort,
        transport: port.transport,
        gateway,
        chains,
      }))
    })
  })
}

const backendsOf = (
  id: ProxyId,
  needed: ReadonlySet<BackendId>,
  upstream: Upstream,
  world: World,
  shelf: ProxyShelf,
): Backend[] => {
  const parts = [...needed]
  const order = shelf.order.keep(id, parts, () => [...parts].sort())
  return shelf.backends(id)(order, world, upstream)
}

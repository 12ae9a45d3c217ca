// Placed Gateways and the routes attached to their listeners in; one IR proxy per Envoy out. Here everything comes
// together and gets its final order.
import type { Backend, BackendId, Listener, ProxyId, Proxy as ProxyIr, Secret } from '../ir/ir.ts'
import { type BackendsFrom, createBackends } from './backends.ts'
import { type AttachedRoutes, type ChainShelf, chainsOf, createChainShelf } from './chains.ts'
import { allListeners, type GatewayModel } from './gateway.ts'
import { createHostShelf, type HostShelf } from './hosts.ts'
import { type ListenerModel, serves } from './listener.ts'
import { createShelf, type Shelf } from './memory.ts'
import type { PlacedGateway } from './placement.ts'
import type { World } from './world.ts'

export interface ProxyShelf {
  chains: ChainShelf
  hosts: HostShelf
  /** Of each proxy. */
  backends(id: ProxyId): BackendsFrom
  listeners: Shelf<string, Listener>
  order: Shelf<ProxyId, BackendId[]>
  sweep(): void
}

export const createProxyShelf = (): ProxyShelf => {
  const shelves = {
    chains: createChainShelf(),
    hosts: createHostShelf(),
    listeners: createShelf<string, Listener>(),
    order: createShelf<ProxyId, BackendId[]>(),
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
      for (const route of attached(listener).routes) for (const backend of route.backends) needed.add(backend)
    }
    listeners.push(...portsOf(model, placed, serving, attached, world, shelf))
  }
  return {
    id,
    listeners: listeners.sort(byId),
    backends: backendsOf(id, needed, world, shelf),
    secrets: [...secrets.values()].sort(byId),
  }
}

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1)

const portsOf = (
  { gateway: { metadata } }: GatewayModel,
  placed: PlacedGateway,
  serving: readonly ListenerModel[],
  attached: AttachedTo,
  world: World,
  shelf: ProxyShelf,
): Listener[] => {
  const gateway = `${metadata.namespace}/${metadata.name}`
  const ports = Map.groupBy(serving, listener => listener.port)
  return [...ports].flatMap(([port, listeners]) => {
    const chains = chainsOf(gateway, port, listeners, attached, shelf.hosts, shelf.chains)
    return placed.bound.map((address, index) => {
      const id = index === 0 ? `${gateway}/${port}` : `${gateway}/${port}/${index + 1}`
      const boundPort = world.boundPort(port)
      return shelf.listeners.keep(id, [address, boundPort, ...chains], () => ({
        id,
        address,
        port,
        boundPort,
        transport: 'TCP',
        gateway,
        chains,
      }))
    })
  })
}

const backendsOf = (id: ProxyId, needed: ReadonlySet<BackendId>, world: World, shelf: ProxyShelf): Backend[] => {
  const parts = [...needed]
  const order = shelf.order.keep(id, parts, () => [...parts].sort())
  return shelf.backends(id)(order, world)
}

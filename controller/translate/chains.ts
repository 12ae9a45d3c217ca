// The serving listeners of one Gateway and what is attached to them in; its ports as chains of hosts out. Plain HTTP is
// one chain a port; HTTPS is one a listener, chosen by the client's server name, which answers 421 to hosts of others;
// what is no HTTP is told in streams.ts.
import type { BackendId, Chain, Host, HttpChain, Origin, Route } from '../ir/ir.ts'
import { ANY, bySpecificity } from './hostnames.ts'
import { type HostShelf, hostsOf, ownerFinder } from './hosts.ts'
import type { CompiledRoute } from './http-route.ts'
import type { ListenerModel } from './listener.ts'
import { createShelf, type Shelf } from './memory.ts'
import type { Face } from './redirect.ts'
import { type AttachedStream, createStreamShelf, type StreamShelf, streamChain, tlsChains } from './streams.ts'

/** What is attached to one listener: `hosts[i]` are the names that `routes[i]` serves there. */
export interface AttachedRoutes {
  routes: CompiledRoute[]
  hosts: (readonly string[])[]
  streams: AttachedStream[]
  /** All that `routes` send requests or copies to, each once. */
  backends: readonly BackendId[]
}

export interface ChainShelf {
  chains: Shelf<string, HttpChain>
  /** Which host of a chain comes first, which second. */
  orders: Shelf<string, readonly number[]>
  misdirected: Shelf<string, Host>
  streams: StreamShelf
  sweep(): void
}

export const createChainShelf = (): ChainShelf => {
  const chains = createShelf<string, HttpChain>()
  const orders = createShelf<string, readonly number[]>()
  const misdirected = createShelf<string, Host>()
  const streams = createStreamShelf()
  return {
    chains,
    orders,
    misdirected,
    streams,
    sweep: () => {
      chains.sweep()
      misdirected.sweep()
      streams.sweep()
    },
  }
}

/** `listeners` share one port of one transport, and are told apart by their hostnames. */
export const chainsOf = (
  gateway: string,
  port: number,
  listeners: readonly ListenerModel[],
  attached: (listener: ListenerModel) => AttachedRoutes,
  hostShelf: HostShelf,
  shelf: ChainShelf,
): Chain[] => {
  const id = `${gateway}/${port}`
  const [first] = listeners
  if (first?.protocol === 'TCP') return [streamChain(id, first, attached(first).streams, shelf.streams)]
  if (first?.protocol === 'UDP') return [streamChain(`${id}/udp`, first, attached(first).streams, shelf.streams)]
  const owner = ownerFinder(listeners)
  const isTls = first?.protocol !== 'HTTP'
  const face: Face = { scheme: isTls ? 'https' : 'http', port }
  const hostsFor = (listener: ListenerModel, key: string): Host[] => {
    const isOurs = (host: string): boolean => owner(host) === listener
    return hostsOf({ listener, key, listeners, isOurs, face }, attached(listener), hostShelf)
  }
  if (!isTls) {
    const hosts = listeners.flatMap(listener => hostsFor(listener, idOf(id, gateway, listener)))
    return [chain(id, [], undefined, hosts, shelf)]
  }
  const chains = listeners.flatMap((listener): Chain[] => {
    const name = idOf(id, gateway, listener)
    const others = listeners.filter(other => other !== listener)
    if (listener.protocol === 'TLS') {
      const { streams } = attached(listener)
      return tlsChains({ id: name, listener, others, isOurs: host => owner(host) === listener }, streams, shelf.streams)
    }
    const elsewhere = others.map(other => misdirected(other, `${id} ${other.hostname}`, shelf))
    const serverNames = listener.hostname === ANY ? [] : [listener.hostname]
    return [chain(name, serverNames, listener, [...hostsFor(listener, name), ...elsewhere], shelf)]
  })
  return chains.sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** A Gateway and its ListenerSets may use one name twice. */
const idOf = (id: string, gateway: string, { owner, name }: ListenerModel): string =>
  owner.kind === 'Gateway' && gateway === `${owner.namespace}/${owner.name}`
    ? `${id}/${name}`
    : `${id}/${owner.kind}/${owner.namespace}/${owner.name}/${name}`

const chain = (
  id: string,
  serverNames: string[],
  listener: ListenerModel | undefined,
  hosts: Host[],
  shelf: ChainShelf,
): HttpChain =>
  shelf.chains.keep(id, [listener?.tls, serverNames[0], ...hosts], () => ({
    type: 'HTTP',
    id,
    serverNames,
    ...(listener?.tls ? { tls: listener.tls } : {}),
    hosts: sorted(id, hosts, shelf),
  }))

/** The order of names holds while names come and go as they did: 10,000 are sorted once, not with each change of a route. */
const sorted = (id: string, hosts: readonly Host[], { orders }: ChainShelf): Host[] => {
  const names = hosts.map(({ name }) => name)
  const order = orders.keep(id, names, () => [...names.keys()].sort((a, b) => bySpecificity(names[a]!, names[b]!)))
  return order.map(at => hosts[at]!)
}

/** "If another Listener has an exact match or more specific wildcard entry, the Gateway SHOULD return a 421." */
const misdirected = (listener: ListenerModel, key: string, shelf: ChainShelf): Host =>
  shelf.misdirected.keep(key, [listener.owner.name, listener.owner.namespace, listener.name], () => {
    const { kind, namespace, name } = listener.owner
    const origin: Origin = { kind, namespace, name }
    const route: Route = {
      id: `${kind}/${namespace}/${name}/misdirected`,
      match: { path: { type: 'PathPrefix', value: '/' }, headers: [], query: [] },
      act: { type: 'Respond', status: 421 },
      origin,
    }
    return { name: listener.hostname, routes: [route] }
  })

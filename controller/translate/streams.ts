// Routes that pass bytes on (TLSRoute, TCPRoute, UDPRoute), attached to the listeners of a port, in; chains out. A chain
// has one route: "only the oldest route is bound to the listener", the others wait in its shadow (GEP-713 on conflicts).
import type { Origin, StreamChain, Target } from '../ir/ir.ts'
import { covers } from './hostnames.ts'
import type { ListenerModel } from './listener.ts'
import { createShelf, type Shelf } from './memory.ts'
import type { CompiledStream } from './stream-route.ts'

export interface AttachedStream {
  stream: CompiledStream
  hosts: readonly string[]
}

export type StreamShelf = Shelf<string, StreamChain>

export const createStreamShelf = (): StreamShelf => createShelf()

/** TCP and UDP: all of a port. */
export const streamChain = (
  id: string,
  listener: ListenerModel,
  attached: readonly AttachedStream[],
  shelf: StreamShelf,
): StreamChain => chainOf(id, [], listener, attached.toSorted(byAge)[0]?.stream, shelf)

export interface TlsListener {
  id: string
  listener: ListenerModel
  /** Of the same port. */
  others: readonly ListenerModel[]
  /** Whether a host belongs to this listener, and not to a more specific one. */
  isOurs(host: string): boolean
}

/** TLS: one chain for each server name that a route takes. Envoy chooses the most specific. */
export const tlsChains = (
  { id, listener, others, isOurs }: TlsListener,
  attached: readonly AttachedStream[],
  shelf: StreamShelf,
): StreamChain[] => {
  const owners = new Map<string, CompiledStream>()
  for (const { stream, hosts } of attached.toSorted(byAge))
    for (const host of hosts) if (!owners.has(host) && isOurs(host)) owners.set(host, stream)
  const chains = [...owners].map(([host, stream]) => chainOf(`${id}/${host}`, [host], listener, stream, shelf))
  // What no route of this listener takes must not fall to a less specific one; and a port takes at least one chain.
  const isCovered = others.some(other => covers(other.hostname, listener.hostname))
  if (!owners.has(listener.hostname) && (isCovered || chains.length === 0))
    chains.push(chainOf(id, [listener.hostname], listener, undefined, shelf))
  return chains
}

const CLOSED: Target[] = []

const chainOf = (
  id: string,
  hosts: string[],
  listener: ListenerModel,
  stream: CompiledStream | undefined,
  shelf: StreamShelf,
): StreamChain => {
  const { kind, namespace, name } = listener.owner
  const to = stream ? stream.to(listener.mode) : CLOSED
  return shelf.keep(id, [listener.tls, to, stream, kind, namespace, name], () => {
    const origin: Origin = stream?.origin ?? { kind, namespace, name }
    return {
      type: 'Stream',
      id,
      serverNames: hosts.filter(host => host !== '*'),
      ...(listener.tls ? { tls: listener.tls } : {}),
      to,
      origin,
    }
  })
}

const byAge = (a: AttachedStream, b: AttachedStream): number => (a.stream.age < b.stream.age ? -1 : 1)

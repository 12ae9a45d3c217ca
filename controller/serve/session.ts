// One stream of one Envoy: what it asks for, has, was sent and answered. Requests flow in, responses out; what to send is
// decided in `next.ts`.
import type { DeltaDiscoveryRequest } from '../../envoy/schema/envoy.gen.ts'
import { ABSENT, isSettled, next, type Send, type Subscription, UNKNOWN } from './next.ts'
import { type XdsType, xdsTypes } from './resource.ts'
import type { Sendable, Snapshot } from './snapshot.ts'
import { type DeltaResponse, reasonOf, typeOfUrl } from './wire.ts'

export type Heard =
  /** The first of its type on this stream: what Envoy has from earlier ones is known now. */
  | { type: 'begin'; xds: XdsType }
  | { type: 'subscription' }
  | { type: 'ack'; xds: XdsType; entries: readonly Sendable[] }
  | { type: 'nack'; xds: XdsType; entries: readonly Sendable[]; message: string }

export interface Session {
  receive(request: DeltaDiscoveryRequest): Heard
  /** Sends what may be sent now. */
  pump(snapshot: Snapshot): void
  /** Nothing is under way and nothing is due. */
  isIdle(snapshot: Snapshot): boolean
  /** Idle, and Envoy has all that is wanted and referred to. */
  isSettled(snapshot: Snapshot): boolean
  versionOf(type: XdsType, name: string): string | undefined
  end(): void
}

export interface SessionOptions {
  send(response: DeltaResponse): void
  /** Its clusters have not become warm for `patienceMs`: the others wait for them no longer. */
  onOverdue(): void
  patienceMs: number
}

interface Flight {
  nonce: string
  overdue: boolean
  entries: readonly Sendable[]
  timer: NodeJS.Timeout | undefined
}

interface State extends Subscription {
  names: Set<string>
  has: Map<string, string>
  inFlight: Flight[]
}

/** Without names to begin with, these are subscribed to as a whole (xDS protocol, "How the client specifies what resources to return"). */
const wildcardTypes: ReadonlySet<XdsType> = new Set(['Cluster', 'Listener'])

export const createSession = ({ send, onOverdue, patienceMs }: SessionOptions): Session => {
  const states = new Map<XdsType, State>()
  /** Endpoints of clusters that were sent before Envoy told on this stream which endpoints it has. */
  const owed = new Set<string>()
  let nonces = 0

  const begin = (type: XdsType, request: DeltaDiscoveryRequest): State => {
    const asked = request.resourceNamesSubscribe ?? []
    const wildcard = asked.includes('*') || (asked.length === 0 && wildcardTypes.has(type))
    const has = new Map(Object.entries(request.initialResourceVersions ?? {}))
    if (type === 'ClusterLoadAssignment') for (const name of owed) has.delete(name)
    const state = { wildcard, names: new Set<string>(), has, unanswered: wildcard && has.size === 0, inFlight: [] }
    states.set(type, state)
    return state
  }

  const subscribe = (state: State, isFirst: boolean, request: DeltaDiscoveryRequest): void => {
    for (const name of request.resourceNamesSubscribe ?? []) {
      if (name === '*') continue
      state.names.add(name)
      // Who asks again for what it had has lost it; at the start of a stream it tells what it still has.
      if (!isFirst) state.has.delete(name)
    }
    for (const name of request.resourceNamesUnsubscribe ?? []) {
      state.names.delete(name)
      if (!state.wildcard) state.has.delete(name)
    }
  }

  const answer = (state: State, nonce: string | undefined): Flight | undefined => {
    const index = state.inFlight.findIndex(flight => flight.nonce === nonce)
    const [flight] = index < 0 ? [] : state.inFlight.splice(index, 1)
    clearTimeout(flight?.timer)
    return flight
  }

  const transmit = ({ type, changed, removed }: Send, snapshot: Snapshot): void => {
    const state = states.get(type)!
    const entries = changed
      .flatMap(name => snapshot.entries.get(type)!.get(name) ?? [])
      .filter(entry => entry.version !== undefined)
    const flight: Flight = {
      nonce: String(++nonces),
      overdue: false,
      entries,
      timer: undefined,
    }
    if (type === 'Cluster') {
      flight.timer = setTimeout(() => {
        flight.overdue = true
        onOverdue()
      }, patienceMs)
    }
    for (const { resource, version, references } of entries) {
      if (type === 'Cluster') askAgain(references)
      state.has.set(resource.name, version)
    }
    for (const name of removed) {
      if (state.wildcard) state.has.delete(name)
      else state.has.set(name, ABSENT)
    }
    state.inFlight.push(flight)
    state.unanswered = false
    send({
      type,
      nonce: flight.nonce,
      resources: entries.map(({ resource, version, bytes }) => ({ name: resource.name, version, bytes })),
      removed,
    })
  }

  /**
   * A cluster that is new or changed waits for its endpoints, but Envoy does not ask for those that it has already (of
   * the cluster as it was, or of another one that has the same): without them it waits for 15 s.
   */
  const askAgain = (references: readonly { type: XdsType; name: string }[]): void => {
    const endpoints = states.get('ClusterLoadAssignment')
    for (const { type, name } of references) {
      if (type !== 'ClusterLoadAssignment') continue
      if (endpoints) endpoints.has.delete(name)
      else owed.add(name)
    }
  }

  return {
    receive: request => {
      const type = typeOfUrl(request.typeUrl)
      if (!type) return { type: 'subscription' }
      const known = states.get(type)
      const state = known ?? begin(type, request)
      const flight = answer(state, request.responseNonce)
      subscribe(state, known === undefined, request)
      if (!flight) return known ? { type: 'subscription' } : { type: 'begin', xds: type }
      const message = reasonOf(request)
      if (message === undefined) return { type: 'ack', xds: type, entries: flight.entries }
      for (const { resource } of flight.entries) {
        if (state.has.has(resource.name)) state.has.set(resource.name, UNKNOWN)
      }
      return { type: 'nack', xds: type, entries: flight.entries, message }
    },
    pump: snapshot => {
      for (let sends = next(snapshot, states); sends.length > 0; sends = next(snapshot, states)) {
        for (const each of sends) transmit(each, snapshot)
      }
    },
    isIdle: snapshot =>
      [...states.values()].every(({ inFlight }) => inFlight.length === 0) && next(snapshot, states).length === 0,
    isSettled: snapshot => isSettled(snapshot, states),
    versionOf: (type, name) => states.get(type)?.has.get(name),
    end: () => {
      for (const type of xdsTypes) for (const { timer } of states.get(type)?.inFlight ?? []) clearTimeout(timer)
    },
  }
}

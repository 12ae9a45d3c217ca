// A model of Envoy as far as delta ADS shows it, for property tests: it warms clusters, holds back the acknowledgement of
// clusters until they are warm, asks for what listeners and clusters refer to, rejects what is bad, and complains when it
// is told to use something that it does not have. Messages wait in queues that the test empties in any order it likes.

import { messageNames } from '../../controller/serve/encode.ts'
import type { Connection } from '../../controller/serve/proxy.ts'
import type { XdsType } from '../../controller/serve/resource.ts'
import type { DeltaResponse } from '../../controller/serve/wire.ts'
import { typeUrl } from '../../envoy/schema/any.ts'
import type { Cluster, DeltaDiscoveryRequest, Listener, RouteConfiguration } from '../../envoy/schema/envoy.gen.ts'
import { decodeJson } from '../../envoy/schema/registry.ts'

/** What Envoy would reject is marked by this in its JSON. */
export const BAD = 'bad!'

export interface ModelEnvoy {
  /** What it runs on, by `type name`: the JSON that it took. */
  has(): Map<string, unknown>
  connect(to: (send: (response: DeltaResponse) => void) => Connection): void
  disconnect(): void
  isConnected(): boolean
  /** Takes one response from the queue to it; false when there is none. */
  hear(): boolean
  /** Takes one request from the queue to the server; false when there is none. */
  speak(): boolean
  /** What would have failed requests, and what was sent in vain. */
  complaints: string[]
  /** Every set of routes that it went over to, in order. */
  applied: RouteConfiguration[]
  /** Resources that were sent to it over all streams. */
  sent: number
}

interface Held {
  version: string
  json: unknown
}

export const modelEnvoy = (): ModelEnvoy => {
  const resources = new Map<XdsType, Map<string, Held>>()
  const interest = new Map<XdsType, Set<string>>()
  /** By cluster; it works on in its old form, if it has one, meanwhile. */
  const warming = new Set<string>()
  const active = new Set<string>()
  const rejected = new Set<string>()
  const complaints: string[] = []
  const applied: RouteConfiguration[] = []
  let connection: Connection | undefined
  let inbox: DeltaResponse[] = []
  let outbox: DeltaDiscoveryRequest[] = []
  let heldBack: DeltaDiscoveryRequest[] = []
  let begun = new Set<XdsType>()
  const self = { sent: 0 }

  const of = (type: XdsType) => {
    const known = resources.get(type) ?? new Map<string, Held>()
    resources.set(type, known)
    return known
  }
  const say = (type: XdsType, request: Omit<DeltaDiscoveryRequest, 'typeUrl'>) => {
    if (!connection) return
    const message = { typeUrl: typeUrl(messageNames[type]), ...request }
    if (type === 'Cluster' && warming.size > 0) heldBack.push(message)
    else outbox.push(message)
  }
  /** The first request of a type on a stream tells what it has; later ones only what is new. */
  const subscribe = (type: XdsType, names: string[]) => {
    const known = interest.get(type) ?? new Set()
    interest.set(type, known)
    const added = names.filter(name => !known.has(name))
    for (const name of added) known.add(name)
    if (!connection || (begun.has(type) && added.length === 0)) return
    if (begun.has(type)) return say(type, { resourceNamesSubscribe: added })
    begun.add(type)
    const versions = Object.fromEntries([...of(type)].map(([name, { version }]) => [name, version]))
    say(type, { resourceNamesSubscribe: [...known], initialResourceVersions: versions })
  }
  const unsubscribe = (type: XdsType, wanted: Set<string>) => {
    const known = interest.get(type) ?? new Set()
    const gone = [...known].filter(name => !wanted.has(name))
    for (const name of gone) {
      known.delete(name)
      of(type).delete(name)
    }
    if (gone.length > 0 && begun.has(type)) say(type, { resourceNamesUnsubscribe: gone })
  }
  const follow = () => {
    const eds = new Set([...of('Cluster').keys()].map(name => endpointsOf(of('Cluster').get(name)!.json as Cluster)))
    const rds = new Set([...of('Listener').values()].map(({ json }) => routesOf(json as Listener)))
    for (const [type, names] of [
      ['ClusterLoadAssignment', eds],
      ['RouteConfiguration', rds],
    ] as const) {
      unsubscribe(type, names)
      if (names.size > 0) subscribe(type, [...names])
    }
  }
  const warm = (endpoints: string) => {
    for (const name of warming) {
      if (endpointsOf(of('Cluster').get(name)!.json as Cluster) !== endpoints) continue
      warming.delete(name)
      active.add(name)
    }
    if (warming.size === 0) outbox.push(...heldBack.splice(0))
  }
  const checkRoutes = () => {
    const used = new Set([...of('Listener').values()].map(({ json }) => routesOf(json as Listener)))
    for (const [name, { json }] of of('RouteConfiguration')) {
      if (!used.has(name)) continue
      for (const cluster of clustersOf(json as RouteConfiguration)) {
        if (!active.has(cluster)) complaints.push(`routes of ${name} go to ${cluster}, which is not there`)
      }
    }
  }
  const take = (type: XdsType, name: string, held: Held): string | undefined => {
    if (rejected.has(`${type} ${name} ${held.version}`)) complaints.push(`${type} ${name} comes again though rejected`)
    const text = JSON.stringify(held.json)
    if (text.includes(BAD)) return `${name}: ${BAD}`
    // Comes last in its resource, so Envoy speaks of it only when all the rest is good.
    const probe = /sluice looks for [^(]*\(/.exec(text)
    if (probe) return probe[0]
    const isSame = of(type).get(name)?.version === held.version
    of(type).set(name, held)
    if (type === 'Cluster' && !isSame) warming.add(name)
    if (type === 'ClusterLoadAssignment') warm(name)
    if (type === 'RouteConfiguration') applied.push(held.json as RouteConfiguration)
    return undefined
  }

  return {
    complaints,
    applied,
    get sent() {
      return self.sent
    },
    has: () =>
      new Map(
        [...resources].flatMap(([type, all]) => [...all].map(([name, { json }]) => [`${type} ${name}`, json] as const)),
      ),
    isConnected: () => connection !== undefined,
    connect: to => {
      begun = new Set()
      inbox = []
      outbox = []
      heldBack = []
      connection = to(response => inbox.push(response))
      for (const type of ['Cluster', 'Listener'] as const) subscribe(type, [])
      follow()
    },
    disconnect: () => {
      connection?.close()
      connection = undefined
    },
    speak: () => {
      const request = outbox.shift()
      if (!request || !connection) return false
      connection.receive(request)
      return true
    },
    hear: () => {
      const response = connection ? inbox.shift() : undefined
      if (!response) return false
      const { type, nonce } = response
      const faults: string[] = []
      self.sent += response.resources.length
      for (const { name, version, bytes } of response.resources) {
        const fault = take(type, name, { version, json: decodeJson(messageNames[type], Buffer.concat(bytes)) })
        if (fault !== undefined) faults.push(fault)
        // All but clusters and listeners are left at the first fault.
        if (fault !== undefined && type === 'RouteConfiguration') break
      }
      if (faults.length > 0 && response.resources.length === 1) {
        rejected.add(`${type} ${response.resources[0]!.name} ${response.resources[0]!.version}`)
      }
      for (const name of response.removed) {
        of(type).delete(name)
        if (type === 'ClusterLoadAssignment') warm(name)
        if (type !== 'Cluster') continue
        active.delete(name)
        warming.delete(name)
      }
      checkRoutes()
      const errorDetail = faults.length > 0 ? { errorDetail: { message: faults.join() } } : {}
      say(type, { responseNonce: nonce, ...errorDetail })
      follow()
      if (warming.size === 0) outbox.push(...heldBack.splice(0))
      return true
    },
  }
}

const endpointsOf = (cluster: Cluster): string => cluster.edsClusterConfig?.serviceName || cluster.name || ''

/** In the model a listener's stat prefix names its routes: no message needs to be unpacked. */
const routesOf = (listener: Listener): string => listener.statPrefix ?? ''

const clustersOf = (routes: RouteConfiguration): string[] =>
  (routes.virtualHosts ?? []).flatMap(host => (host.routes ?? []).flatMap(({ route }) => route?.cluster ?? []))

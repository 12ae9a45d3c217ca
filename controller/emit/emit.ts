// A proxy of the IR in, everything its Envoys are served out: typed, named, ordered as `xdsTypes` is and by name within
// a type. What did not change in the IR is the same JSON object as the last time.
import type { Cluster } from '../../envoy/schema/envoy.gen.ts'
import type { Backend, HttpChain, Listener, Proxy as ProxyIr, Secret } from '../ir/ir.ts'
import type { Resource } from '../serve/resource.ts'
import { clusterJson, endpointsJson, isNamed } from './clusters.ts'
import { datagramClusters } from './datagrams.ts'
import { byAds } from './delivery.ts'
import { listenerJson } from './listeners.ts'
import { byIdentity } from './memo.ts'
import type { EmitOptions } from './options.ts'
import { createRouteEmitter } from './routes.ts'
import { secretJson } from './tls.ts'
import { plugins } from './wasm.ts'

export type Emit = (proxy: ProxyIr) => Resource[]

/** Without memory. */
export const emit = (proxy: ProxyIr, options: EmitOptions): Resource[] => createEmitter(options)(proxy)

export const createEmitter = (options: EmitOptions): Emit => {
  const routes = createRouteEmitter()
  const cluster = byIdentity((backend: Backend): Resource & { json: Cluster } => ({
    type: 'Cluster',
    name: backend.id,
    json: clusterJson(backend, byAds, options.systemCertificates),
  }))
  const endpoints = byIdentity(
    (backend: Backend): Resource => ({
      type: 'ClusterLoadAssignment',
      name: backend.endpointsOf,
      json: endpointsJson(backend.endpointsOf, backend.endpoints),
    }),
  )
  const secret = byIdentity((value: Secret): Resource => ({ type: 'Secret', name: value.id, json: secretJson(value) }))
  const listener = byIdentity(
    (value: Listener): Resource => ({
      type: 'Listener',
      name: value.id,
      json: listenerJson(value, byAds, options),
    }),
  )
  const extensions = plugins(options.module).map(
    (json): Resource => ({ type: 'TypedExtensionConfig', name: json.name ?? '', json }),
  )
  const table = byIdentity((chain: HttpChain): Resource => {
    const { table, hosts } = routes(chain)
    return { type: 'RouteConfiguration', name: chain.id, json: table, virtualHosts: hosts }
  })
  return proxy => [
    ...proxy.backends.map(cluster),
    ...datagramClusters(proxy).map((json): Resource => ({ type: 'Cluster', name: json.name ?? '', json })),
    ...distinct(proxy.backends.filter(backend => !isNamed(backend)).map(endpoints)),
    ...proxy.secrets.map(secret),
    ...extensions,
    ...proxy.listeners.map(listener),
    ...distinct(proxy.listeners.flatMap(({ chains }) => chains.flatMap(c => (c.type === 'HTTP' ? [table(c)] : [])))),
  ]
}

/** An alias has its backend's endpoints; a second address of a listener has its routes. */
const distinct = (resources: readonly Resource[]): readonly Resource[] => {
  if (resources.every(({ name }, at) => at === 0 || resources[at - 1]!.name < name)) return resources
  const byName = new Map(resources.map(resource => [resource.name, resource]))
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

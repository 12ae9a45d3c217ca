// Envoy's UDP proxy knows one cluster a listener and no weights. A UDP chain with several targets in; one cluster of its
// own, each target a locality of its weight, out.
import type { Cluster } from '../../envoy/schema/envoy.gen.ts'
import type { Backend, BackendId, Listener, Proxy as ProxyIr, StreamChain, Target } from '../ir/ir.ts'
import { NO_CLUSTER } from './act.ts'
import { endpointsJson, isNamed } from './clusters.ts'

/** The cluster that a UDP chain sends to. */
export const datagramCluster = ({ id, to }: StreamChain): string => {
  const [only] = to
  if (to.length > 1) return `udp/${id}`
  return only && 'backend' in only ? only.backend : NO_CLUSTER
}

/** What `datagramCluster` names beside the backends; ordered by name. */
export const datagramClusters = (proxy: ProxyIr): Cluster[] => {
  const chains = new Map(proxy.listeners.flatMap(splitChains).map(chain => [chain.id, chain]))
  if (chains.size === 0) return []
  const backends = new Map(proxy.backends.map(backend => [backend.id, backend]))
  return [...chains.values()].map(chain => clusterOf(chain, backends)).sort((a, b) => (a.name! < b.name! ? -1 : 1))
}

const splitChains = ({ transport, chains }: Listener): StreamChain[] =>
  transport === 'UDP' ? chains.flatMap(chain => (chain.type === 'Stream' && chain.to.length > 1 ? [chain] : [])) : []

const clusterOf = (chain: StreamChain, backends: ReadonlyMap<BackendId, Backend>): Cluster => {
  const name = datagramCluster(chain)
  const of = (target: Target) => ('backend' in target ? backends.get(target.backend)?.endpoints : undefined) ?? []
  const isAnyNamed = chain.to.some(target => isNamed({ endpoints: of(target) }))
  return {
    name,
    connectTimeout: '5s',
    type: isAnyNamed ? 'STRICT_DNS' : 'STATIC',
    lbPolicy: 'ROUND_ROBIN',
    commonLbConfig: { localityWeightedLbConfig: {} },
    loadAssignment: {
      clusterName: name,
      endpoints: chain.to.map((target, index) => {
        const endpoints = of(target)
        const [locality] = endpointsJson(name, endpoints.length > 0 ? endpoints : NOBODY).endpoints ?? []
        return { ...locality, locality: { subZone: String(index) }, loadBalancingWeight: target.weight }
      }),
    },
  }
}

/** The share of a backend without endpoints is not the others': it goes to where nobody listens, and is dropped. */
const NOBODY = [{ host: '127.255.255.254', port: 9 }]

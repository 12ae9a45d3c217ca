// A stream chain in, Envoy's TCP proxy out; and what UDP listeners have in its place.
import { packAny } from '../../envoy/schema/any.ts'
import type { Filter, ListenerFilter, TcpProxy } from '../../envoy/schema/envoy.gen.ts'
import type { StreamChain, Target } from '../ir/ir.ts'
import { streamAccessLog } from './access-log.ts'
import { NO_CLUSTER } from './act.ts'
import { datagramCluster } from './datagrams.ts'
import type { EmitOptions } from './options.ts'

export const tcpProxy = (chain: StreamChain, options: EmitOptions): Filter => ({
  name: 'envoy.filters.network.tcp_proxy',
  typedConfig: packAny('envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy', {
    statPrefix: chain.id,
    ...clusters(chain.to),
    ...(options.accessLog === 'Stdout' ? { accessLog: [streamAccessLog] } : {}),
  }),
})

/** A connection that comes to no cluster is closed. */
const clusters = (to: readonly Target[]): Pick<TcpProxy, 'cluster' | 'weightedClusters'> => {
  const [only] = to
  if (to.length <= 1) return { cluster: only && 'backend' in only ? only.backend : NO_CLUSTER }
  return {
    weightedClusters: {
      clusters: to.map(target => ({ name: 'backend' in target ? target.backend : NO_CLUSTER, weight: target.weight })),
    },
  }
}

/** Datagrams of one client address and port are a session, and go to one endpoint. */
export const udpProxy = (chain: StreamChain): ListenerFilter => ({
  name: 'envoy.filters.udp_listener.udp_proxy',
  typedConfig: packAny('envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig', {
    statPrefix: chain.id,
    matcher: {
      onNoMatch: {
        action: {
          name: 'route',
          typedConfig: packAny('envoy.extensions.filters.udp.udp_proxy.v3.Route', { cluster: datagramCluster(chain) }),
        },
      },
    },
  }),
})

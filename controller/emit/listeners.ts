// A listener of the IR in, Envoy's listener out.
import { packAny } from '../../envoy/schema/any.ts'
import type { FilterChain, Listener as ListenerJson } from '../../envoy/schema/envoy.gen.ts'
import type { Chain, Listener } from '../ir/ir.ts'
import type { Delivery } from './delivery.ts'
import { connectionManager } from './http.ts'
import type { EmitOptions } from './options.ts'
import { tcpProxy, udpProxy } from './stream.ts'
import { downstreamTls } from './tls.ts'

export const listenerJson = (listener: Listener, delivery: Delivery, options: EmitOptions): ListenerJson =>
  listener.transport === 'UDP' ? udpListener(listener) : tcpListener(listener, delivery, options)

const tcpListener = (listener: Listener, delivery: Delivery, options: EmitOptions): ListenerJson => ({
  name: listener.id,
  address: { socketAddress: { address: listener.address, portValue: listener.boundPort } },
  enableReusePort: options.reusePort,
  ...(listener.chains.some(chain => chain.tls || chain.serverNames.length > 0)
    ? {
        listenerFilters: [
          {
            name: 'envoy.filters.listener.tls_inspector',
            typedConfig: packAny('envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector', {}),
          },
        ],
      }
    : {}),
  filterChains: listener.chains.map(chain => filterChain(chain, delivery, options)),
})

const udpListener = ({ id, address, boundPort, chains }: Listener): ListenerJson => ({
  name: id,
  address: { socketAddress: { protocol: 'UDP', address, portValue: boundPort } },
  // Envoy refuses UDP listeners of several workers without it.
  enableReusePort: true,
  udpListenerConfig: { downstreamSocketConfig: {} },
  listenerFilters: chains.flatMap(chain => (chain.type === 'Stream' ? [udpProxy(chain)] : [])),
})

const filterChain = (chain: Chain, delivery: Delivery, options: EmitOptions): FilterChain => ({
  name: chain.id,
  ...(chain.tls || chain.serverNames.length > 0
    ? {
        filterChainMatch: {
          ...(chain.serverNames.length > 0 ? { serverNames: chain.serverNames } : {}),
          transportProtocol: 'tls',
        },
      }
    : {}),
  filters: [chain.type === 'HTTP' ? connectionManager(chain, delivery, options) : tcpProxy(chain, options)],
  ...(chain.tls ? { transportSocket: downstreamTls(chain.tls, delivery) } : {}),
})

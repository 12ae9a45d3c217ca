// A proxy of the IR in, a bootstrap that Envoy runs without any controller out: the resources that ADS would bring, each
// in its place (`sluice print --xds`).
import { maxRegexProgramSize } from '../../envoy/bootstrap.ts'
import type { Bootstrap } from '../../envoy/schema/envoy.gen.ts'
import { downstreamPlugin, type Plugin, upstreamPlugin } from '../../filters/suite/plugins.ts'
import type { Proxy as ProxyIr } from '../ir/ir.ts'
import { clusterJson, endpointsJson } from './clusters.ts'
import { datagramClusters } from './datagrams.ts'
import type { Delivery } from './delivery.ts'
import { listenerJson } from './listeners.ts'
import type { EmitOptions } from './options.ts'
import { createRouteEmitter } from './routes.ts'
import { secretJson } from './tls.ts'
import { plugins } from './wasm.ts'

/** Holds private keys in clear text: it goes into a file of mode 0600, or is redacted before it is shown. */
export const staticBootstrap = (proxy: ProxyIr, options: EmitOptions): Bootstrap => {
  const delivery = inline(options, usedBy(proxy))
  return {
    // Envoy's own limit refuses `[a-z0-9-]{1,63}`.
    layeredRuntime: {
      layers: [{ name: 'sluice', staticLayer: { 're2.max_program_size.error_level': maxRegexProgramSize } }],
    },
    staticResources: {
      listeners: proxy.listeners.map(listener => listenerJson(listener, delivery, options)),
      clusters: [
        ...proxy.backends.map(backend => clusterJson(backend, delivery, options.systemCertificates)),
        ...datagramClusters(proxy),
      ],
      secrets: proxy.secrets.map(secretJson),
    },
  }
}

/** Nothing changes in a bootstrap: plugins that no route needs stay out. */
const usedBy = ({ listeners }: ProxyIr): ReadonlySet<Plugin> => {
  const chains = listeners.flatMap(listener => listener.chains).filter(chain => chain.type === 'HTTP')
  const plans = chains.flatMap(({ hosts }) => hosts.flatMap(({ routes }) => routes.flatMap(({ plan }) => plan ?? [])))
  return new Set(plans.flatMap(plan => [downstreamPlugin(plan) ?? [], upstreamPlugin(plan) ?? []].flat()))
}

const inline = (options: EmitOptions, used: ReadonlySet<Plugin>): Delivery => {
  const routes = createRouteEmitter()
  const configs = new Map(plugins(options.module).map(config => [config.name, config]))
  return {
    routes: chain => {
      const { table, hosts } = routes(chain)
      return { routeConfig: { ...table, virtualHosts: hosts } }
    },
    endpoints: backend => ({ type: 'STATIC', loadAssignment: endpointsJson(backend.id, backend.endpoints) }),
    secret: id => ({ name: id }),
    filters: plugins =>
      plugins.filter(plugin => used.has(plugin)).map(({ name }) => ({ name, ...configs.get(name), disabled: true })),
  }
}

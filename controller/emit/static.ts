// A proxy of the IR in, a bootstrap that Envoy runs without any controller out: the resources that ADS would bring, each
// in its place (`sluice print --xds`).
import { maxRegexProgramSize } from '../../envoy/bootstrap.ts'
import type { Bootstrap } from '../../envoy/schema/envoy.gen.ts'
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
  const delivery = inline(options)
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

const inline = (options: EmitOptions): Delivery => {
  const routes = createRouteEmitter()
  const configs = new Map(plugins(options.module).map(({ name, typedConfig }) => [name, typedConfig]))
  return {
    routes: chain => ({ routeConfig: { ...routes.table(chain), virtualHosts: chain.hosts.map(routes.host) } }),
    endpoints: backend => ({ type: 'STATIC', loadAssignment: endpointsJson(backend.id, backend.endpoints) }),
    secret: id => ({ name: id }),
    plugin: name => {
      const typedConfig = configs.get(name)
      return typedConfig ? { typedConfig } : {}
    },
  }
}

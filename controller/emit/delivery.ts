// How one resource refers to another: by ADS, or, in a bootstrap that stands alone (static.ts), by holding it. All else
// about a resource is the same either way.
import type {
  Cluster,
  ConfigSource,
  HttpConnectionManager,
  HttpFilter,
  RouteConfiguration,
  SdsSecretConfig,
} from '../../envoy/schema/envoy.gen.ts'
import type { Plugin } from '../../filters/suite/plugins.ts'
import type { Backend, HttpChain } from '../ir/ir.ts'

export interface Delivery {
  routes(chain: HttpChain): Pick<HttpConnectionManager, 'rds' | 'routeConfig'>
  /** Where a cluster of IP endpoints gets them from. */
  endpoints(backend: Backend): Pick<Cluster, 'type' | 'edsClusterConfig' | 'loadAssignment'>
  secret(id: string): SdsSecretConfig
  /** The filters that these plugins of the suite are, switched off. */
  filters(plugins: readonly Plugin[]): HttpFilter[]
}

const ads: ConfigSource = { ads: {}, resourceApiVersion: 'V3' }

const WASM = 'type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm'

export const byAds: Delivery = {
  routes: chain => ({ rds: { routeConfigName: chain.id, configSource: ads } }),
  endpoints: backend => ({ type: 'EDS', edsClusterConfig: { edsConfig: ads, serviceName: backend.endpointsOf } }),
  secret: id => ({ name: id, sdsConfig: ads }),
  // All of them are always there, so that a route that comes to need one changes no listener and drains no connection.
  filters: plugins =>
    plugins.map(({ name }) => ({
      name,
      configDiscovery: { configSource: ads, typeUrls: [WASM] },
      disabled: true,
    })),
}

/** Everything of a route configuration but its hosts. */
export type RouteTable = Omit<RouteConfiguration, 'virtualHosts'>

// One Envoy with two listeners over the same backends: `wasm` runs the plans in our suite, `native` runs Envoy's own
// features. Each configuration is a virtual host of both, so that one process serves hundreds of them.
import type { Plan } from '../../filters/plan/plan.ts'
import { type StaticEnvoy, startEnvoy } from '../envoy/static.ts'
import { bytesOf, downstreamFilters, planOnRoute, suiteModule, switchesOf, upstreamFilters } from '../filters/suite.ts'
import type { Native } from './subject.ts'

const TYPE = 'type.googleapis.com/'

export interface Pair {
  plan: Plan
  native: Native
}

/** The host that leads to configuration `n`. */
export const hostOf = (n: number): string => `c${n}.fuzz`

export async function startPairs(
  pairs: Pair[],
  filters: object[],
  clusters: Record<string, number>,
): Promise<StaticEnvoy> {
  const file = await suiteModule()
  const hosts = (routes: (pair: Pair) => object[]): object[] =>
    pairs.map((pair, n) => ({ name: hostOf(n), domains: [hostOf(n)], routes: routes(pair) }))
  return startEnvoy(
    {
      static_resources: {
        listeners: [
          listener('wasm', downstreamFilters(file), hosts(wasmRoutes)),
          listener('native', filters, hosts(nativeRoutes)),
        ],
        clusters: Object.entries(clusters).map(([name, port]) => cluster(name, port, file)),
      },
    },
    { logLevel: 'error' },
  )
}

const wasmRoutes = ({ plan }: Pair): object[] => [
  {
    match: { prefix: '/' },
    route: { cluster: 'up' },
    typed_per_filter_config: switchesOf(plan),
    ...planOnRoute(bytesOf(plan)),
  },
]

const nativeRoutes = ({ native }: Pair): object[] =>
  native.routes.map(({ match, action, more }) => ({ match, route: { cluster: 'up', ...action }, ...more }))

/** No normalisation of paths: the filters are to see what clients really send. */
const listener = (name: string, filters: object[], hosts: object[]): object => ({
  name,
  address: socket(0),
  enable_reuse_port: false,
  filter_chains: [
    {
      filters: [
        {
          name: 'hcm',
          typed_config: {
            '@type': `${TYPE}envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager`,
            stat_prefix: name,
            use_remote_address: true,
            generate_request_id: false,
            delayed_close_timeout: '0s',
            http_protocol_options: { enable_trailers: true },
            route_config: { virtual_hosts: hosts },
            http_filters: [
              ...filters,
              {
                name: 'router',
                typed_config: { '@type': `${TYPE}envoy.extensions.filters.http.router.v3.Router` },
              },
            ],
          },
        },
      ],
    },
  ],
})

const cluster = (name: string, port: number, file: string): object => ({
  name,
  circuit_breakers: { thresholds: [{ max_connections: 10_000, max_pending_requests: 10_000, max_requests: 10_000 }] },
  load_assignment: {
    cluster_name: name,
    endpoints: [{ lb_endpoints: [{ endpoint: { address: socket(port) } }] }],
  },
  typed_extension_protocol_options: {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
      '@type': `${TYPE}envoy.extensions.upstreams.http.v3.HttpProtocolOptions`,
      explicit_http_config: { http_protocol_options: { enable_trailers: true } },
      http_filters: [
        ...upstreamFilters(file),
        {
          name: 'codec',
          typed_config: { '@type': `${TYPE}envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec` },
        },
      ],
    },
  },
})

const socket = (port: number): object => ({ socket_address: { address: '127.0.0.1', port_value: port } })

// The Envoys of the benchmark: one under test with a listener and, where need be, a cluster per variant, one behind it that
// answers, and something that never does, for the streams that are held.
import { createServer } from 'node:net'
import { type StaticEnvoy, startEnvoy } from '../envoy/static.ts'
import { bytesOf, downstreamFilters, planOnRoute, switchesOf, upstreamFilters } from '../filters/suite.ts'
import type { Modules, Variant } from './variant.ts'

const TYPE = 'type.googleapis.com/'
const PATH = '/p3'
export const HELD_PATH = '/held'

/** Answers 200 with headers for the edits to work on, and with what it was asked for. */
export const startAnswering = (): Promise<StaticEnvoy> => {
  const fixed = ['x-remove-me', 'x-set-one', 'cache-control', 'x-a', 'content-language'].map(key => [key, 'old'])
  const seen = [
    ['x-seen-path', '%REQ(:PATH)%'],
    ['x-seen-host', '%REQ(:AUTHORITY)%'],
  ]
  const route = {
    match: { prefix: '/' },
    direct_response: { status: 200, body: { inline_string: 'ok' } },
    response_headers_to_add: [...fixed, ...seen].map(([key, value]) => ({ header: { key, value } })),
  }
  return startEnvoy({ static_resources: { listeners: [listener('up', [], [route])] } }, { logLevel: 'error' })
}

export interface Silent extends Disposable {
  port: number
}

/** Takes connections and says nothing. */
export const startSilent = (): Promise<Silent> =>
  new Promise(resolve => {
    const server = createServer(socket => void socket.on('error', () => {}).resume())
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      resolve({ port, [Symbol.dispose]: () => void server.close() })
    })
  })

export function startVariants(
  variants: readonly Variant[],
  modules: Modules,
  answering: number,
  silent: number,
): Promise<StaticEnvoy> {
  const { suite } = modules.ours
  const listeners = variants.map((variant, n) => {
    const plugins = variant.plan ? downstreamFilters(suite) : []
    return listener(`v${n}`, [...plugins, ...(variant.downstream ?? [])], routes(variant, `up${n}`))
  })
  const own = variants.map(({ plan, upstream = [] }, n) =>
    cluster(`up${n}`, answering, [...(plan ? upstreamFilters(suite) : []), ...upstream]),
  )
  const clusters = [...own, cluster('mirror', answering, []), cluster('held', silent, [])]
  return startEnvoy({ static_resources: { listeners, clusters } }, { logLevel: 'error' })
}

/** The route under test, the same for any other path (some ways choose again by the new path), and one that holds. */
function routes(variant: Variant, cluster: string): object[] {
  const { answers, action, route: more } = variant
  const act =
    answers === 'by backend'
      ? { route: { cluster, ...action } }
      : { direct_response: { status: 200, body: { inline_string: 'ok' } } }
  const route = { match: { prefix: PATH }, ...act, ...more, ...planned(variant) }
  return [
    { match: { prefix: HELD_PATH }, route: { cluster: 'held', timeout: '0s' } },
    route,
    { ...route, match: { prefix: '/' } },
  ]
}

const planned = ({ plan }: Variant): object =>
  plan ? { typed_per_filter_config: switchesOf(plan), ...planOnRoute(bytesOf(plan)) } : {}

const listener = (name: string, filters: object[], routes: object[]): object => ({
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
            route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes }] },
            http_filters: [
              ...filters,
              { name: 'router', typed_config: { '@type': `${TYPE}envoy.extensions.filters.http.router.v3.Router` } },
            ],
          },
        },
      ],
    },
  ],
})

const MANY = 10_000
const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'

const cluster = (name: string, port: number, filters: object[]): object => ({
  name,
  circuit_breakers: { thresholds: [{ max_connections: MANY, max_pending_requests: MANY, max_requests: MANY }] },
  load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address: socket(port) } }] }] },
  ...(filters.length > 0 && {
    typed_extension_protocol_options: {
      [HTTP_OPTIONS]: {
        '@type': `${TYPE}${HTTP_OPTIONS}`,
        explicit_http_config: { http_protocol_options: {} },
        http_filters: [
          ...filters,
          {
            name: 'codec',
            typed_config: { '@type': `${TYPE}envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec` },
          },
        ],
      },
    },
  }),
})

const socket = (port: number): object => ({ socket_address: { address: '127.0.0.1', port_value: port } })

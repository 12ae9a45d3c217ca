// The Envoys of the benchmark: one under test with a listener per variant, and one behind it that answers.
import * as names from '../../filters/suite/names.ts'
import { type StaticEnvoy, startEnvoy } from '../envoy/static.ts'
import { bytesOf, plugin, suiteModule } from '../filters/suite.ts'
import type { Variant } from './variants.ts'

const TYPE = 'type.googleapis.com/'
const ENABLE = { '@type': `${TYPE}envoy.config.route.v3.FilterConfig`, config: {} }

/** Answers 200 with headers for the edits to work on. */
export const startAnswering = (): Promise<StaticEnvoy> => {
  const headers = ['x-remove-me', 'x-set-one', 'cache-control', 'x-a', 'content-language']
  const add = headers.map(key => ({ header: { key, value: 'old' } }))
  const route = {
    match: { prefix: '/' },
    direct_response: { status: 200, body: { inline_string: 'ok' } },
    response_headers_to_add: add,
  }
  return startEnvoy({ static_resources: { listeners: [listener('up', [], route)] } }, { logLevel: 'error' })
}

export async function startVariants(variants: Variant[], up: number): Promise<StaticEnvoy> {
  const file = await suiteModule()
  const listeners = variants.map((variant, n) =>
    listener(
      `v${n}`,
      [plugin(names.DOWNSTREAM_FILTER, names.DOWNSTREAM_ROOT, file), ...(variant.filters ?? [])],
      route(variant),
    ),
  )
  const clusters = ['up', 'mirror'].map(name => cluster(name, up, file))
  return startEnvoy({ static_resources: { listeners, clusters } }, { logLevel: 'error' })
}

function route({ plan, action, route: more }: Variant): object {
  const base = { match: { prefix: '/p3' }, route: { cluster: 'up', ...action }, ...more }
  if (!plan) return base
  const { downstream, upstream } = plan
  const isDown = downstream.request.length + downstream.response.length > 0
  const value = Buffer.from(bytesOf(plan)).toString('base64')
  return {
    ...base,
    typed_per_filter_config: {
      ...(isDown ? { [names.DOWNSTREAM_FILTER]: ENABLE } : {}),
      ...(upstream.request.length > 0 ? { [names.UPSTREAM_FILTER]: ENABLE } : {}),
    },
    metadata: {
      typed_filter_metadata: { [names.PLAN_METADATA]: { '@type': `${TYPE}google.protobuf.BytesValue`, value } },
    },
  }
}

/** Lua's edits make Envoy choose the route again, by the new path: the second route is the same for any path. */
const listener = (name: string, filters: object[], route: object): object => ({
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
            route_config: {
              virtual_hosts: [{ name: 'all', domains: ['*'], routes: [route, { ...route, match: { prefix: '/' } }] }],
            },
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

const cluster = (name: string, port: number, file: string): object => ({
  name,
  circuit_breakers: { thresholds: [{ max_connections: 10_000, max_pending_requests: 10_000, max_requests: 10_000 }] },
  load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address: socket(port) } }] }] },
  typed_extension_protocol_options: {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
      '@type': `${TYPE}envoy.extensions.upstreams.http.v3.HttpProtocolOptions`,
      explicit_http_config: { http_protocol_options: {} },
      http_filters: [
        plugin(names.UPSTREAM_FILTER, names.UPSTREAM_ROOT, file),
        {
          name: 'codec',
          typed_config: { '@type': `${TYPE}envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec` },
        },
      ],
    },
  },
})

const socket = (port: number): object => ({ socket_address: { address: '127.0.0.1', port_value: port } })

// The Envoy configuration that scenarios run in: as little as possible besides the probe, so that all that is seen is the
// probe's doing.

export interface Ports {
  rootId?: string
  configuration?: string
  onTrap?: 'fail-closed' | 'fail-open' | 'fail-reload'
  wasmFile: string
  ports: { downstream: number; upstream: number }
  backend: number
  side: number
  grpc: number
}

const WASM = 'type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm'
const HCM = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
const ROUTER = 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router'
const OPTIONS = 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
const CODEC = 'type.googleapis.com/envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec'
const STRING = 'type.googleapis.com/google.protobuf.StringValue'

const probe = (wasmFile: string, rootId: string, configuration = 'probe', policy = 'FAIL_RELOAD'): object => ({
  name: 'probe',
  typed_config: {
    '@type': WASM,
    config: {
      name: 'probe',
      root_id: rootId,
      failure_policy: policy,
      configuration: { '@type': STRING, value: configuration },
      vm_config: { vm_id: 'probe', runtime: 'envoy.wasm.runtime.v8', code: { local: { filename: wasmFile } } },
    },
  },
})

const listener = (name: string, port: number, filters: object[], cluster: string): object => ({
  name,
  address: { socket_address: { address: '127.0.0.1', port_value: port } },
  enable_reuse_port: false,
  filter_chains: [
    {
      filters: [
        {
          name: 'hcm',
          typed_config: {
            '@type': HCM,
            stat_prefix: name,
            generate_request_id: false,
            delayed_close_timeout: '0s',
            server_header_transformation: 'PASS_THROUGH',
            http_protocol_options: { enable_trailers: true },
            http_filters: [
              ...filters,
              { name: 'router', typed_config: { '@type': ROUTER, suppress_envoy_headers: true } },
            ],
            route_config: {
              name: 'routes',
              virtual_hosts: [
                {
                  name: 'all',
                  domains: ['*'],
                  routes: [
                    {
                      name: 'the-route',
                      match: { prefix: '/' },
                      metadata: {
                        filter_metadata: { test: { answer: 42, name: 'value', list: ['a', 'b'], flag: true } },
                      },
                      route: { cluster, timeout: '0s' },
                    },
                  ],
                },
              ],
            },
          },
        },
      ],
    },
  ],
})

const cluster = (name: string, port: number, filters: object[], protocol: 'http1' | 'http2' = 'http1'): object => ({
  name,
  connect_timeout: '1s',
  load_assignment: {
    cluster_name: name,
    endpoints: [
      {
        lb_endpoints:
          port === 0 ? [] : [{ endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port } } } }],
      },
    ],
  },
  typed_extension_protocol_options: {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
      '@type': OPTIONS,
      explicit_http_config:
        protocol === 'http2' ? { http2_protocol_options: {} } : { http_protocol_options: { enable_trailers: true } },
      ...(filters.length > 0 && {
        http_filters: [...filters, { name: 'codec', typed_config: { '@type': CODEC } }],
      }),
    },
  },
})

const policyOf = (onTrap: Ports['onTrap']): string => (onTrap ?? 'fail-reload').toUpperCase().replace('-', '_')

export const bootstrap = ({ wasmFile, ports, backend, side, grpc, rootId, configuration, onTrap }: Ports): object => ({
  static_resources: {
    listeners: [
      listener(
        'downstream',
        ports.downstream,
        [probe(wasmFile, rootId ?? 'downstream', configuration, policyOf(onTrap))],
        'backend',
      ),
      listener('upstream', ports.upstream, [], 'filtered'),
    ],
    clusters: [
      cluster('backend', backend, []),
      cluster('filtered', backend, [probe(wasmFile, rootId ?? 'upstream', configuration, policyOf(onTrap))]),
      cluster('side', side, []),
      cluster('grpc', grpc, [], 'http2'),
      cluster('dead', 0, []),
    ],
  },
})

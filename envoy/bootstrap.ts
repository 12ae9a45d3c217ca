// What an Envoy of ours is started with: who it is, where it gets its configuration from (delta ADS), where it can be asked,
// and bounds on what clients may cost. Everything else comes by xDS. Pure.
import { packAny } from './schema/any.ts'
import type { Address, Bootstrap, Cluster, TagSpecifier } from './schema/envoy.gen.ts'

export type SocketAddress = { type: 'unix'; path: string } | { type: 'tcp'; host: string; port: number }

export interface BootstrapOptions {
  /** Unique among the Envoys that are served. */
  nodeId: string
  /** Whose configuration it gets: `Proxy.id` of the IR. */
  proxy: string
  xds: SocketAddress
  admin: SocketAddress
  /** How stat names become labels, in the order in which they are tried; Envoy's own come on top. */
  statsTags?: TagSpecifier[]
  /** Of all listeners together; more are refused. */
  maxConnections?: number
}

export const XDS_CLUSTER = 'sluice-xds'

/**
 * RE2's measure of an expression, not a length. Envoy's default of 100 refuses `[a-z0-9-]{1,63}`; matching stays linear
 * in the input whatever the size, and the CRDs bound the text to 1,024 characters.
 */
export const maxRegexProgramSize = 10_000

export const bootstrap = (options: BootstrapOptions): Bootstrap => ({
  node: { id: options.nodeId, cluster: options.proxy },
  admin: {
    address: addressOf(options.admin),
    ignoreGlobalConnLimit: true,
  },
  dynamicResources: {
    adsConfig: {
      apiType: 'DELTA_GRPC',
      transportApiVersion: 'V3',
      setNodeOnFirstMessageOnly: true,
      grpcServices: [
        {
          envoyGrpc: {
            clusterName: XDS_CLUSTER,
            // A controller that restarts is found again at once; the default waits up to 30 s.
            retryPolicy: { retryBackOff: { baseInterval: '0.050s', maxInterval: '1s' } },
          },
        },
      ],
    },
    // Not ready before there is a configuration, however long the controller takes.
    cdsConfig: { ads: {}, resourceApiVersion: 'V3', initialFetchTimeout: '0s' },
    ldsConfig: { ads: {}, resourceApiVersion: 'V3', initialFetchTimeout: '0s' },
  },
  staticResources: { clusters: [xdsCluster(options.xds)] },
  statsConfig: { useAllDefaultTags: true, statsTags: options.statsTags ?? [] },
  layeredRuntime: {
    layers: [
      {
        name: 'sluice',
        staticLayer: {
          're2.max_program_size.error_level': maxRegexProgramSize,
          're2.max_program_size.warn_level': maxRegexProgramSize,
        },
      },
    ],
  },
  overloadManager: {
    resourceMonitors: [
      {
        name: 'envoy.resource_monitors.global_downstream_max_connections',
        typedConfig: packAny(
          'envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig',
          {
            maxActiveDownstreamConnections: options.maxConnections ?? 50_000,
          },
        ),
      },
    ],
  },
})

const xdsCluster = (address: SocketAddress): Cluster => ({
  name: XDS_CLUSTER,
  type: 'STATIC',
  connectTimeout: '1s',
  loadAssignment: {
    clusterName: XDS_CLUSTER,
    endpoints: [{ lbEndpoints: [{ endpoint: { address: addressOf(address) } }] }],
  },
  typedExtensionProtocolOptions: {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': packAny(
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
      // The ping finds out a controller that hangs without closing its connection.
      { explicitHttpConfig: { http2ProtocolOptions: { connectionKeepalive: { interval: '10s', timeout: '10s' } } } },
    ),
  },
})

const addressOf = (address: SocketAddress): Address =>
  address.type === 'unix'
    ? { pipe: { path: address.path, mode: 0o600 } }
    : { socketAddress: { address: address.host, portValue: address.port } }

export interface ArgumentOptions {
  /** The file that holds the bootstrap as JSON. */
  config: string
  /** Worker threads; default: as many as processors. */
  concurrency?: number
  logLevel?: 'trace' | 'debug' | 'info' | 'warning' | 'error'
  /** Where Envoy writes the admin address, once it is bound: for port 0. */
  adminAddressFile?: string
}

/** Each line of its log, on stderr, is a JSON object: `level`, `component`, `msg`. */
export const envoyArguments = (options: ArgumentOptions): string[] => [
  '--config-path',
  options.config,
  // Only one process listens: a successor that shares sockets would take requests that nobody configured it for.
  '--disable-hot-restart',
  // What it is sent is of its own schema; looking for unknown fields takes a good part of the time of a route update.
  '--ignore-unknown-dynamic-fields',
  '--log-level',
  options.logLevel ?? 'warning',
  '--log-format',
  '{"level":"%l","component":"%n","msg":"%j"}',
  ...(options.concurrency === undefined ? [] : ['--concurrency', String(options.concurrency)]),
  ...(options.adminAddressFile === undefined ? [] : ['--admin-address-path', options.adminAddressFile]),
]

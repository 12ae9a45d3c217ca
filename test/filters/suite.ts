// The suite in a real Envoy, for tests: routes with plans go in, a running Envoy comes out. All plugins are in place and
// disabled, as the controller emits them, and each route enables what its plan needs.
import { encode } from '../../filters/plan/encode.ts'
import { KEY_MARK, keyOf } from '../../filters/plan/key.ts'
import type { Plan } from '../../filters/plan/plan.ts'
import { STATS_TAGS } from '../../filters/suite/metrics.ts'
import * as names from '../../filters/suite/names.ts'
import {
  DOWNSTREAM,
  downstreamPlugin,
  moduleOf,
  type Plugin,
  UPSTREAM,
  upstreamPlugin,
} from '../../filters/suite/plugins.ts'
import { type EnvoyOptions, type StaticEnvoy, startEnvoy } from '../envoy/static.ts'
import { moduleFile } from '../host/mocha/covered.ts'

const TYPE = 'type.googleapis.com/'

/** Where a route enables a plugin with all callbacks. */
export interface Placement {
  downstream: boolean
  upstream: boolean
}

export interface TestRoute {
  /** Default: any. Routes of one host are tried in order. */
  host?: string
  /** Default `/`. */
  prefix?: string
  /** A plan, or bytes that may be none. */
  plan?: Plan | Uint8Array
  /** Default: what the plan needs, or both for bare bytes. */
  placement?: Placement
  /** More of Envoy's RouteAction; default the cluster `up`. */
  action?: object
  /** Instead of a RouteAction. */
  direct?: object
}

export interface SuiteOptions extends EnvoyOptions {
  /** Cluster name → port of its only endpoint, `undefined` for none at all. */
  clusters: Record<string, number | undefined>
  /** Fields beside the usual ones of the HttpConnectionManager. */
  manager?: object
  /** Fields beside the virtual hosts of the RouteConfiguration. */
  routing?: object
  /** Root id of the downstream plugins, instead of the right one. */
  root?: string
}

export const emptyPlan = (): Plan => ({
  rule: 'default/test#0',
  downstream: { request: [], response: [] },
  upstream: { request: [], response: [] },
  clusters: [],
  firstAttemptOnly: false,
})

export function bytesOf(plan: Plan): Uint8Array {
  const encoded = encode(plan)
  if (!encoded.ok) throw new Error(JSON.stringify(encoded.faults))
  return encoded.bytes
}

/** What a route with these bytes for a plan carries beside its switches, its name included. */
export const planOnRoute = (bytes: Uint8Array): object => ({
  name: `test${KEY_MARK}${keyOf(bytes)}`,
  metadata: {
    typed_filter_metadata: {
      [names.PLAN_METADATA]: {
        '@type': `${TYPE}google.protobuf.BytesValue`,
        value: Buffer.from(bytes).toString('base64'),
      },
    },
  },
})

/** What a route with this plan switches on. */
export const switchesOf = (plan: Plan): object => switches([downstreamPlugin(plan), upstreamPlugin(plan)])

const switches = (plugins: (Plugin | undefined)[]): object =>
  Object.fromEntries(plugins.flatMap(plugin => (plugin ? [[plugin.name, ENABLE]] : [])))

const switchesAt = ({ downstream, upstream }: Placement): object =>
  switches([downstream ? DOWNSTREAM : undefined, upstream ? UPSTREAM : undefined])

const EVERYWHERE: Placement = { downstream: true, upstream: true }

let built: Promise<string> | undefined

/** `dist/suite.wasm`, built once a test run. */
export const suiteModule = (): Promise<string> => {
  built ??= moduleFile('suite')
  return built
}

export async function startSuite(routes: TestRoute[], options: SuiteOptions): Promise<StaticEnvoy> {
  return startEnvoy(await suiteBootstrap(routes, options), options)
}

export async function suiteBootstrap(routes: TestRoute[], options: SuiteOptions): Promise<object> {
  const { clusters, manager, routing, root } = options
  const file = await suiteModule()
  const routed = { route_config: { virtual_hosts: virtualHosts(routes), ...routing }, ...manager }
  return {
    stats_config: { stats_tags: STATS_TAGS },
    static_resources: {
      listeners: [
        {
          name: 'main',
          address: socket(0),
          enable_reuse_port: false,
          filter_chains: [{ filters: [{ name: 'hcm', typed_config: connectionManager(file, routed, root) }] }],
        },
      ],
      clusters: Object.entries(clusters).map(([name, port]) => cluster(name, port, file)),
    },
  }
}

/** A plugin as the controller emits it; `suite` is the file of the whole suite, the plugin's own lies beside it. */
export const pluginOf = (plugin: Plugin, suite: string, root = plugin.rootId): object =>
  wasmPlugin(plugin.name, root, moduleOf(suite, plugin))

/** A plugin of any module that knows our root ids. */
export const wasmPlugin = (name: string, root: string, file: string): object => ({
  name,
  disabled: true,
  typed_config: {
    '@type': `${TYPE}envoy.extensions.filters.http.wasm.v3.Wasm`,
    config: {
      name: root,
      root_id: root,
      failure_policy: 'FAIL_RELOAD',
      vm_config: { vm_id: names.VM_ID, runtime: 'envoy.wasm.runtime.v8', code: { local: { filename: file } } },
    },
  },
})

export const downstreamFilters = (suite: string, root?: string): object[] => [pluginOf(DOWNSTREAM, suite, root)]
export const upstreamFilters = (suite: string): object[] => [pluginOf(UPSTREAM, suite)]

const ENABLE = { '@type': `${TYPE}envoy.config.route.v3.FilterConfig`, config: {} }

const connectionManager = (file: string, more: object, root?: string): object => ({
  '@type': `${TYPE}envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager`,
  stat_prefix: 'main',
  use_remote_address: true,
  access_log: [
    {
      name: 'stdout',
      typed_config: {
        '@type': `${TYPE}envoy.extensions.access_loggers.stream.v3.StdoutAccessLog`,
        log_format: { text_format_source: { inline_string: `record ${names.DECISION_FORMAT}\n` } },
      },
    },
  ],
  http_filters: [
    ...downstreamFilters(file, root),
    { name: 'router', typed_config: { '@type': `${TYPE}envoy.extensions.filters.http.router.v3.Router` } },
  ],
  ...more,
})

const virtualHosts = (routes: TestRoute[]): object[] =>
  [...new Set(routes.map(({ host = '*' }) => host))].map(host => ({
    name: host,
    domains: [host],
    routes: routes.filter(route => (route.host ?? '*') === host).map(route),
  }))

function route({ prefix = '/', plan, placement, action, direct }: TestRoute): object {
  const match = { match: { prefix } }
  const acts = direct ? { direct_response: direct } : { route: { cluster: 'up', ...action } }
  if (plan === undefined) return { ...match, ...acts }
  const bytes = plan instanceof Uint8Array ? plan : bytesOf(plan)
  return {
    ...match,
    ...acts,
    typed_per_filter_config:
      placement || plan instanceof Uint8Array ? switchesAt(placement ?? EVERYWHERE) : switchesOf(plan),
    ...planOnRoute(bytes),
  }
}

const cluster = (name: string, port: number | undefined, file: string): object => ({
  name,
  circuit_breakers: { thresholds: [{ max_connections: 10_000, max_pending_requests: 10_000, max_requests: 10_000 }] },
  load_assignment: {
    cluster_name: name,
    endpoints: port === undefined ? [] : [{ lb_endpoints: [{ endpoint: { address: socket(port) } }] }],
  },
  typed_extension_protocol_options: {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
      '@type': `${TYPE}envoy.extensions.upstreams.http.v3.HttpProtocolOptions`,
      explicit_http_config: { http_protocol_options: {} },
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

/** The decision records that Envoy has logged, in order; waits until there are `count`. */
export async function records(envoy: StaticEnvoy, count: number): Promise<unknown[]> {
  for (;;) {
    const lines = envoy.log().match(/^record .*$/gm) ?? []
    if (lines.length >= count) return lines.map(line => parse(line.slice('record '.length)))
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

const parse = (text: string): unknown => (text === '-' ? undefined : JSON.parse(text))

/** Samples of our metrics as Prometheus sees them: `name{labels}` → value. */
export async function metrics(envoy: StaticEnvoy): Promise<Record<string, number>> {
  const text = await envoy.admin('/stats/prometheus?filter=sluice')
  const lines = text.split('\n').filter(line => line.startsWith('sluice_'))
  return Object.fromEntries(
    lines.map(line => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  )
}

// One route with all four filters on, header edits of both kinds, over the protocols that a test asks for.
import type { Plan } from '../../filters/plan/plan.ts'
import { type StaticEnvoy, startEnvoy } from '../envoy/static.ts'
import { emptyPlan, suiteBootstrap } from '../filters/suite.ts'

/** Limits nothing, sets, adds and removes, rewrites `/p` to `/new`, and copies every request. */
export const ALL_FILTERS: Plan = {
  ...emptyPlan(),
  downstream: {
    request: [
      {
        type: 'RateLimit',
        policy: 'a/limit',
        trustedHops: 0,
        limits: [
          {
            name: 'n',
            requests: 1_000_000,
            unitSeconds: 1,
            burst: 1_000_000,
            scope: 'Node',
            key: [{ type: 'ClientAddress' }],
          },
        ],
      },
    ],
    response: [
      {
        type: 'Mutate',
        policy: 'a/mutate',
        edits: [{ action: 'Set', name: 'x-down', value: { type: 'Text', text: 'down' } }],
      },
    ],
  },
  upstream: {
    request: [
      {
        type: 'Headers',
        policy: 'a/h',
        set: [{ name: 'x-set', value: 'set' }],
        add: [],
        remove: ['x-gone'],
      },
      {
        type: 'Mutate',
        policy: 'a/mutate',
        edits: [{ action: 'Add', name: 'x-add', value: { type: 'Text', text: 'added' } }],
      },
      {
        type: 'Rewrite',
        policy: 'a/w',
        host: 'new.example',
        path: { type: 'ReplacePrefixMatch', prefix: '/p', value: '/new' },
      },
      { type: 'Mirror', policy: 'a/m', cluster: 'copy', fraction: { numerator: 1, denominator: 1 }, timeoutMs: 5000 },
    ],
    response: [{ type: 'Headers', policy: 'a/h', set: [{ name: 'x-up', value: 'up' }], add: [], remove: [] }],
  },
}

export interface Ports {
  up: number
  copy: number
}

export interface Protocols {
  upstream: 'HTTP/1.1' | 'h2c'
  /** Without it the route has no plan: Envoy alone, for comparison. */
  plan?: Plan | undefined
  manager?: object
  action?: object
  /** Thresholds of every cluster's circuit breakers. */
  thresholds?: object
}

interface Bootstrap {
  static_resources: {
    clusters: {
      circuit_breakers: { thresholds: object[] }
      typed_extension_protocol_options: Record<string, { explicit_http_config: object }>
    }[]
  }
}

export async function startAllFilters(
  ports: Ports,
  { upstream, plan, manager, action, thresholds }: Protocols,
): Promise<StaticEnvoy> {
  const route = { ...(plan ? { plan } : {}), ...(action ? { action } : {}) }
  const bootstrap = (await suiteBootstrap([route], {
    clusters: { ...ports },
    manager: { http_protocol_options: { enable_trailers: true }, ...manager },
  })) as Bootstrap
  const config =
    upstream === 'h2c' ? { http2_protocol_options: {} } : { http_protocol_options: { enable_trailers: true } }
  for (const { circuit_breakers, typed_extension_protocol_options } of bootstrap.static_resources.clusters) {
    for (const options of Object.values(typed_extension_protocol_options)) options.explicit_http_config = config
    if (thresholds) circuit_breakers.thresholds = [thresholds]
  }
  return startEnvoy(bootstrap)
}

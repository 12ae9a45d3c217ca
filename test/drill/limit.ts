// The limit drill: many connections on several workers against one bucket of node scope. How many requests passed is exact, or
// the limit is none.
import type { Plan } from '../../filters/plan/plan.ts'
import { startEnvoy } from '../envoy/static.ts'
import { emptyPlan, suiteBootstrap } from '../filters/suite.ts'
import { openLanes, requestText } from '../load/lanes.ts'

export interface LimitOptions {
  limit: number
  connections: number
  workers: number
}

export interface Limited {
  allowed: number
  limited: number
  /** Other statuses and resets: has to be 0. */
  others: number
  /** Connections of each worker. */
  connectionsOf: number[]
}

/** Asks three times as often as the limit allows. */
export async function drillLimit({ limit, connections, workers }: LimitOptions): Promise<Limited> {
  const plan: Plan = {
    ...emptyPlan(),
    downstream: {
      request: [
        {
          type: 'RateLimit',
          policy: 'default/drill',
          trustedHops: 0,
          limits: [{ name: 'all', requests: limit, burst: limit, unitSeconds: 2592000, scope: 'Node', key: [] }],
        },
      ],
      response: [],
    },
  }
  const direct = { status: 200, body: { inline_string: 'ok' } }
  const bootstrap = await suiteBootstrap([{ plan, direct }], { clusters: {}, manager: { access_log: [] } })
  await using envoy = await startEnvoy(balanced(bootstrap), { concurrency: workers, logLevel: 'error' })
  using lanes = openLanes(envoy.port('main'), connections)
  const text = requestText('/', { host: 'drill.example' })
  const { statuses } = await lanes.run(3 * limit, () => text)
  const stats = await envoy.admin('/stats?filter=worker_[0-9]+.downstream_cx_total')
  const allowed = statuses.get(200) ?? 0
  const limited = statuses.get(429) ?? 0
  return {
    allowed,
    limited,
    others: 3 * limit - allowed - limited,
    connectionsOf: [...stats.matchAll(/^listener\.(?!admin).*worker_\d+\.downstream_cx_total: (\d+)$/gm)].map(
      ([, count]) => Number(count),
    ),
  }
}

/** Every worker gets as many connections; the kernel alone may give all of them to one. */
function balanced(bootstrap: object): object {
  const { static_resources: resources } = bootstrap as { static_resources: { listeners: object[] } }
  const connection_balance_config = { exact_balance: {} }
  const listeners = resources.listeners.map(listener => ({ ...listener, connection_balance_config }))
  return { ...bootstrap, static_resources: { ...resources, listeners } }
}

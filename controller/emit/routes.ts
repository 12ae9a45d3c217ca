// Chains, hosts and routes of the IR in, route configurations, virtual hosts and routes of Envoy out.
import type { Any, Route as RouteJson, VirtualHost } from '../../envoy/schema/envoy.gen.ts'
import type { Plan } from '../../filters/plan/plan.ts'
import type { Host, HttpChain, Route } from '../ir/ir.ts'
import { routeAction } from './act.ts'
import { CORS_FILTER, corsPolicy } from './cors.ts'
import type { RouteTable } from './delivery.ts'
import { routeMatch } from './match.ts'
import { byIdentity } from './memo.ts'
import { planKey, planMetadata } from './plan.ts'
import { redirectVariants } from './redirect.ts'
import {
  backendConfig,
  majority,
  routeConfig,
  switchesOf,
  type TableSwitches,
  tableConfig,
  votesOf,
} from './switches.ts'

export interface Routing {
  table: RouteTable
  hosts: VirtualHost[]
}

/** The same for the same chain; the same host for the same host, while its table says the same for all routes. */
export type RouteEmitter = (chain: HttpChain) => Routing

export const createRouteEmitter = (): RouteEmitter => {
  const plans: OfPlans = { metadata: byIdentity(planMetadata), key: byIdentity(planKey) }
  const switches = byIdentity(switchesOf)
  const votes = byIdentity(({ routes }: Host) => votesOf(routes.map(switches)))
  const createHostEmitter = (table: TableSwitches) => {
    const routes = byIdentity((route: Route) => routesJson(route, routeConfig(switches(route), table), plans))
    return byIdentity(
      (host: Host): VirtualHost => ({ name: host.name, domains: [host.name], routes: host.routes.flatMap(routes) }),
    )
  }
  const emitters = new Map<string, ReturnType<typeof createHostEmitter>>()
  return byIdentity((chain: HttpChain): Routing => {
    const said = majority(chain.hosts.map(votes))
    const key = `${said.downstream} ${said.upstream}`
    const emit = emitters.get(key) ?? createHostEmitter(said)
    emitters.set(key, emit)
    return { table: tableOf(chain, said), hosts: chain.hosts.map(emit) }
  })
}

const tableOf = ({ id }: HttpChain, said: TableSwitches): RouteTable => ({
  name: id,
  // "MUST ignore any port value specified in the HTTP Host header while performing a match and … MUST forward this
  // header unmodified" (HTTPRouteSpec.hostnames): so the port is ignored, not stripped.
  ignorePortInHostMatching: true,
  // The cluster of an invalid backendRef does not exist, on purpose.
  validateClusters: false,
  ...filterConfig(tableConfig(said)),
})

const filterConfig = (typedPerFilterConfig: Record<string, Any>): Pick<RouteTable, 'typedPerFilterConfig'> =>
  Object.keys(typedPerFilterConfig).length > 0 ? { typedPerFilterConfig } : {}

interface OfPlans {
  metadata: (plan: Plan) => RouteJson['metadata'] & object
  key: (plan: Plan) => string
}

const routesJson = (route: Route, switches: Record<string, Any>, plans: OfPlans): RouteJson[] => {
  const { act, plan } = route
  const base = { name: plan ? route.id + plans.key(plan) : route.id, match: routeMatch(route.match) }
  const rest = extrasOf(route, switches, plans)
  switch (act.type) {
    case 'Forward':
      return [{ ...base, route: routeAction(act, cluster => backendConfig(route.plan, cluster)), ...rest }]
    case 'Respond':
      return [{ ...base, directResponse: { status: act.status }, ...rest }]
    case 'Redirect':
      return redirectVariants(act).map(({ forHostsWithPort, action }) => ({
        ...base,
        match: forHostsWithPort ? withPort(base.match) : base.match,
        redirect: action,
        ...rest,
      }))
  }
}

const withPort = (match: RouteJson['match'] & object): RouteJson['match'] & object => ({
  ...match,
  headers: [...(match.headers ?? []), { name: ':authority', stringMatch: { safeRegex: { regex: '.*:[0-9]+' } } }],
})

const extrasOf = (
  { plan, cors }: Route,
  switches: Record<string, Any>,
  plans: OfPlans,
): Pick<RouteJson, 'metadata' | 'typedPerFilterConfig'> => ({
  ...(plan ? { metadata: plans.metadata(plan) } : {}),
  ...filterConfig({ ...(cors ? { [CORS_FILTER]: corsPolicy(cors) } : {}), ...switches }),
})

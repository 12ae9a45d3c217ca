// Chains, hosts and routes of the IR in, route configurations, virtual hosts and routes of Envoy out.
import type { Any, Route as RouteJson, VirtualHost } from '../../envoy/schema/envoy.gen.ts'
import type { Plan } from '../../filters/plan/plan.ts'
import type { Forward, Host, HttpChain, Route } from '../ir/ir.ts'
import { routeAction } from './act.ts'
import { CORS_FILTER, corsPolicy } from './cors.ts'
import type { RouteTable } from './delivery.ts'
import { routeMatch } from './match.ts'
import { byIdentity } from './memo.ts'
import { backendSwitches, planKey, planMetadata, planSwitches } from './plan.ts'
import { redirectVariants } from './redirect.ts'

export interface RouteEmitter {
  table(chain: HttpChain): RouteTable
  host(host: Host): VirtualHost
}

export const createRouteEmitter = (): RouteEmitter => {
  const plans: OfPlans = { metadata: byIdentity(planMetadata), key: byIdentity(planKey) }
  const routes = byIdentity((route: Route) => routesJson(route, plans))
  return {
    table: byIdentity(tableOf),
    host: byIdentity((host: Host) => ({
      name: host.name,
      domains: [host.name],
      routes: host.routes.flatMap(routes),
    })),
  }
}

const tableOf = ({ id }: HttpChain): RouteTable => ({
  name: id,
  // "MUST ignore any port value specified in the HTTP Host header while performing a match and … MUST forward this
  // header unmodified" (HTTPRouteSpec.hostnames): so the port is ignored, not stripped.
  ignorePortInHostMatching: true,
  // The cluster of an invalid backendRef does not exist, on purpose.
  validateClusters: false,
})

interface OfPlans {
  metadata: (plan: Plan) => RouteJson['metadata'] & object
  key: (plan: Plan) => string
}

const routesJson = (route: Route, plans: OfPlans): RouteJson[] => {
  const { act, plan } = route
  const base = { name: plan ? route.id + plans.key(plan) : route.id, match: routeMatch(route.match) }
  const rest = extrasOf(route, plans)
  switch (act.type) {
    case 'Forward':
      return [{ ...base, route: routeAction(act, cluster => backendSwitches(route.plan, cluster)), ...rest }]
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

const isSplit = (act: Route['act']): act is Forward => act.type === 'Forward' && act.to.length > 1

const extrasOf = ({ act, plan, cors }: Route, plans: OfPlans): Pick<RouteJson, 'metadata' | 'typedPerFilterConfig'> => {
  const switches: Record<string, Any> = {
    ...(cors ? { [CORS_FILTER]: corsPolicy(cors) } : {}),
    ...(plan ? planSwitches(plan, isSplit(act)) : {}),
  }
  return {
    ...(plan ? { metadata: plans.metadata(plan) } : {}),
    ...(Object.keys(switches).length > 0 ? { typedPerFilterConfig: switches } : {}),
  }
}

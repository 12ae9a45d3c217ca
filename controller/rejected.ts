// What Envoys rejected in, what it is to the world of objects out: rules of routes, listeners, Secrets, Gateways.
import type { Plan } from '../filters/plan/plan.ts'
import type { BackendId, ProxyId, Proxy as ProxyIr } from './ir/ir.ts'
import type { Rejection } from './serve/quarantine.ts'
import type { XdsType } from './serve/resource.ts'

type ByProxy = ReadonlyMap<ProxyId, readonly Rejection[]>

/**
 * Rules that do not work, `Kind/namespace/name/rule`, with Envoy's words: their own routes were rejected, or the cluster of a
 * backend that they send requests or copies to. `proxyOf` is what the proxy was last given.
 */
export const rulesOf = (rejections: ByProxy, proxyOf: (id: ProxyId) => ProxyIr | undefined): Map<string, string> => {
  const rules = new Map<string, string>()
  for (const [id, all] of rejections) {
    const backends = new Map<BackendId, string>()
    for (const { type, name, route, message } of all) {
      if (route !== undefined) rules.set(ruleOf(route), message)
      if (type === 'Cluster' || type === 'ClusterLoadAssignment') backends.set(name, `backend ${name}: ${message}`)
    }
    const proxy = backends.size > 0 ? proxyOf(id) : undefined
    for (const [rule, used] of proxy ? usesOf(proxy) : []) {
      const message = used.map(backend => backends.get(backend)).find(text => text !== undefined)
      if (message !== undefined && !rules.has(rule)) rules.set(rule, message)
    }
  }
  return rules
}

/** What each rule uses of backends. Endpoints are shared by those that are spoken to in different ways. */
const usesOf = (proxy: ProxyIr): Map<string, BackendId[]> => {
  const endpointsOf = new Map(proxy.backends.map(({ id, endpointsOf }) => [id, endpointsOf]))
  const uses = new Map<string, BackendId[]>()
  const use = (rule: string, backend: BackendId) =>
    uses.set(rule, [...(uses.get(rule) ?? []), backend, endpointsOf.get(backend) ?? backend])
  for (const { chains } of proxy.listeners)
    for (const chain of chains) {
      if (chain.type === 'Stream') {
        const { kind, namespace, name, rule = 0 } = chain.origin
        for (const target of chain.to)
          if ('backend' in target) use(`${kind}/${namespace}/${name}/${rule}`, target.backend)
        continue
      }
      for (const { id, act, plan } of chain.hosts.flatMap(({ routes }) => routes)) {
        if (act.type === 'Forward')
          for (const target of [...act.to, ...(act.copies ?? [])])
            if ('backend' in target) use(ruleOf(id), target.backend)
        for (const cluster of plan ? copiesOf(plan) : []) use(ruleOf(id), cluster)
      }
    }
  return uses
}

/** The clusters that copies go to. */
const copiesOf = (plan: Plan): BackendId[] =>
  [plan.upstream, ...plan.clusters].flatMap(({ request }) =>
    request.flatMap(op => (op.type === 'Mirror' ? [op.cluster] : [])),
  )

/** Those of a type, with Envoy's words. */
export const namesOf = (wanted: XdsType, rejections: ByProxy): Map<string, string> =>
  new Map(
    [...rejections.values()]
      .flat()
      .flatMap(({ type, name, message }) => (type === wanted ? [[name, message] as const] : [])),
  )

/** `namespace/name` of the Gateways whose listeners Envoy could not set up: listeners are named `namespace/name/port`. */
export const gatewaysOf = (rejections: readonly Rejection[]): Set<string> =>
  new Set(rejections.flatMap(({ type, name }) => (type === 'Listener' ? [name.split('/').slice(0, 2).join('/')] : [])))

/** Of a route id, `Kind/namespace/name/rule/match`. */
const ruleOf = (route: string): string => route.split('/').slice(0, 4).join('/')

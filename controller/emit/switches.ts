// Routes of a table in; which of the two plugins run on each, said with as few words as can be, out. Envoy spends more than a
// microsecond on each saying whenever a table of routes changes: so what most of many routes want is said once for all of them,
// and the others say that they do not. Where no route has a plan, nothing is said.
import { packAny } from '../../envoy/schema/any.ts'
import type { Any, WeightedCluster_ClusterWeight } from '../../envoy/schema/envoy.gen.ts'
import type { Plan } from '../../filters/plan/plan.ts'
import { DOWNSTREAM, downstreamPlugin, UPSTREAM, upstreamPlugin } from '../../filters/suite/plugins.ts'
import type { Route } from '../ir/ir.ts'

/** Whether each half runs. */
export interface Switches {
  downstream: boolean
  /** Undefined: it makes no difference, no request goes upstream. */
  upstream: boolean | undefined
}

/** `FilterConfig{config:{}}`: the filter runs here, with the configuration it has. `FilterConfig{}` alone is refused. */
const ON: Any = packAny('envoy.config.route.v3.FilterConfig', { config: {} as Any })
const OFF: Any = packAny('envoy.config.route.v3.FilterConfig', { disabled: true })

/** What a route wants. Where requests are shared out by weight, a backend has a switch of its own. */
export const switchesOf = ({ act, plan }: Route): Switches => {
  const isForwarded = act.type === 'Forward'
  const isSplit = isForwarded && act.to.length > 1
  return {
    downstream: plan !== undefined && downstreamPlugin(plan) !== undefined,
    upstream: isForwarded ? plan !== undefined && runsUpstream(plan, isSplit) : undefined,
  }
}

const runsUpstream = (plan: Plan, isSplit: boolean): boolean =>
  isSplit ? plan.upstream.request.length + plan.upstream.response.length > 0 : upstreamPlugin(plan) !== undefined

/** How many more want each half than do not. */
export interface Votes {
  downstream: number
  upstream: number
}

export const votesOf = (all: readonly Switches[]): Votes => {
  const votes = { downstream: 0, upstream: 0 }
  for (const { downstream, upstream } of all) {
    votes.downstream += downstream ? 1 : -1
    if (upstream !== undefined) votes.upstream += upstream ? 1 : -1
  }
  return votes
}

/** What is said for all routes of a table. */
export type TableSwitches = { [Half in keyof Switches]: boolean }

/** By so many more it has to be wanted: in small tables nothing is saved, and what is printed of them reads better. */
const MANY = 16

export const majority = (votes: Iterable<Votes>): TableSwitches => {
  const sum = { downstream: 0, upstream: 0 }
  for (const { downstream, upstream } of votes) {
    sum.downstream += downstream
    sum.upstream += upstream
  }
  return { downstream: sum.downstream >= MANY, upstream: sum.upstream >= MANY }
}

export const tableConfig = (table: TableSwitches): Record<string, Any> => ({
  ...(table.downstream ? { [DOWNSTREAM.name]: ON } : {}),
  ...(table.upstream ? { [UPSTREAM.name]: ON } : {}),
})

export const routeConfig = ({ downstream, upstream }: Switches, table: TableSwitches): Record<string, Any> => ({
  ...(downstream === table.downstream ? {} : { [DOWNSTREAM.name]: downstream ? ON : OFF }),
  ...(upstream === undefined || upstream === table.upstream ? {} : { [UPSTREAM.name]: upstream ? ON : OFF }),
})

/** What one backend's share turns on. */
export const backendConfig = (plan: Plan | undefined, cluster: string): Partial<WeightedCluster_ClusterWeight> => {
  if (!plan || runsUpstream(plan, true)) return {}
  const isNamed = plan.clusters.some(section => section.cluster === cluster)
  return isNamed ? { typedPerFilterConfig: { [UPSTREAM.name]: ON } } : {}
}

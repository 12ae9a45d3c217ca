// A route's plan in; the metadata that carries it and the switches that turn the two plugins on, only where there is
// something to do, out.
import { packAny } from '../../envoy/schema/any.ts'
import type { Any, Metadata, WeightedCluster_ClusterWeight } from '../../envoy/schema/envoy.gen.ts'
import type { Plan } from '../../filters/plan/plan.ts'
import { DOWNSTREAM_FILTER, PLAN_METADATA, UPSTREAM_FILTER } from '../../filters/suite/names.ts'
import { planBytes } from '../ir/plan-bytes.ts'

/** `FilterConfig{config:{}}`: the filter runs here, with the configuration it has. `FilterConfig{}` alone is refused. */
const ENABLED: Any = packAny('envoy.config.route.v3.FilterConfig', { config: {} as Any })

/** Translation has encoded it once, so it can be. */
export const planMetadata = (plan: Plan): Metadata => {
  const encoded = planBytes(plan)
  if (!encoded.ok) throw new Error(`plan ${plan.rule}: ${encoded.faults.map(({ at, refusal }) => `${at} ${refusal}`)}`)
  return { typedFilterMetadata: { [PLAN_METADATA]: packAny('google.protobuf.BytesValue', base64(encoded.bytes)) } }
}

/** What the route as a whole turns on. `isSplit`: requests are shared out by weight, so a backend has a switch of its own. */
export const planSwitches = (plan: Plan, isSplit: boolean): Record<string, Any> => {
  const upstream = plan.upstream.request.length + plan.upstream.response.length > 0
  const downstream = plan.downstream.request.length + plan.downstream.response.length > 0
  return {
    ...(downstream ? { [DOWNSTREAM_FILTER]: ENABLED } : {}),
    ...(upstream || (!isSplit && plan.clusters.length > 0) ? { [UPSTREAM_FILTER]: ENABLED } : {}),
  }
}

/** What one backend's share turns on. */
export const backendSwitches = (plan: Plan | undefined, cluster: string): Partial<WeightedCluster_ClusterWeight> => {
  const runsAnyway = plan && plan.upstream.request.length + plan.upstream.response.length > 0
  const isNamed = plan?.clusters.some(section => section.cluster === cluster)
  return isNamed && !runsAnyway ? { typedPerFilterConfig: { [UPSTREAM_FILTER]: ENABLED } } : {}
}

const base64 = (bytes: Uint8Array): string => {
  let text = ''
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return btoa(text)
}

// A route's plan in; the metadata that carries it, its key and the switches that turn the plugins on, only where there is
// something to do, out.
import { packAny } from '../../envoy/schema/any.ts'
import type { Any, Metadata, WeightedCluster_ClusterWeight } from '../../envoy/schema/envoy.gen.ts'
import { KEY_MARK, keyOf } from '../../filters/plan/key.ts'
import type { Plan } from '../../filters/plan/plan.ts'
import { PLAN_METADATA } from '../../filters/suite/names.ts'
import { downstreamPlugin, upstreamPlugin } from '../../filters/suite/plugins.ts'
import { planBytes } from '../ir/plan-bytes.ts'

/** `FilterConfig{config:{}}`: the filter runs here, with the configuration it has. `FilterConfig{}` alone is refused. */
const ENABLED: Any = packAny('envoy.config.route.v3.FilterConfig', { config: {} as Any })

/** Translation has encoded it once, so it can be. */
const encodedOf = (plan: Plan): Uint8Array => {
  const encoded = planBytes(plan)
  if (!encoded.ok) throw new Error(`plan ${plan.rule}: ${encoded.faults.map(({ at, refusal }) => `${at} ${refusal}`)}`)
  return encoded.bytes
}

export const planMetadata = (plan: Plan): Metadata => ({
  typedFilterMetadata: { [PLAN_METADATA]: packAny('google.protobuf.BytesValue', base64(encodedOf(plan))) },
})

/** What the name of a route ends with, so that the filters know its plan by it: `filters/plan/key.ts`. */
export const planKey = (plan: Plan): string => KEY_MARK + keyOf(encodedOf(plan))

/** What the route as a whole turns on. `isSplit`: requests are shared out by weight, so a backend has a switch of its own. */
export const planSwitches = (plan: Plan, isSplit: boolean): Record<string, Any> => {
  const runsAnyway = plan.upstream.request.length + plan.upstream.response.length > 0
  const upstream = runsAnyway || !isSplit ? upstreamPlugin(plan) : undefined
  const downstream = downstreamPlugin(plan)
  return {
    ...(downstream ? { [downstream.name]: ENABLED } : {}),
    ...(upstream ? { [upstream.name]: ENABLED } : {}),
  }
}

/** What one backend's share turns on. */
export const backendSwitches = (plan: Plan | undefined, cluster: string): Partial<WeightedCluster_ClusterWeight> => {
  const runsAnyway = plan && plan.upstream.request.length + plan.upstream.response.length > 0
  const isNamed = plan?.clusters.some(section => section.cluster === cluster)
  const plugin = plan && isNamed && !runsAnyway ? upstreamPlugin(plan) : undefined
  return plugin ? { typedPerFilterConfig: { [plugin.name]: ENABLED } } : {}
}

const base64 = (bytes: Uint8Array): string => {
  let text = ''
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return btoa(text)
}

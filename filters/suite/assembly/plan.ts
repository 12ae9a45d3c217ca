// Reading the plan of the route that the running stream is on.
import { ABSENT, literal, property, propertyStatus, Status, View } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { isReadable } from '../../plan/assembly/check'
import { PLAN_METADATA } from '../names'

const PLAN = literal('xds\0route_metadata\0typed_filter_metadata\0' + PLAN_METADATA)
const CLUSTER = literal('xds\0cluster_name')
const ATTEMPT = literal('upstream\0request_attempt_count')

/** Set by `readPlan`: there is a plan, and it cannot be used. */
export let isUnreadable: bool = false

/** The checked plan, or `ABSENT` when the route has none or an unreadable one. */
export function readPlan(): View {
  const plan = property(PLAN)
  isUnreadable = plan == ABSENT ? propertyStatus != Status.NotFound : !isReadable(plan)
  return isUnreadable ? ABSENT : plan
}

/** The cluster that was chosen for the running attempt. */
export function clusterName(): View {
  return property(CLUSTER)
}

export { ATTEMPT }

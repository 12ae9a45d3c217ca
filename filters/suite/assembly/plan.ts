// The plan of the route that the running stream is on, and what else of Envoy the executor asks for.
import {
  ABSENT,
  built,
  clear,
  GRPC_DERIVED,
  Level,
  literal,
  log,
  newBuilder,
  property,
  propertyStatus,
  put,
  sendLocalReply,
  sipHash,
  Status,
  View,
  view,
} from 'proxy-wasm-assemblyscript-sdk/assembly'
import { isReadable } from '../../plan/assembly/check'
import { countDecision } from '../../plan/assembly/counters'
import { Filter, Outcome } from '../../plan/assembly/decisions'
import { isHarmless } from '../../plan/assembly/harmless'
import { hasKey, isKeyOf } from '../../plan/assembly/key'
import { PLAN_METADATA } from '../names'
import { knownAs, learnAs, takeApart } from './known'

const PLAN = literal('xds\0route_metadata\0typed_filter_metadata\0' + PLAN_METADATA)
const ROUTE = literal('xds\0route_name')
const CLUSTER = literal('xds\0cluster_name')

/** Set by `readPlan`: there is a plan, and it cannot be used. */
export let isUnreadable: bool = false

/** The checked plan and its parts (`Known`), until the callback ends; 0 when the route has none or an unreadable one. */
export function readPlan(): usize {
  isUnreadable = false
  const name = property(ROUTE)
  const isNamed = name != ABSENT && hasKey(name)
  const known = isNamed ? knownAs(name) : 0
  if (known) return known
  const plan = property(PLAN)
  isUnreadable = plan == ABSENT ? propertyStatus != Status.NotFound : !isReadable(plan) || !isHarmless(plan)
  if (isUnreadable || plan == ABSENT) return 0
  return isNamed && isKeyOf(name, plan) ? learnAs(name, plan) : takeApart(plan)
}

/** The cluster that was chosen for the running attempt. */
export function clusterName(): View {
  return property(CLUSTER)
}

const DETAILS = literal('sluice_plan_unreadable')
const BODY = literal('This route has a plan that its filters cannot read\n')
const LINE = literal('sluice: unreadable plan on route ')
const UNNAMED = literal('(unnamed)')
const NO_PAIRS = view(memory.data(4, 4), 4)
const line = newBuilder(512)

/** Hashes of the routes that have been logged: a direct-mapped table, so that a route is logged about once. */
const LOGGED: u32 = 256
const logged: usize = memory.data(2048, 8)

/** Answers 500 in place of a route whose plan cannot be read, counts it, and logs the route once. */
export function refuseUnreadable(): void {
  countDecision(Filter.Plan, ABSENT, Outcome.Refused, false)
  const name = property(ROUTE)
  const route = name == ABSENT ? UNNAMED : name
  const hash = sipHash(route, 0, 0) | 1
  const place = logged + (<usize>((<u32>(hash >> 32)) & (LOGGED - 1)) << 3)
  if (load<u64>(place) != hash) {
    store<u64>(place, hash)
    clear(line)
    put(line, LINE)
    put(line, route)
    log(Level.Error, built(line))
  }
  sendLocalReply(500, DETAILS, BODY, NO_PAIRS, GRPC_DERIVED)
}

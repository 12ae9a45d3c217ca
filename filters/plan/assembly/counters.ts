// Counting what filters decide: `sluice_decisions_total` by filter, policy, outcome and mode. Each counter is made when
// it first counts, and kept for ever. When there are too many, further policies count as `other`.
import {
  built,
  clear,
  countUp,
  equals,
  literal,
  newBuilder,
  newCounter,
  put,
  size,
  start,
  View,
  view,
} from 'proxy-wasm-assemblyscript-sdk/assembly'
import { DECISIONS_METRIC } from '../../suite/names'

/** next in bucket · counter · u64 filter · u64 outcome and mode · policy */
const NODE: usize = 24
const BUCKETS: u32 = 256
const MOST: u32 = 2048

const buckets: usize = memory.data(256 * 4, 8)
let used: u32 = 0

const NAME = literal(DECISIONS_METRIC + ';filter=')
const POLICY = literal(';policy=')
const OUTCOME = literal(';outcome=')
const MODE_ENFORCE = literal(';mode=Enforce')
const MODE_DRY_RUN = literal(';mode=DryRun')
const OTHER = literal('other')
const name = newBuilder(1024)

/** `filter` and `outcome` are literals: their addresses tell them apart. */
export function countDecision(filter: View, policy: View, outcome: View, dryRun: bool): void {
  countUp(counterOf(filter, policy, outcome, dryRun))
}

/** The counter of such decisions, for whoever makes many of them. */
export function counterOf(filter: View, policy: View, outcome: View, dryRun: bool): usize {
  const what = outcome ^ (<u64>dryRun << 63)
  const bucket = bucketOf(policy)
  for (let node = load<usize>(bucket); node; node = load<usize>(node))
    if (load<u64>(node, 8) == filter && load<u64>(node, 16) == what && equals(policyIn(node), policy))
      return load<usize>(node, 4)
  if (used == MOST && policy != OTHER) return counterOf(filter, OTHER, outcome, dryRun)
  clear(name)
  add(NAME)
  add(filter)
  add(POLICY)
  add(policy)
  add(OUTCOME)
  add(outcome)
  add(dryRun ? MODE_DRY_RUN : MODE_ENFORCE)
  const length = size(policy)
  const node = heap.alloc(NODE + 4 + <usize>length)
  store<usize>(node, load<usize>(bucket))
  store<usize>(node, newCounter(built(name)), 4)
  store<u64>(node, filter, 8)
  store<u64>(node, what, 16)
  store<i32>(node, length, NODE)
  memory.copy(node + NODE + 4, start(policy), <usize>length)
  store<usize>(bucket, node)
  if (policy != OTHER) used++
  return load<usize>(node, 4)
}

function add(text: View): void {
  put(name, text)
}

// @ts-ignore: decorator
@inline
function policyIn(node: usize): View {
  return view(node + NODE + 4, load<i32>(node, NODE))
}

function bucketOf(policy: View): usize {
  let sum: u32 = 0
  for (let i = 0; i < size(policy); i++) sum = sum * 31 + load<u8>(start(policy) + <usize>i)
  return buckets + (<usize>(sum & (BUCKETS - 1)) << 2)
}

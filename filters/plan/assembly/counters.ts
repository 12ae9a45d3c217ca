// Counting what filters decide: `sluice_decisions_total` by filter, policy, outcome and mode. Each counter is defined when
// it first counts, and its id kept in a fixed table. When the table is full, further policies count as `other`.
import {
  built,
  clear,
  defineMetric,
  incrementMetric,
  literal,
  Metric,
  newBuilder,
  put,
  sipHash,
  View,
} from 'proxy-wasm-assemblyscript-sdk/assembly'
import { DECISIONS_METRIC } from '../../suite/names'

/** hash u64 · id u32, by open addressing; never more than half full, but for `other`. */
const PLACES: u32 = 4096
const MOST: u32 = 2048
const PLACE: usize = 16

const table: usize = newTable()
let used: u32 = 0

const NAME = literal(DECISIONS_METRIC + ';filter=')
const POLICY = literal(';policy=')
const OUTCOME = literal(';outcome=')
const MODE_ENFORCE = literal(';mode=Enforce')
const MODE_DRY_RUN = literal(';mode=DryRun')
const OTHER = literal('other')
const name = newBuilder(1024)

function newTable(): usize {
  const at = heap.alloc(<usize>PLACES * PLACE)
  memory.fill(at, 0, <usize>PLACES * PLACE)
  return at
}

/** `filter` and `outcome` are literals: their addresses tell them apart. */
export function countDecision(filter: View, policy: View, outcome: View, dryRun: bool): void {
  const hash = sipHash(policy, filter, outcome ^ <u64>dryRun) | 1
  let at = <u32>hash & (PLACES - 1)
  for (let tries: u32 = 0; tries < PLACES; tries++) {
    const place = table + <usize>at * PLACE
    const known = load<u64>(place)
    if (known == hash) {
      incrementMetric(load<u32>(place, 8), 1)
      return
    }
    if (!known) {
      if (used >= MOST && policy != OTHER) return countDecision(filter, OTHER, outcome, dryRun)
      define(place, hash, filter, policy, outcome, dryRun)
      return
    }
    at = (at + 1) & (PLACES - 1)
  }
}

function define(place: usize, hash: u64, filter: View, policy: View, outcome: View, dryRun: bool): void {
  clear(name)
  put(name, NAME)
  put(name, filter)
  put(name, POLICY)
  put(name, policy)
  put(name, OUTCOME)
  put(name, outcome)
  put(name, dryRun ? MODE_DRY_RUN : MODE_ENFORCE)
  const id = defineMetric(Metric.Counter, built(name))
  store<u64>(place, hash)
  store<u32>(place, id, 8)
  used++
  incrementMetric(id, 1)
}

// Comparing copies with their primaries: what each of the two was answered comes in, in either order; one count by status and one
// by who was first come out. A fixed ring: a pair that a later copy has pushed out counts as not compared.
import { actFor, Headers, size, start, Status, View, view } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { countDecision } from '../../plan/assembly/counters'
import { Filter, Outcome } from '../../plan/assembly/decisions'
import { statusIn } from './status'

/** token, 0 for none · stream · status of the primary, 0 while unknown · of the copy · length of the policy · policy */
const PAIR: usize = 544
const PAIRS: usize = 256
const MOST_POLICY: i32 = <i32>PAIR - 20

const NO_ANSWER: u32 = 1

let ring: usize = 0
/** Of the ring: where the next pair goes. Tokens are no positions, as Envoy counts them in steps of four. */
let next: usize = 0
/** Pairs whose primary is not known yet: responses of other streams cost one comparison. */
export let comparing: i32 = 0

/** A copy is under way, and what becomes of it is to be compared with its stream. */
export function beginComparison(token: u32, stream: u32, policy: View): void {
  if (size(policy) > MOST_POLICY) return
  if (!ring) {
    ring = heap.alloc(PAIR * PAIRS)
    memory.fill(ring, 0, PAIR * PAIRS)
  }
  const pair = ring + next
  next = (next + PAIR) % (PAIR * PAIRS)
  if (load<u32>(pair)) countDecision(Filter.Mirror, policyIn(pair), Outcome.NotCompared, false)
  forget(pair)
  store<u32>(pair, token)
  store<u32>(pair, stream, 4)
  store<u32>(pair, 0, 8)
  store<u32>(pair, 0, 12)
  store<i32>(pair, size(policy), 16)
  memory.copy(pair + 20, start(policy), <usize>size(policy))
  comparing++
}

/** The stream's primary was answered: to be called in its response callback, if anything is compared. */
export function primaryAnswered(stream: u32): void {
  for (let pair = ring; pair < ring + PAIR * PAIRS; pair += PAIR) {
    if (!load<u32>(pair) || load<u32>(pair, 4) != stream || load<u32>(pair, 8)) continue
    store<u32>(pair, statusIn(Headers.Response), 8)
    comparing--
    if (load<u32>(pair, 12)) conclude(pair, Outcome.Faster)
  }
}

/** On ticks: a primary that is gone and was not answered has nothing to be compared with. */
export function forgetGonePrimaries(): void {
  if (!comparing) return
  for (let pair = ring; pair < ring + PAIR * PAIRS; pair += PAIR)
    if (load<u32>(pair) && !load<u32>(pair, 8) && actFor(load<u32>(pair, 4)) != Status.Ok) forget(pair)
}

/** The copy was answered, or, without headers, will not be. */
export function copyAnswered(token: u32, headers: i32): void {
  if (!ring) return
  let pair = ring
  while (load<u32>(pair) != token) {
    pair += PAIR
    if (pair == ring + PAIR * PAIRS) return
  }
  store<u32>(pair, headers > 0 ? statusIn(Headers.CallResponse) : NO_ANSWER, 12)
  if (load<u32>(pair, 8)) conclude(pair, Outcome.Slower)
}

function policyIn(pair: usize): View {
  return view(pair + 20, load<i32>(pair, 16))
}

function conclude(pair: usize, order: View): void {
  const policy = policyIn(pair)
  const copy = load<u32>(pair, 12)
  if (copy == NO_ANSWER) {
    countDecision(Filter.Mirror, policy, Outcome.NoAnswer, false)
  } else {
    countDecision(Filter.Mirror, policy, copy == load<u32>(pair, 8) ? Outcome.SameStatus : Outcome.OtherStatus, false)
    countDecision(Filter.Mirror, policy, order, false)
  }
  forget(pair)
}

function forget(pair: usize): void {
  if (load<u32>(pair) && !load<u32>(pair, 8)) comparing--
  store<u32>(pair, 0)
}

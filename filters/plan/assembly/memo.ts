// What one list of operations has decided the last time, with its counters and the text of its record: when it decides the same
// again, as it mostly does, nothing is hashed and nothing is put together. A memo belongs to whoever keeps the operations where
// they are: addresses tell them apart.
//   memo: i32 number of decisions · i32 length of the record, 0 for none · (u64 outcome · operation · counter)* · record
import { countUp, giveBack, obtain, setProperty, size, start, View, view } from 'proxy-wasm-assemblyscript-sdk/assembly'

const HEADER: usize = 8
const DECISION: usize = 16

/** What the running callback has decided, as in a memo. */
const MOST: i32 = 64
const decided: usize = memory.data(64 * 16, 8)
export let decisions: i32 = 0

export function forgetDecisions(): void {
  decisions = 0
}

/** False when there are too many. */
export function pushDecision(operation: usize, outcome: View): bool {
  if (decisions == MOST) return false
  const at = decided + <usize>decisions * DECISION
  store<u64>(at, outcome)
  store<usize>(at, operation, 8)
  decisions++
  return true
}

// @ts-ignore: decorator
@inline
export function outcomeAt(index: i32): View {
  return load<u64>(decided + <usize>index * DECISION)
}

// @ts-ignore: decorator
@inline
export function operationAt(index: i32): usize {
  return load<usize>(decided + <usize>index * DECISION, 8)
}

export function countAs(index: i32, counter: usize): void {
  store<usize>(decided + <usize>index * DECISION, counter, 12)
  countUp(counter)
}

/** Counts as the memo says if it holds these very decisions, and hands its record to Envoy. `cell` holds its address. */
export function replay(cell: usize, state: View): bool {
  const memo = cell ? load<usize>(cell) : 0
  if (!memo || load<i32>(memo) != decisions) return false
  const from = memo + HEADER
  const to = from + <usize>decisions * DECISION
  for (let at = from, other = decided; at < to; at += DECISION, other += DECISION)
    if (load<u64>(at) != load<u64>(other) || load<usize>(at, 8) != load<usize>(other, 8)) return false
  for (let at = from; at < to; at += DECISION) countUp(load<usize>(at, 12))
  const length = load<i32>(memo, 4)
  if (length > 0) setProperty(state, view(to, length))
  return true
}

/** Keeps the decisions and the record they made, in place of what the cell held. */
export function learn(cell: usize, record: View): void {
  if (!cell) return
  forgetMemo(cell)
  const length = <usize>decisions * DECISION
  const memo = obtain(HEADER + length + <usize>size(record))
  if (!memo) return
  store<i32>(memo, decisions)
  store<i32>(memo, size(record), 4)
  memory.copy(memo + HEADER, decided, length)
  memory.copy(memo + HEADER + length, start(record), <usize>size(record))
  store<usize>(cell, memo)
}

export function forgetMemo(cell: usize): void {
  giveBack(load<usize>(cell))
  store<usize>(cell, 0)
}

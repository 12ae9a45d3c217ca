// What the edits of one message may add to it, and the steps of its expressions: beyond either an edit is left out and counted, as
// Envoy and backends answer messages with too large headers by errors that nobody could explain, and no message may hold a worker.
import { size, View } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { MAX_EDITS } from '../../plan/layout'
import { allowSteps } from '../../regex/match'
import { MOST_STEPS } from '../../regex/program'

let left: i32 = 0

/** Before the first edit or rewrite of a message. */
export function beginEdits(): void {
  left = MAX_EDITS
  allowSteps(MOST_STEPS)
}

/** Takes a name and a value out of the budget; false when they do not fit. */
export function afford(name: View, value: View): bool {
  const cost = size(name) + size(value)
  if (cost > left) return false
  left -= cost
  return true
}

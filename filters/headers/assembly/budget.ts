// What header edits may add to one message: beyond it an edit is left out and counted, as Envoy and backends answer messages
// with too large headers by errors that nobody could explain.
import { size, View } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { MAX_EDITS } from '../../plan/layout'

let left: i32 = 0
/** An edit was left out since the last `beginEdits`. */
export let hasOverrun: bool = false

/** Before the first edit of a message. */
export function beginEdits(): void {
  left = MAX_EDITS
  hasOverrun = false
}

/** Takes a name and a value out of the budget; false when they do not fit. */
export function afford(name: View, value: View): bool {
  const cost = size(name) + size(value)
  if (cost > left) {
    hasOverrun = true
    return false
  }
  left -= cost
  return true
}

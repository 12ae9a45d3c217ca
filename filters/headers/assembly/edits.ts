// Running header edits: the only operations that a response has.
import { ABSENT, end, start, View } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { decide, Outcome } from '../../plan/assembly/decisions'
import { endOf, isDryRun, kindOf } from '../../plan/assembly/operation'
import { OPERATION_HEADERS, OPERATION_MUTATE } from '../../plan/layout'
import { editHeaders } from './headers'
import { mutate, Mutated } from './mutate'

/** After `beginDecisions` and `beginEdits`. `ABSENT` is an empty list. */
export function runEdits(map: i32, operations: View): void {
  if (operations == ABSENT) return
  for (let at = start(operations); at < end(operations); at = endOf(at)) {
    const outcome = runEdit(map, at)
    if (outcome != ABSENT) decide(at, outcome)
  }
}

/** Runs one operation after `beginEdits`; its outcome, or `ABSENT` when it is none of the headers filter. */
export function runEdit(map: i32, operation: usize): View {
  switch (kindOf(operation)) {
    case OPERATION_HEADERS:
      return isDryRun(operation) || editHeaders(map, operation) ? Outcome.Applied : Outcome.Refused
    case OPERATION_MUTATE: {
      const result = mutate(map, operation)
      if (result == Mutated.Refused) return Outcome.Refused
      return result == Mutated.Skipped ? Outcome.Skipped : Outcome.Applied
    }
    default:
      return ABSENT
  }
}

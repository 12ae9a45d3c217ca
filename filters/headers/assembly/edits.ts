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

/** As `runEdits`, for the one operation that a bare module has for a message; `ABSENT` is none. */
export function runMutations(map: i32, operations: View): void {
  if (operations != ABSENT) decide(start(operations), runMutation(map, start(operations)))
}

/** Runs one operation after `beginEdits`; its outcome, or `ABSENT` when it is none of the headers filter. */
export function runEdit(map: i32, operation: usize): View {
  switch (kindOf(operation)) {
    case OPERATION_HEADERS:
      return isDryRun(operation) || editHeaders(map, operation) ? Outcome.Applied : Outcome.Refused
    case OPERATION_MUTATE:
      return runMutation(map, operation)
    default:
      return ABSENT
  }
}

function runMutation(map: i32, operation: usize): View {
  const result = mutate(map, operation)
  if (result == Mutated.Refused) return Outcome.Refused
  return result == Mutated.Skipped ? Outcome.Skipped : Outcome.Applied
}

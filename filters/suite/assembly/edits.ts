// Running lists of header edits: the only operations that a response has.
import { ABSENT, end, start, View } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { editHeaders } from '../../headers/assembly/headers'
import { countOnly, Filter, Outcome } from '../../plan/assembly/decisions'
import { endOf, isDryRun, kindOf } from '../../plan/assembly/operation'
import { OPERATION_HEADERS } from '../../plan/layout'

/** `ABSENT` is an empty list. */
export function runEdits(map: i32, operations: View): void {
  if (operations == ABSENT) return
  for (let at = start(operations); at < end(operations); at = endOf(at)) {
    if (kindOf(at) != OPERATION_HEADERS) continue
    if (!isDryRun(at)) editHeaders(map, at)
    countOnly(Filter.Headers, at, Outcome.Applied)
  }
}

// Which root the running stream belongs to, for modules that do without `proxy_on_context_create`: a callback for every stream
// costs more than what a filter does with one header. Each root leaves an expression with the host, its own number, as its
// first one; a stream that evaluates expression 0 gets that of its root. Envoy keeps expressions by root.
import { ABSENT, literal, size, start, view } from './bytes'
import { built, clear, newBuilder, putDecimal } from './builder'
import { callForeign } from './foreign'

const CREATE = literal('expr_create')
const EVALUATE = literal('expr_evaluate')
const FIRST = view(memory.data(4, 4), 4)
const number = newBuilder(24)

/** To be called in `proxy_on_configure`, before any other expression. False where the host has no expressions. */
export function nameRoot(root: u32): bool {
  clear(number)
  putDecimal(number, <u64>root)
  return callForeign(CREATE, built(number)) != ABSENT
}

/** The root of the running stream, if it was named; otherwise 0. */
export function runningRoot(): u32 {
  const value = callForeign(EVALUATE, FIRST)
  return value != ABSENT && size(value) == 8 ? load<u32>(start(value)) : 0
}

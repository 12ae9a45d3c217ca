// Mutations: an operation of a checked plan in, header edits with conditions and computed values out. What a value holds is
// known only now, so it is checked now: one that could end a line leaves the header as it was.
import {
  ABSENT,
  addHeader,
  header,
  removeHeader,
  replaceHeader,
  size,
  View,
} from 'proxy-wasm-assemblyscript-sdk/assembly'
import { clientAddress } from '../../plan/assembly/client'
import { endOf, isDryRun, payloadOf } from '../../plan/assembly/operation'
import { requestHost, requestMethod, requestPath, routeName } from '../../plan/assembly/request'
import { isSafeValue } from '../../plan/assembly/rules'
import { afterText, text } from '../../plan/assembly/text'
import {
  EDIT_ADD_IF_ABSENT,
  EDIT_REMOVE,
  EDIT_SET,
  SOURCE_CLIENT_ADDRESS,
  SOURCE_HEADER,
  SOURCE_HOST,
  SOURCE_METHOD,
  SOURCE_PATH,
  SOURCE_ROUTE,
  SOURCE_TEXT,
} from '../../plan/layout'
import { extract, isTooDear } from '../../regex/assembly/replace'
import { afford } from './budget'

export namespace Mutated {
  export const Applied: i32 = 0
  /** No edit had anything to do. */
  export const Skipped: i32 = 1
  /** A value was unsafe or too dear to find, or the message would grow too large. */
  export const Refused: i32 = 2
}

/** Applies the mutations in their order; what happened to the worst of them that was not skipped. */
export function mutate(map: i32, operation: usize): i32 {
  const to = endOf(operation)
  let result = Mutated.Skipped
  for (let at = payloadOf(operation); at < to; at = afterMutation(at)) {
    const one = mutateOne(map, at, isDryRun(operation))
    if (one == Mutated.Refused || result == Mutated.Skipped) result = one
  }
  return result
}

/** u8 action · u8 source · name · argument · expression · program · template */
export function afterMutation(at: usize): usize {
  return afterText(afterText(afterText(afterText(afterText(at + 2)))))
}

function mutateOne(map: i32, at: usize, isDry: bool): i32 {
  const action = <i32>load<u8>(at)
  const name = text(at + 2)
  const argumentAt = afterText(at + 2)
  if (action == EDIT_REMOVE) {
    if (!isDry) removeHeader(map, name)
    return Mutated.Applied
  }
  if (action == EDIT_ADD_IF_ABSENT && header(map, name) != ABSENT) return Mutated.Skipped
  const source = valueOf(map, <i32>load<u8>(at, 1), text(argumentAt))
  if (source == ABSENT) return Mutated.Skipped
  const expressionAt = afterText(argumentAt)
  const programAt = afterText(expressionAt)
  const program = text(programAt)
  const value = size(program) > 0 ? extract(program, source, text(afterText(programAt))) : source
  if (value == ABSENT) return isTooDear ? Mutated.Refused : Mutated.Skipped
  if (!isSafeValue(value) || !afford(name, value)) return Mutated.Refused
  if (isDry) return Mutated.Applied
  if (action == EDIT_SET) replaceHeader(map, name, value)
  // A list may stand in several lines (RFC 9110, 5.3): a further one loses none of them, and no cookie.
  else addHeader(map, name, value)
  return Mutated.Applied
}

function valueOf(map: i32, source: i32, argument: View): View {
  switch (source) {
    case SOURCE_TEXT:
      return argument
    case SOURCE_HEADER:
      return header(map, argument)
    case SOURCE_PATH:
      return requestPath()
    case SOURCE_HOST:
      return requestHost()
    case SOURCE_METHOD:
      return requestMethod()
    case SOURCE_CLIENT_ADDRESS:
      return clientAddress()
    case SOURCE_ROUTE:
      return routeName()
    default:
      return ABSENT
  }
}

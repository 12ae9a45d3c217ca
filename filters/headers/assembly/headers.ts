// Header edits: an operation of a checked plan in, calls on one header map out.
import { addHeader, removeHeader, replaceHeader } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { endOf, payloadOf } from '../../plan/assembly/operation'
import { afterText, text } from '../../plan/assembly/text'
import { EDIT_ADD, EDIT_SET } from '../../plan/layout'
import { afford } from './budget'

/**
 * Applies the edits in their order. Set replaces all values of a name; add and remove as the Gateway API says. False when
 * some were left out because the message would grow too large.
 */
export function editHeaders(map: i32, operation: usize): bool {
  const to = endOf(operation)
  let at = payloadOf(operation)
  let isComplete = true
  while (at < to) {
    const action = <i32>load<u8>(at)
    const name = text(at + 1)
    const valueAt = afterText(at + 1)
    const value = text(valueAt)
    if (action != EDIT_SET && action != EDIT_ADD) removeHeader(map, name)
    else if (!afford(name, value)) isComplete = false
    else if (action == EDIT_SET) replaceHeader(map, name, value)
    else addHeader(map, name, value)
    at = afterText(valueAt)
  }
  return isComplete
}

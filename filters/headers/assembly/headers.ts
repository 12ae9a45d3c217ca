// Header edits: an operation of a checked plan in, calls on one header map out.
import { addHeader, removeHeader, replaceHeader } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { endOf, payloadOf } from '../../plan/assembly/operation'
import { afterText, text } from '../../plan/assembly/text'
import { EDIT_ADD, EDIT_SET } from '../../plan/layout'

/** Applies the edits in their order. Set replaces all values of a name; add and remove as the Gateway API says. */
export function editHeaders(map: i32, operation: usize): void {
  const to = endOf(operation)
  let at = payloadOf(operation)
  while (at < to) {
    const action = <i32>load<u8>(at)
    const name = text(at + 1)
    const valueAt = afterText(at + 1)
    const value = text(valueAt)
    if (action == EDIT_SET) replaceHeader(map, name, value)
    else if (action == EDIT_ADD) addHeader(map, name, value)
    else removeHeader(map, name)
    at = afterText(valueAt)
  }
}

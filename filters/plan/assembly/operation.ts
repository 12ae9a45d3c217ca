// One operation of a checked plan: its parts, and the way to the next one.
import { View, view } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { FLAG_COMPARE, FLAG_DRY_RUN, OPERATION_HEADER } from '../layout'

// @ts-ignore: decorator
@inline
export function kindOf(operation: usize): i32 {
  return <i32>load<u8>(operation)
}

// @ts-ignore: decorator
@inline
export function isDryRun(operation: usize): bool {
  return (load<u8>(operation, 1) & FLAG_DRY_RUN) != 0
}

/** Of a mirror: how its copies are answered is counted. */
// @ts-ignore: decorator
@inline
export function isCompared(operation: usize): bool {
  return (load<u8>(operation, 1) & FLAG_COMPARE) != 0
}

/** `namespace/name` of the object behind it. */
// @ts-ignore: decorator
@inline
export function policyOf(operation: usize): View {
  return view(operation + OPERATION_HEADER, <i32>load<u16>(operation, 2))
}

/** What the filter acts on. */
// @ts-ignore: decorator
@inline
export function payloadOf(operation: usize): usize {
  return operation + OPERATION_HEADER + <usize>load<u16>(operation, 2)
}

// @ts-ignore: decorator
@inline
export function endOf(operation: usize): usize {
  return operation + OPERATION_HEADER + <usize>load<u32>(operation, 4)
}

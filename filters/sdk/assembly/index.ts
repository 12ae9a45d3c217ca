// The SDK: one file per part of the ABI. Modules re-export `malloc` and `proxy_abi_version_0_2_1` and whichever
// callbacks they need.
export * from './abi'
import './abort'

export * from './arena'
export * from './buffers'
export * from './bytes'
export * from './headers'
export * from './log'
export * from './properties'

// Values that all workers share, by `vm_id`. The host has one lock for all of them, deletes none and caps nothing: use a
// fixed set of keys.
import { ABSENT, size, start, View } from './bytes'
import { OUT_AT, OUT_NUMBER, OUT_SIZE, outcome } from './out'

/** Overwrites whatever is there. */
export const CAS_ANY: u32 = 0
/** Creates the value and mismatches when one exists: the host compares only values that exist, and counts up from 1. */
export const CAS_CREATE: u32 = 0xffffffff

// @ts-ignore: decorator
@external('env', 'proxy_get_shared_data')
declare function proxy_get_shared_data(key: usize, keySize: i32, at: usize, size: usize, cas: usize): i32

/** A copy of the value, or `ABSENT`; `lastCas` then tells which version it is. */
export function sharedData(key: View): View {
  const value = outcome(proxy_get_shared_data(start(key), size(key), OUT_AT, OUT_SIZE, OUT_NUMBER))
  if (value != ABSENT) cas = load<u32>(OUT_NUMBER)
  return value
}

let cas: u32 = CAS_ANY

/** Version of what the last successful `sharedData` returned. */
export function lastCas(): u32 {
  return cas
}

// @ts-ignore: decorator
@external('env', 'proxy_set_shared_data')
declare function proxy_set_shared_data(key: usize, keySize: i32, at: usize, size: i32, cas: u32): i32

/** `CasMismatch` when somebody else wrote since; read and try again. */
export function setSharedData(key: View, value: View, cas: u32): i32 {
  return proxy_set_shared_data(start(key), size(key), start(value), size(value), cas)
}

// One limit of a rate-limit operation in a checked plan: its fields, and the way to its key and to the next limit.
import { View } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { afterText, text } from '../../plan/assembly/text'

// @ts-ignore: decorator
@inline
export function scopeOf(limit: usize): i32 {
  return <i32>load<u8>(limit)
}

// @ts-ignore: decorator
@inline
export function requestsOf(limit: usize): f64 {
  return <f64>load<u32>(limit, 1)
}

// @ts-ignore: decorator
@inline
export function unitSecondsOf(limit: usize): f64 {
  return <f64>load<u32>(limit, 5)
}

// @ts-ignore: decorator
@inline
export function burstOf(limit: usize): f64 {
  return <f64>load<u32>(limit, 9)
}

// @ts-ignore: decorator
@inline
export function nameOf(limit: usize): View {
  return text(limit + 13)
}

/** The number of key parts, a byte; the parts follow. */
// @ts-ignore: decorator
@inline
export function keyOf(limit: usize): usize {
  return afterText(limit + 13)
}

export function nextLimit(limit: usize): usize {
  const key = keyOf(limit)
  let at = key + 1
  for (let i = load<u8>(key); i > 0; i--) at = afterText(at + 1)
  return at
}

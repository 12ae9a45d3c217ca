// Random numbers from the host.
import { take } from './arena'
import { ABSENT, View, view } from './bytes'
import { OUT_NUMBER } from './out'

// @ts-ignore: decorator
@external('wasi_snapshot_preview1', 'random_get')
declare function random_get(at: usize, size: i32): i32

/** 64 random bits; 0 when the host has none to give. */
export function randomNumber(): u64 {
  return random_get(OUT_NUMBER, 8) == 0 ? load<u64>(OUT_NUMBER) : 0
}

/** Random bytes in the arena; `ABSENT` when the host has none to give, or there is no memory. */
export function randomBytes(count: i32): View {
  const at = count > 0 ? take(<usize>count) : 0
  return at && random_get(at, count) == 0 ? view(at, count) : ABSENT
}

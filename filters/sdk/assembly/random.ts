// Random numbers from the host.
import { OUT_NUMBER } from './out'

// @ts-ignore: decorator
@external('wasi_snapshot_preview1', 'random_get')
declare function random_get(at: usize, size: i32): i32

/** 64 random bits; 0 when the host has none to give. */
export function randomNumber(): u64 {
  return random_get(OUT_NUMBER, 8) == 0 ? load<u64>(OUT_NUMBER) : 0
}

// How often a bucket that still held something had to make room for another.
import { countUp, literal, newCounter } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { EVICTIONS_METRIC } from '../../suite/names'

const NAME = literal(EVICTIONS_METRIC)
let counter: usize = 0

export function countEviction(): void {
  if (!counter) counter = newCounter(NAME)
  countUp(counter)
}

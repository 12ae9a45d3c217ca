// The key under which bucket names are hashed: drawn once per process and shared by all workers, so that clients cannot
// aim at somebody else's bucket while all workers, and a reloaded module, still find the same one.
import {
  ABSENT,
  CAS_CREATE,
  literal,
  randomNumber,
  setSharedData,
  sharedData,
  size,
  start,
  view,
} from 'proxy-wasm-assemblyscript-sdk/assembly'

/** The digit is the version of what is stored. */
const KEY = literal('sluice.rate-limit.secret.1')
const drawn: usize = memory.data(16, 8)

export let secret0: u64 = 0
export let secret1: u64 = 0
let isKnown: bool = false

export function learnSecret(): void {
  if (isKnown) return
  store<u64>(drawn, randomNumber())
  store<u64>(drawn, randomNumber(), 8)
  setSharedData(KEY, view(drawn, 16), CAS_CREATE)
  const shared = sharedData(KEY)
  const at = shared != ABSENT && size(shared) == 16 ? start(shared) : drawn
  secret0 = load<u64>(at)
  secret1 = load<u64>(at, 8)
  isKnown = true
}

// What tells one plan from another in the name of its route, so that the module, which reads the name with every request, need not
// read the plan: 64 bits of hash in hexadecimal digits. Its twin is `assembly/key.ts`.

/** Between the name of a route and the key of its plan; no name of an object holds it. */
export const KEY_MARK = '@'

export function keyOf(plan: Uint8Array): string {
  let a = 0x811c9dc5
  let b = 0x9e3779b9
  for (let at = 0; at < plan.length; at++) {
    a = Math.imul(a ^ plan[at]!, 0x01000193)
    b = Math.imul((b << 5) ^ (b >>> 27) ^ plan[at]!, 0x85ebca6b)
  }
  return digits(mixed(a ^ plan.length)) + digits(mixed(b ^ a))
}

/** The name of a route without the key of its plan. */
export const withoutKey = (name: string): string => name.replace(/@[0-9a-f]{16}$/, '')

/** Every bit of the result depends on every bit of the number (the finaliser of MurmurHash3). */
function mixed(hash: number): number {
  let mix = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  mix = Math.imul(mix ^ (mix >>> 13), 0xc2b2ae35)
  return (mix ^ (mix >>> 16)) >>> 0
}

const digits = (hash: number): string => hash.toString(16).padStart(8, '0')

// A plan in, the bytes that carry it or what is wrong with it out: each plan is encoded once.
import { type Encoded, encode } from '../../filters/plan/encode.ts'
import type { Plan } from '../../filters/plan/plan.ts'

const known = new WeakMap<Plan, Encoded>()

export const planBytes = (plan: Plan): Encoded => {
  const found = known.get(plan)
  if (found) return found
  const encoded = encode(plan)
  known.set(plan, encoded)
  return encoded
}

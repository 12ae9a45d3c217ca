// A RateLimit object in, the operation of the plan out.
import type { KeyPart, Limit, RateLimitOp } from '../../filters/plan/plan.ts'
import type { RateLimit, RateLimitLimit, RateLimitLimitKey } from '../model/kinds.ts'

const SECONDS = { Second: 1, Minute: 60, Hour: 3600, Day: 86_400, Month: 2_592_000 } as const

const operations = new WeakMap<RateLimit, RateLimitOp>()

/** The same operation for the same object. */
export const rateLimitOp = (object: RateLimit): RateLimitOp => {
  const known = operations.get(object)
  if (known) return known
  const op: RateLimitOp = {
    type: 'RateLimit',
    policy: `${object.metadata.namespace}/${object.metadata.name}`,
    limits: object.spec.limits.map(limitOf),
    trustedHops: object.spec.trustedHops,
    ...(object.spec.mode === 'DryRun' ? { dryRun: true } : {}),
  }
  operations.set(object, op)
  return op
}

const limitOf = (limit: RateLimitLimit): Limit => ({
  name: limit.name,
  requests: limit.requests,
  unitSeconds: SECONDS[limit.unit],
  burst: limit.burst ?? limit.requests,
  scope: limit.scope,
  key: (limit.key ?? []).map(keyPart),
})

const keyPart = ({ type, name = '' }: RateLimitLimitKey): KeyPart => {
  switch (type) {
    case 'Header':
      return { type, name: name.toLowerCase() }
    case 'QueryParam':
    case 'Cookie':
      return { type, name }
    default:
      return { type }
  }
}

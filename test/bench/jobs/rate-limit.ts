// The rate limit job: one bucket for all, so large that every request passes.
import type { RateLimitOp } from '../../../filters/plan/plan.ts'
import { emptyPlan } from '../../filters/suite.ts'
import { FILTERS, ifBuilt, type Modules, NO_RECORD, type Variant, wasm } from '../variant.ts'

const MANY = 4_000_000_000
export type Scope = 'Worker' | 'Node'

export const limitOp = (scope: Scope): RateLimitOp => ({
  type: 'RateLimit',
  policy: `bench/limit-${scope}`,
  trustedHops: 0,
  limits: [{ name: 'all', requests: MANY, unitSeconds: 1, burst: MANY, scope, key: [] }],
})
/** For `rate-limit.wasm`. */
export const limitConfiguration = (scope: Scope): object => ({
  name: `bench-${scope}`,
  limits: [{ name: 'all', requests: MANY, unit: 'Second', burst: MANY, scope }],
})
const ALL = { default_value: { numerator: 100 } }
export const localLimit = {
  name: 'limit',
  typed_config: {
    '@type': `${FILTERS}local_ratelimit.v3.LocalRateLimit`,
    stat_prefix: 'limit',
    token_bucket: { max_tokens: MANY, tokens_per_fill: MANY, fill_interval: '1s' },
    filter_enabled: ALL,
    filter_enforced: ALL,
  },
}
/** The body of `envoy_on_request(h)`; `last` and `tokens` are outside of it. */
export const LUA_LIMIT =
  'local now=h:timestamp() tokens=math.min(1e9,tokens+(now-last)*1e3) last=now ' +
  'if tokens<1 then h:respond({[":status"]="429"},"limited") return end tokens=tokens-1'
export const LUA_LIMIT_STATE = 'local last=0 local tokens=1e9\n'

const limit = (who: string, more: Partial<Variant>): Variant => ({
  job: 'rate-limit',
  who,
  answers: 'directly',
  ...more,
})

export const rateLimitJob = (modules: Modules): Variant[] => [
  limit('native', { downstream: [localLimit] }),
  ...(['Worker', 'Node'] as const).flatMap(scope => {
    const name = scope.toLowerCase() as Lowercase<Scope>
    const module = (vm: string, more = {}): object =>
      wasm(modules.ours['rate-limit'], 'rate-limit', `${vm} ${name}`, { ...limitConfiguration(scope), ...more })
    return [
      ...ifBuilt(modules, `C limit, ${name}`, file =>
        limit(`C, ${name}`, { downstream: [wasm(file, 'bench', `C limit ${name}`)] }),
      ),
      limit(`rate-limit.wasm, ${name}`, { downstream: [module('limit')] }),
      limit(`rate-limit.wasm, ${name}, no record`, { downstream: [module('bare limit', NO_RECORD)] }),
      limit(`suite, ${name}`, { plan: { ...emptyPlan(), downstream: { request: [limitOp(scope)], response: [] } } }),
    ]
  }),
]

// All four on one route: `all-unsampled` decides for each request that it is not mirrored, `all` mirrors each. The four modules
// are chained with as few instances as they allow: the limit in front of the router, the others behind it.
import type { Plan } from '../../../filters/plan/plan.ts'
import { emptyPlan } from '../../filters/suite.ts'
import { ifBuilt, lua, type Modules, planMetadata, type Variant, wasm } from '../variant.ts'
import { headersConfiguration, headersOp, headersShow, LUA_HEADERS, routeHeaders } from './headers.ts'
import { mirrorConfiguration, mirrorOp, nativeMirror, type OneOf } from './mirror.ts'
import { LUA_LIMIT, LUA_LIMIT_STATE, limitConfiguration, limitOp, localLimit } from './rate-limit.ts'
import { LUA_REWRITE, nativeRewrite, rewriteConfiguration, rewriteOp, rewriteShows } from './rewrite.ts'

/** One script; it cannot mirror, so it only draws the lot. */
const LUA_ALL = `${LUA_LIMIT_STATE}${LUA_HEADERS.replace('(h)', `(h) ${LUA_LIMIT} `).replace(
  ' end\n',
  ` do ${LUA_REWRITE} end if math.random(1000000)==1 then h:logInfo("sampled") end end\n`,
)}`

/** Who does not mirror: Lua cannot, and C shows what the crossings of the others cost. */
const unsampled = (all: (who: string, more: Partial<Variant>) => Variant, plan: Plan, modules: Modules): Variant[] => [
  all('Lua', { downstream: [lua(LUA_ALL)] }),
  ...ifBuilt(modules, 'C all, downstream', before =>
    all('C, the same crossings', {
      downstream: [wasm(before, 'bench', 'C all, downstream')],
      upstream: [wasm(modules.rivals.get('C all, upstream') ?? before, 'bench', 'C all, upstream')],
      route: planMetadata(plan),
    }),
  ),
]

const both = (job: string, oneOf: OneOf, modules: Modules): Variant[] => {
  const { ours } = modules
  const all = (who: string, more: Partial<Variant>): Variant => ({
    job,
    who,
    answers: 'by backend',
    shows: { ...headersShow, ...rewriteShows },
    mirrors: oneOf === 1,
    ...more,
  })
  const plan: Plan = {
    ...emptyPlan(),
    downstream: { request: [limitOp('Worker')], response: [headersOp] },
    upstream: { request: [headersOp, rewriteOp, mirrorOp(oneOf)], response: [] },
  }
  return [
    all('native', {
      downstream: [localLimit],
      action: { ...nativeRewrite, ...nativeMirror(oneOf) },
      route: routeHeaders,
    }),
    all('four modules', {
      downstream: [wasm(ours['rate-limit'], 'rate-limit', `${job} limit`, limitConfiguration('Worker'))],
      upstream: [
        wasm(ours.headers, 'headers', `${job} headers`, headersConfiguration),
        wasm(ours.rewrite, 'rewrite', `${job} rewrite`, rewriteConfiguration),
        wasm(ours.mirror, 'mirror', `${job} mirror`, mirrorConfiguration(oneOf)),
      ],
    }),
    ...(oneOf > 1 ? unsampled(all, plan, modules) : []),
    all('suite', { plan }),
  ]
}

export const allJobs = (modules: Modules): Variant[] => [
  ...both('all-unsampled', 1_000_000, modules),
  ...both('all', 1, modules),
]

// The rewrite job: another prefix, another host. On every way but Lua's and the floor's the path of before is kept aside.
import type { RewriteOp } from '../../../filters/plan/plan.ts'
import { emptyPlan } from '../../filters/suite.ts'
import { ifBuilt, lua, type Modules, NO_RECORD, type Variant, wasm } from '../variant.ts'

export const rewriteOp: RewriteOp = {
  type: 'Rewrite',
  policy: 'bench/rewrite',
  host: 'internal.example.com',
  path: { type: 'ReplacePrefixMatch', prefix: '/p3', value: '/rewritten' },
}
/** For `rewrite.wasm`. */
export const rewriteConfiguration = {
  name: 'bench',
  hostname: 'internal.example.com',
  path: { type: 'ReplacePrefixMatch', replacePrefixMatch: { prefix: '/p3', replacement: '/rewritten' } },
}
export const nativeRewrite = { prefix_rewrite: '/rewritten', host_rewrite_literal: 'internal.example.com' }
/** The body of `envoy_on_request(h)`. */
export const LUA_REWRITE =
  'local m=h:headers() local p=m:get(":path") if p:sub(1,4)=="/p3/" then m:replace("x-envoy-original-path",p) ' +
  'm:replace(":path","/rewritten/"..p:sub(5)) end m:replace(":authority","internal.example.com")'

/** The backend answers with what it was asked for. */
export const rewriteShows = { 'x-seen-path': '/rewritten/x/y?z=1', 'x-seen-host': 'internal.example.com' }

const rewrite = (who: string, more: Partial<Variant>): Variant => ({
  job: 'rewrite',
  who,
  answers: 'by backend',
  shows: rewriteShows,
  ...more,
})

export const rewriteJob = (modules: Modules): Variant[] => [
  rewrite('native', { action: nativeRewrite }),
  rewrite('Lua', { downstream: [lua(`function envoy_on_request(h) ${LUA_REWRITE} end`)] }),
  ...ifBuilt(modules, 'C rewrite', file => rewrite('C', { upstream: [wasm(file, 'bench', 'C rewrite')] })),
  ...ifBuilt(modules, 'C rewrite, counting', file =>
    rewrite('C, counting', { upstream: [wasm(file, 'bench', 'C rewrite, counting')] }),
  ),
  rewrite('rewrite.wasm', {
    upstream: [wasm(modules.ours.rewrite, 'rewrite', 'rewrite alone', rewriteConfiguration)],
  }),
  rewrite('rewrite.wasm, no record', {
    upstream: [wasm(modules.ours.rewrite, 'rewrite', 'bare rewrite', { ...rewriteConfiguration, ...NO_RECORD })],
  }),
  rewrite('suite', { plan: { ...emptyPlan(), upstream: { request: [rewriteOp], response: [] } } }),
]

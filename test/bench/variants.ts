// The jobs that are measured, each as our plan and as its rivals: what a route and the filters before it look like.
import type { Plan, RateLimitOp, UpstreamRequestOp } from '../../filters/plan/plan.ts'
import { emptyPlan } from '../filters/suite.ts'

export interface Variant {
  /** `JOB: WHO`; those of one job are compared. */
  job: string
  who: string
  plan?: Plan
  /** HTTP filters of the listener. */
  filters?: object[]
  action?: object
  /** Beside the route's match. */
  route?: object
}

const FILTERS = 'type.googleapis.com/envoy.extensions.filters.http.'
const edits = {
  set: [
    { name: 'x-set-one', value: 'value-one' },
    { name: 'x-set-two', value: 'value-two' },
  ],
  add: [{ name: 'x-added', value: 'value-added' }],
  remove: ['x-remove-me'],
}
const headersOp = { type: 'Headers' as const, policy: 'bench/headers', ...edits }
const rewriteOp: UpstreamRequestOp = {
  type: 'Rewrite',
  policy: 'bench/rewrite',
  host: 'internal.example.com',
  path: { type: 'ReplacePrefixMatch', prefix: '/p3', value: '/rewritten' },
}
const mirrorOp: UpstreamRequestOp = {
  type: 'Mirror',
  policy: 'bench/mirror',
  cluster: 'mirror',
  fraction: { numerator: 1, denominator: 1 },
  timeoutMs: 1000,
}
const limitOp = (scope: 'Worker' | 'Node'): RateLimitOp => ({
  type: 'RateLimit',
  policy: `bench/limit-${scope}`,
  trustedHops: 0,
  limits: [{ name: 'all', requests: 4_000_000_000, unitSeconds: 1, burst: 4_000_000_000, scope, key: [] }],
})

/** Edits of the response run in front of the router, as the controller places those of a rule. */
const plan = (request: UpstreamRequestOp[], limits: RateLimitOp[] = [], hasResponse = false): Plan => ({
  ...emptyPlan(),
  downstream: { request: limits, response: hasResponse ? [headersOp] : [] },
  upstream: { request, response: [] },
})

const appended =
  (append_action: string) =>
  ({ name, value }: { name: string; value: string }) => ({
    header: { key: name, value },
    append_action,
  })
const added = [
  ...edits.set.map(appended('OVERWRITE_IF_EXISTS_OR_ADD')),
  ...edits.add.map(appended('APPEND_IF_EXISTS_OR_ADD')),
]
const routeHeaders = {
  request_headers_to_add: added,
  request_headers_to_remove: edits.remove,
  response_headers_to_add: added,
  response_headers_to_remove: edits.remove,
}
const mutations = [...added.map(append => ({ append })), ...edits.remove.map(remove => ({ remove }))]
const mutationPerRoute = {
  typed_per_filter_config: {
    mutation: {
      '@type': `${FILTERS}header_mutation.v3.HeaderMutationPerRoute`,
      mutations: { request_mutations: mutations, response_mutations: mutations },
    },
  },
}
const lua = (source: string): object => ({
  name: 'lua',
  typed_config: { '@type': `${FILTERS}lua.v3.Lua`, default_source_code: { inline_string: source } },
})
const luaEdits = (phase: string): string =>
  `function envoy_on_${phase}(h) local m=h:headers() m:replace("x-set-one","value-one") m:replace("x-set-two","value-two") ` +
  'm:add("x-added","value-added") m:remove("x-remove-me") end\n'
const LUA_REWRITE =
  'function envoy_on_request(h) local m=h:headers() local p=m:get(":path") if p:sub(1,4)=="/p3/" then ' +
  'm:replace(":path","/rewritten/"..p:sub(5)) end m:replace(":authority","internal.example.com") end'
const ALL = { default_value: { numerator: 100 } }
const localLimit = {
  name: 'limit',
  typed_config: {
    '@type': `${FILTERS}local_ratelimit.v3.LocalRateLimit`,
    stat_prefix: 'limit',
    token_bucket: { max_tokens: 4_000_000_000, tokens_per_fill: 4_000_000_000, fill_interval: '1s' },
    filter_enabled: ALL,
    filter_enforced: ALL,
  },
}
const nativeRewrite = { prefix_rewrite: '/rewritten', host_rewrite_literal: 'internal.example.com' }
const nativeMirror = { request_mirror_policies: [{ cluster: 'mirror', disable_shadow_host_suffix_append: true }] }

/** The first is the floor that the others are measured above. */
export const VARIANTS: Variant[] = [
  { job: 'floor', who: 'no filter' },
  { job: 'headers', who: 'native route options', route: routeHeaders },
  {
    job: 'headers',
    who: 'native header_mutation',
    filters: [{ name: 'mutation', typed_config: { '@type': `${FILTERS}header_mutation.v3.HeaderMutation` } }],
    route: mutationPerRoute,
  },
  { job: 'headers', who: 'Lua', filters: [lua(luaEdits('request') + luaEdits('response'))] },
  { job: 'headers', who: 'suite', plan: plan([headersOp], [], true) },
  { job: 'rewrite', who: 'native', action: nativeRewrite },
  { job: 'rewrite', who: 'Lua', filters: [lua(LUA_REWRITE)] },
  { job: 'rewrite', who: 'suite', plan: plan([rewriteOp]) },
  { job: 'rate limit', who: 'native', filters: [localLimit] },
  { job: 'rate limit', who: 'suite, worker', plan: plan([], [limitOp('Worker')]) },
  { job: 'rate limit', who: 'suite, node', plan: plan([], [limitOp('Node')]) },
  { job: 'mirror', who: 'native', action: nativeMirror },
  { job: 'mirror', who: 'suite', plan: plan([mirrorOp]) },
  { job: 'all but mirror', who: 'native', filters: [localLimit], action: nativeRewrite, route: routeHeaders },
  { job: 'all but mirror', who: 'suite', plan: plan([headersOp, rewriteOp], [limitOp('Worker')], true) },
  {
    job: 'all four',
    who: 'native',
    filters: [localLimit],
    action: { ...nativeRewrite, ...nativeMirror },
    route: routeHeaders,
  },
  { job: 'all four', who: 'suite', plan: plan([headersOp, rewriteOp, mirrorOp], [limitOp('Worker')], true) },
]

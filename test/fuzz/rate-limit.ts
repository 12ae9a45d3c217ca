// Rate limiting: our limits against `local_ratelimit` with a descriptor per limit. Time does not take part: nothing flows
// back within a month, so that what passes is the burst, on both sides.
import type { KeyPart, Limit } from '../../filters/plan/plan.ts'
import { emptyPlan } from '../filters/suite.ts'
import { DIFFERENCES } from './differences.ts'
import { smallerLists } from './shrink.ts'
import type { Subject } from './subject.ts'
import { viewOf } from './view.ts'

export interface RateLimitConfig {
  burst: number
  scope: Limit['scope']
  key: KeyPart[]
}

const FILTER = 'limit'
const TYPE = 'type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit'
const ALL = { default_value: { numerator: 100, denominator: 'HUNDRED' } }
const MONTH = 2592000
const PLENTY = { max_tokens: 4_000_000_000, tokens_per_fill: 4_000_000_000, fill_interval: '1s' }

const PARTS: KeyPart[] = [
  { type: 'Header', name: 'x-a' },
  { type: 'Header', name: 'x-b' },
  { type: 'Method' },
  { type: 'ClientAddress' },
  { type: 'Host' },
]

/** The native action that puts the same into a descriptor. */
const action = (part: KeyPart, i: number): object => {
  if (part.type === 'ClientAddress') return { remote_address: {} }
  const header = { Header: 'name' in part ? part.name : '', Method: ':method', Host: ':authority' }[
    part.type as 'Header'
  ]
  return { request_headers: { header_name: header, descriptor_key: `k${i}` } }
}

const entry = (part: KeyPart, i: number): object =>
  part.type === 'ClientAddress' ? { key: 'remote_address' } : { key: `k${i}` }

/** Buckets belong to a policy: each plan has one of its own, however alike two are. */
let policies = 0

export const rateLimit: Subject<RateLimitConfig> = {
  name: 'rate-limit',
  filters: [{ name: FILTER, typed_config: { '@type': TYPE, stat_prefix: 'limit' } }],
  isSequence: true,
  copies: () => 0,
  config: random => ({
    burst: random.once(10) ? 1 + random.below(60) : 1 + random.below(8),
    scope: random.pick(['Worker', 'Node']),
    key: PARTS.filter(() => random.once(3)),
  }),
  request: random => ({
    method: random.pick(['GET', 'GET', 'POST']),
    path: '/',
    headers: ['x-a', 'x-b'].flatMap(name =>
      random.once(12) ? [] : [[name, random.pick(['1', '2', '3', 'a b', 'a,b', '\xff', '%', ''])] as [string, string]],
    ),
    answer: [],
    body: '',
  }),
  plan: ({ burst, scope, key }) => {
    const policy = `fuzz/limit-${policies++}`
    const limit: Limit = { name: 'fuzz', requests: 1, unitSeconds: MONTH, burst, scope, key }
    return {
      ...emptyPlan(),
      downstream: { request: [{ type: 'RateLimit', policy, trustedHops: 0, limits: [limit] }], response: [] },
    }
  },
  native: ({ burst, key }) => {
    const bucket = { max_tokens: burst, tokens_per_fill: 1, fill_interval: `${MONTH}s` }
    const keyed = {
      token_bucket: PLENTY,
      descriptors: [{ entries: key.map(entry), token_bucket: bucket }],
      rate_limits: [{ actions: key.map(action) }],
      max_dynamic_descriptors: 1000,
    }
    const config = key.length === 0 ? { token_bucket: bucket } : keyed
    return {
      routes: [
        {
          match: { prefix: '/' },
          more: {
            typed_per_filter_config: {
              [FILTER]: { '@type': TYPE, stat_prefix: 'limit', filter_enabled: ALL, filter_enforced: ALL, ...config },
            },
          },
        },
      ],
    }
  },
  smaller: config => [
    ...smallerLists(config.key).map(key => ({ ...config, key })),
    ...(config.burst > 1
      ? [
          { ...config, burst: config.burst >> 1 },
          { ...config, burst: config.burst - 1 },
        ]
      : []),
  ],
  view: outcome => {
    const { reply, request } = viewOf(outcome)
    return { request, reply: outcome.request ? reply : outcome.reply === 'closed' ? reply : outcome.reply.line }
  },
  known: (config, request, wasm, native) =>
    DIFFERENCES.rateLimit.find(({ applies }) => applies({ config, request, wasm, native }))?.name,
}

// Random plans that can be encoded, for properties over all of them.
import fc from 'fast-check'
import { headerName, headerValue } from '../../filters/plan/check.ts'
import type {
  HeadersOp,
  KeyPart,
  Limit,
  MirrorOp,
  MutateOp,
  Mutation,
  Plan,
  RateLimitOp,
  RewriteOp,
} from '../../filters/plan/plan.ts'

const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9a-z-]{1,20}$/).filter(name => headerName(name, '').length === 0)
const value = fc.string({ unit: 'grapheme', maxLength: 30 }).filter(text => headerValue(text, '').length === 0)
const policy = fc.stringMatching(/^[a-z0-9-]{1,10}\/[a-z0-9.-]{1,20}$/)
const path = fc
  .stringMatching(/^(\/[a-z0-9_~!$&'()*+,;=:@%41-]{0,1}[a-z]{1,8}){1,4}$/)
  .filter(text => !text.includes('%'))
const u32 = fc.integer({ min: 0, max: 0xffffffff })
const dryRun = fc.option(fc.constant(true), { nil: undefined })

/** Without the keys that are undefined. */
const compact = <T extends object>(object: T): T =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T

const header = fc.record({ name: token, value })
const headers = fc
  .record({
    type: fc.constant('Headers' as const),
    policy,
    dryRun,
    set: fc.array(header, { maxLength: 4 }),
    add: fc.array(header, { maxLength: 4 }),
    remove: fc.array(token, { maxLength: 4 }),
  })
  .map(op => compact(op) as HeadersOp)
const capture = fc.option(
  fc.constantFrom({ regex: '^/(\\w+)/(b|c)', template: '\\2-\\1\\\\' }, { regex: 'x*?', template: '' }),
  {
    nil: undefined,
  },
)
const mutationValue = fc
  .oneof(
    fc.record({ type: fc.constant('Text' as const), text: value, capture }),
    fc.record({ type: fc.constant('Header' as const), header: token, capture }),
    fc.record({
      type: fc.constantFrom(
        'Path' as const,
        'Host' as const,
        'Method' as const,
        'ClientAddress' as const,
        'Route' as const,
      ),
      capture,
    }),
  )
  .map(compact)
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ action: fc.constant('Remove' as const), name: token }),
  fc.record({
    action: fc.constantFrom('Set' as const, 'Add' as const, 'AddIfAbsent' as const, 'Append' as const),
    name: token,
    value: mutationValue,
  }) as fc.Arbitrary<Mutation>,
)
const mutations = fc
  .record({ type: fc.constant('Mutate' as const), policy, dryRun, edits: fc.array(mutation, { maxLength: 4 }) })
  .map(op => compact(op) as MutateOp)
const computed = fc.constantFrom(
  undefined,
  { type: 'ReplaceRegexMatch' as const, regex: '/(a|b)+', value: '/\\1' },
  { type: 'Header' as const, header: 'x-path' },
)
const rewrite = fc
  .record({
    type: fc.constant('Rewrite' as const),
    policy,
    dryRun,
    host: fc.option(fc.constantFrom('a.example', 'b:81', '[::1]:8080'), { nil: undefined }),
    path: fc.option(
      fc.oneof(
        fc.record({ type: fc.constant('ReplaceFullPath' as const), value: path }),
        fc.record({
          type: fc.constant('ReplacePrefixMatch' as const),
          prefix: path,
          value: fc.oneof(path, fc.constant('')),
        }),
      ),
      { nil: undefined },
    ),
  })
  .chain(op => (op.path ? fc.constant(op) : computed.map(computed => ({ ...op, computed }))))
  .map(op => compact(op) as RewriteOp)
const mirror = fc
  .record({
    type: fc.constant('Mirror' as const),
    policy,
    dryRun,
    cluster: policy,
    fraction: fc.record({
      numerator: fc.integer({ min: 0, max: 100 }),
      denominator: fc.integer({ min: 100, max: 0xffffffff }),
    }),
    timeoutMs: fc.integer({ min: 1, max: 0xffffffff }),
    bodyCap: fc.option(fc.integer({ min: 0, max: 1048575 }), { nil: undefined }),
    sampleBy: fc.option(token, { nil: undefined }),
    compare: fc.constantFrom(true, undefined),
    copy: fc.option(
      fc
        .record({ set: fc.array(header), add: fc.array(header), remove: fc.array(token) })
        .filter(edits => edits.set.length + edits.add.length + edits.remove.length > 0),
      { nil: undefined },
    ),
  })
  .map(op => compact(op) as MirrorOp)
const keyPart: fc.Arbitrary<KeyPart> = fc.oneof(
  fc.record({ type: fc.constantFrom('Header' as const, 'QueryParam' as const, 'Cookie' as const), name: token }),
  fc.record({ type: fc.constantFrom('ClientAddress' as const, 'Path' as const, 'Method' as const, 'Host' as const) }),
)
const limit: fc.Arbitrary<Limit> = fc.record({
  name: token,
  requests: u32,
  unitSeconds: fc.constantFrom(1 as const, 60 as const, 3600 as const, 86400 as const, 2592000 as const),
  burst: u32,
  scope: fc.constantFrom('Worker' as const, 'Node' as const),
  key: fc.array(keyPart, { maxLength: 8 }),
})
const rateLimit = fc
  .record({
    type: fc.constant('RateLimit' as const),
    policy,
    dryRun,
    limits: fc.uniqueArray(limit, { selector: ({ name }) => name, maxLength: 8 }),
    trustedHops: fc.integer({ min: 0, max: 255 }),
  })
  .map(op => compact(op) as RateLimitOp)

const requests = fc.array(fc.oneof(headers, mutations, rewrite, mirror), { maxLength: 4 })
/** Without what a response cannot be told. */
const answerable = mutations.map(op => ({
  ...op,
  edits: op.edits.filter(edit => edit.action === 'Remove' || !['Path', 'Host', 'Method'].includes(edit.value.type)),
}))
const responses = fc.array(fc.oneof(headers, answerable), { maxLength: 3 })
export const plan: fc.Arbitrary<Plan> = fc.record({
  rule: policy,
  downstream: fc.record({ request: fc.array(rateLimit, { maxLength: 2 }), response: responses }),
  upstream: fc.record({ request: requests, response: responses }),
  clusters: fc.uniqueArray(
    fc.record({ cluster: policy, request: fc.array(headers, { minLength: 1, maxLength: 2 }), response: responses }),
    { selector: ({ cluster }) => cluster, maxLength: 3 },
  ),
  firstAttemptOnly: fc.boolean(),
})

// Several limits, refill, bursts and rates of 0, keys and scopes: the module under a clock in the test's hand against token
// buckets in exact arithmetic. What Envoy's own limiter cannot say, and so test/fuzz cannot compare.
import { readFile } from 'node:fs/promises'
import { expect } from 'chai'
import fc from 'fast-check'
import type { Limit, Plan } from '../../filters/plan/plan.ts'
import { DOWNSTREAM_ROOT, PLAN_METADATA, VM_ID } from '../../filters/suite/names.ts'
import { Host, type Plugin } from '../host/core/index.ts'
import { bytesOf, emptyPlan, suiteModule } from './suite.ts'

/** Milliseconds to wait before it, and the value of the header that limits may go by. */
interface Ask {
  after: number
  tenant: string | undefined
}

interface Answer {
  status: number
  /** Of the limit that refused. */
  name?: string
  wait?: number
}

const limitOf = (name: string): fc.Arbitrary<Limit> =>
  fc.record({
    name: fc.constant(name),
    requests: fc.integer({ min: 0, max: 200 }),
    unitSeconds: fc.constantFrom(1, 60, 3600),
    burst: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 12 })),
    scope: fc.constantFrom('Worker', 'Node'),
    key: fc.constantFrom([], [{ type: 'Header' as const, name: 'x-tenant' }]),
  })
const limits = fc
  .integer({ min: 1, max: 4 })
  .chain(n => fc.tuple(...Array.from({ length: n }, (_, i) => limitOf(`l${i}`))))
const asks: fc.Arbitrary<Ask[]> = fc.array(
  fc.record({
    after: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 100_000 })),
    tenant: fc.constantFrom('a', 'b', '', undefined),
  }),
  { minLength: 1, maxLength: 40 },
)

/** Token buckets in integers: a token is `unitSeconds * 1000` parts, of which `requests` come back each millisecond. */
function model(list: readonly Limit[]): (ask: Ask) => Answer {
  const buckets = new Map<string, { parts: number; at: number }>()
  let now = 0
  return ({ after, tenant }) => {
    now += after
    const found = list.map(limit => {
      const token = limit.unitSeconds * 1000
      const key = JSON.stringify([limit.name, limit.key.length > 0 ? [tenant] : []])
      const { parts, at } = buckets.get(key) ?? { parts: limit.burst * token, at: now }
      const left = Math.min(limit.burst * token, parts + (now - at) * limit.requests)
      return { limit, key, token, left }
    })
    const refused = found
      .filter(({ left, token }) => left < token)
      .map(({ limit, left, token }) => ({ name: limit.name, wait: waitOf(limit, token - left) }))
    if (refused.length === 0)
      for (const { key, token, left } of found) buckets.set(key, { parts: left - token, at: now })
    const strictest = refused.sort((a, b) => b.wait - a.wait)[0]
    return strictest ? { status: 429, ...strictest } : { status: 200 }
  }
}

/** Whole seconds until so many parts have come back; the unit where they never do. */
const waitOf = ({ requests, burst, unitSeconds }: Limit, parts: number): number =>
  requests === 0 || burst === 0 ? unitSeconds : Math.max(Math.ceil(parts / requests / 1000), 1)

describe('rate limits against exact token buckets', () => {
  it('answer alike, whatever the limits, the times and the keys', async () => {
    const host = Host.loadNow(await readFile(await suiteModule()), { logLevel: 'critical' })
    const plugin: Plugin = host.plugin({ rootId: DOWNSTREAM_ROOT, vmId: VM_ID })
    let policies = 0
    await fc.assert(
      fc.asyncProperty(limits, asks, async (list, calls) => {
        const plan: Plan = {
          ...emptyPlan(),
          downstream: {
            request: [{ type: 'RateLimit', policy: `a/p${policies++}`, trustedHops: 0, limits: list }],
            response: [],
          },
        }
        const bytes = bytesOf(plan)
        const answer = model(list)
        for (const ask of calls) {
          await host.clock.advance(ask.after)
          const { response } = plugin
            .request(ask.tenant === undefined ? {} : { 'x-tenant': ask.tenant })
            .route({ typedMetadata: { [PLAN_METADATA]: bytes } })
            .sendNow()
          const told = /^"(.*)";r=0;t=(\d+)$/.exec(response?.headers.get('ratelimit') ?? '')
          const got = { status: response?.status, ...(told ? { name: told[1], wait: Number(told[2]) } : {}) }
          expect(got).to.deep.equal(answer(ask))
        }
      }),
      { numRuns: 1000 },
    )
  }).timeout(60_000)
})

// All four filters in one module, on one route: what each half does, in which order, and what it tells.
import { expect } from 'chai'
import { DOWNSTREAM_ROOT, PLAN_METADATA, UPSTREAM_ROOT, VM_ID } from '../../../filters/suite/names.ts'
import { type Chain, type Host, type Outcome, text } from '../../host/core/index.ts'
import { hostOf } from '../../host/mocha/covered.ts'
import { countedIn } from '../counted.ts'
import { bytesOf, emptyPlan } from '../suite.ts'

const edits = (more: object) => ({ type: 'Headers' as const, policy: 'ns/h', set: [], add: [], remove: [], ...more })
const mirror = {
  type: 'Mirror' as const,
  policy: 'ns/m',
  cluster: 'shadow',
  fraction: { numerator: 1, denominator: 1 },
}
const limit = {
  type: 'RateLimit' as const,
  policy: 'ns/l',
  trustedHops: 0,
  limits: [{ name: 'l', requests: 1, unitSeconds: 60 as const, burst: 1, scope: 'Node' as const, key: [] }],
}

describe('the suite, in the host', function () {
  this.timeout(60_000)
  let host: Host
  let chain: Chain

  beforeEach(async () => {
    host = await hostOf('suite', { clusters: { shadow: { http: () => ({}) } } })
    chain = {
      downstream: [host.plugin({ rootId: DOWNSTREAM_ROOT, vmId: VM_ID })],
      upstream: [host.plugin({ rootId: UPSTREAM_ROOT, vmId: VM_ID })],
    }
  })

  const on = (plan: Uint8Array, headers: Record<string, string> = {}) =>
    host
      .chain(chain)
      .request({ ':path': '/foo/a', ...headers })
      .route({ name: 'r', cluster: 'backend', typedMetadata: { [PLAN_METADATA]: plan } })

  const everything = () =>
    bytesOf({
      ...emptyPlan(),
      rule: 'ns/r#0',
      downstream: { request: [limit], response: [edits({ set: [{ name: 'x-down', value: '1' }] })] },
      upstream: {
        request: [
          edits({ set: [{ name: 'x-up', value: '1' }] }),
          { type: 'Rewrite', policy: 'ns/r', path: { type: 'ReplacePrefixMatch', prefix: '/foo', value: '/bar' } },
          { ...mirror, timeoutMs: 1000 },
        ],
        response: [edits({ add: [{ name: 'x-back', value: '1' }] })],
      },
      clusters: [
        {
          cluster: 'backend',
          request: [edits({ add: [{ name: 'x-own', value: '1' }] })],
          response: [edits({ remove: ['x-b'] })],
        },
      ],
    })

  it('runs all of a plan, and copies what the backend gets', async () => {
    const r = await on(everything(), { ':method': 'POST' })
      .body('some ', 'body')
      .answer({ headers: { 'x-b': '1' } })
      .send()
    expect(r.upstream?.path).to.equal('/bar/a')
    expect(r.upstream?.headers.toObject()).to.include({ 'x-up': '1', 'x-own': '1' })
    expect(r.response?.headers.toObject()).to.include({ 'x-down': '1', 'x-back': '1' }).and.not.have.property('x-b')
    const [copy] = r.httpCalls
    expect(copy?.headers.get(':path')).to.equal('/bar/a')
    expect(copy?.headers.get('x-own')).to.equal('1')
    expect(text(copy!.body)).to.equal('some body')
    expect(r.routeCleared).to.equal(0)
    expect((r.decision as { f: { k: string }[] }).f.map(({ k }) => k)).to.deep.equal([
      'rate-limit',
      'headers',
      'rewrite',
      'headers',
      'mirror',
    ])
  })

  it('tells the path of the client, however often it is rewritten, and whatever the client says itself', async () => {
    const to = (prefix: string, value: string, dryRun = false) => {
      const path = { type: 'ReplacePrefixMatch' as const, prefix, value }
      return { type: 'Rewrite' as const, policy: 'ns/r', path, dryRun }
    }
    const plan = bytesOf({
      ...emptyPlan(),
      upstream: { request: [to('/none', '/x'), to('/foo', '/dry', true), to('/foo', '/mid')], response: [] },
      clusters: [{ cluster: 'backend', request: [to('/mid', '/end')], response: [] }],
    })
    for (const client of ['/foo/a', '/foo/b', '/mid/c']) {
      const { upstream } = await on(plan, { ':path': client, 'x-envoy-original-path': '/forged' }).send()
      expect(upstream?.path).to.match(/^\/end\/[abc]$/)
      expect(upstream?.headers.all('x-envoy-original-path')).to.deep.equal([client])
    }
  })

  it('answers 429, and edits that answer', async () => {
    await on(everything()).send()
    const r = await on(everything()).send()
    expect(r.localReply?.status).to.equal(429)
    expect(r.response?.headers.get('x-down')).to.equal('1')
    expect(r.upstream).to.equal(undefined)
  })

  it('ends a copy at trailers, drops it with the stream', async () => {
    const request = on(everything(), { ':method': 'POST' }).body('a').trailers({ 'x-t': '1' })
    expect((await request.send()).httpCalls).to.have.length(1)
    await host.clock.advance(120_000)
    expect((await request.cut('request-body').send()).httpCalls).to.have.length(0)
    expect(await countedIn(host)).to.include({ 'sluice_mirror_dropped_total;reason=reset': 1 })
  })

  it('refuses a path that its rewrite makes unsafe', async () => {
    const r = await on(everything(), { ':path': '/foo/../../x' }).send()
    expect(r.localReply?.status).to.equal(400)
  })

  it('answers 500 for a plan that neither half can read, and logs its route once', async () => {
    for (let i = 0; i < 2; i++) expect((await on(new Uint8Array([1, 2, 3])).send()).response?.status).to.equal(500)
    const own = host.chain({ upstream: chain.upstream! })
    const behind = await own
      .request()
      .route({ name: 'r', typedMetadata: { [PLAN_METADATA]: new Uint8Array(9) } })
      .send()
    expect(behind.response?.status).to.equal(500)
    expect(host.logs.filter(({ message }) => message === 'sluice: unreadable plan on route r')).to.have.length(1)
  })

  it('does nothing on a route without a plan', async () => {
    const r: Outcome = await host.chain(chain).request().body('x').send()
    expect(r.response?.status).to.equal(200)
    expect(r.decision).to.equal(undefined)
    expect(await countedIn(host)).to.deep.equal({})
  })

  it('refuses a root id that is none of its two', () => {
    expect(() => host.plugin({ rootId: 'sideways', vmId: VM_ID })).to.throw('refuses its configuration')
  })

  it('keeps 1,100 streams apart, more than it has places for, that are open at once', async () => {
    const streams = []
    const plan = bytesOf({
      ...emptyPlan(),
      downstream: { request: [], response: [edits({ set: [{ name: 'x-down', value: '1' }] })] },
    })
    for (let i = 0; i < 1100; i++) streams.push(await on(plan).answer({ afterMs: 10 }).open())
    await host.clock.advance(10)
    for (const stream of streams) expect(stream.outcome().response?.headers.get('x-down')).to.equal('1')
  })

  it('leaves a record that was cut as it is when a later callback decides more', async () => {
    const long = Array.from({ length: 8 }, (_, i) => edits({ policy: `ns/${'long-name-'.repeat(6)}${i}` }))
    const plan = bytesOf({
      ...emptyPlan(),
      rule: 'ns/r#0',
      upstream: { request: [...long, { ...mirror, timeoutMs: 1000 }], response: [] },
    })
    const request = on(plan, { ':method': 'POST' })
    const atOnce = (await request.send()).decision as { f: object[]; t?: number }
    expect([atOnce.f.length, atOnce.t]).to.deep.equal([4, 1])
    // The mirror decides at the end of the body.
    expect((await request.body('text').send()).decision).to.deep.equal(atOnce)
  })
})

import { expect } from 'chai'
import type { KeyPart, Limit, Plan, RateLimitOp } from '../../filters/plan/plan.ts'
import { type Call, call, startUpstream, type Upstream, valuesOf } from '../envoy/upstream.ts'
import { eventually } from '../eventually.ts'
import { bytesOf, emptyPlan, metrics, records, startSuite, type TestRoute } from './suite.ts'

const limit = (more: Partial<Limit> = {}): Limit => ({
  name: 'tenant',
  requests: 3,
  unitSeconds: 2592000,
  burst: 3,
  scope: 'Node',
  key: [],
  ...more,
})

const limited = (limits: Limit[], more: Partial<RateLimitOp> = {}): Plan => ({
  ...emptyPlan(),
  downstream: { request: [{ type: 'RateLimit', policy: 'default/rl', limits, trustedHops: 0, ...more }], response: [] },
})

describe('rate limit in Envoy', () => {
  let upstream: Upstream

  before(async () => {
    upstream = await startUpstream()
  })

  after(async () => {
    await upstream[Symbol.asyncDispose]()
  })

  const start = (routes: TestRoute[], concurrency = 1) =>
    startSuite(routes, { clusters: { up: upstream.port }, concurrency })

  /** Statuses of one call after the other. */
  const statuses = async (port: number, calls: Call[]): Promise<number[]> => {
    const found: number[] = []
    for (const one of calls) found.push((await call(port, one)).status)
    return found
  }

  for (const scope of ['Worker', 'Node'] as const) {
    it(`lets the burst through and says why it refuses the rest (${scope})`, async () => {
      await using envoy = await start([{ plan: limited([limit({ scope })]) }])
      const port = envoy.port('main')
      expect(await statuses(port, [{}, {}, {}])).to.deep.equal([200, 200, 200])
      const reply = await call(port)
      expect(reply.status).to.equal(429)
      expect(reply.body).to.equal('Too many requests\n')
      const [after] = valuesOf(reply, 'retry-after')
      expect(Number(after)).to.be.within(1, 864000)
      expect(valuesOf(reply, 'ratelimit')).to.deep.equal([`"tenant";r=0;t=${after}`])
      expect(valuesOf(reply, 'ratelimit-policy')).to.deep.equal(['"tenant";q=3;w=2592000'])
      await eventually(async () =>
        expect(await metrics(envoy)).to.include({
          'sluice_decisions_total{filter="rate-limit",policy="default/rl",outcome="allowed",mode="Enforce"}': 3,
          'sluice_decisions_total{filter="rate-limit",policy="default/rl",outcome="limited",mode="Enforce"}': 1,
        }),
      )
      const entry = (o: string) => ({ r: 'default/test#0', f: [{ k: 'rate-limit', p: 'default/rl', o }] })
      expect(await records(envoy, 4)).to.deep.equal(['allowed', 'allowed', 'allowed', 'limited'].map(entry))
    })
  }

  it('lets through again what has drained', async () => {
    await using envoy = await start([{ plan: limited([limit({ requests: 20, burst: 1, unitSeconds: 1 })]) }])
    const port = envoy.port('main')
    const found = await statuses(
      port,
      Array.from({ length: 40 }, () => ({})),
    )
    const begin = performance.now()
    while ((await call(port)).status !== 200) expect(performance.now() - begin).to.be.below(10_000)
    expect(found[0]).to.equal(200)
    expect(found).to.contain(429)
  })

  it('knows the limits 0, 1 and 4294967295', async () => {
    const route = (host: string, requests: number): TestRoute => ({
      host,
      plan: limited([limit({ name: host, requests, burst: requests })]),
    })
    await using envoy = await start([route('none', 0), route('one', 1), route('most', 4294967295)])
    const ask = (host: string) =>
      statuses(
        envoy.port('main'),
        Array.from({ length: 3 }, () => ({ headers: { host } })),
      )
    expect(await ask('none')).to.deep.equal([429, 429, 429])
    expect(await ask('one')).to.deep.equal([200, 429, 429])
    expect(await ask('most')).to.deep.equal([200, 200, 200])
  })

  describe('keys', () => {
    const cases: { part: KeyPart; own: Call[]; same?: Call[] }[] = [
      {
        part: { type: 'Header', name: 'X-Tenant' },
        own: [{}, { headers: { 'x-tenant': 'a' } }, { headers: { 'x-tenant': 'b' } }, { headers: { 'x-tenant': '' } }],
        same: [{ headers: { 'x-tenant': 'a', 'x-other': '1' } }],
      },
      { part: { type: 'Path' }, own: [{ path: '/a' }, { path: '/b' }], same: [{ path: '/a?x' }] },
      { part: { type: 'Method' }, own: [{ method: 'GET' }, { method: 'PUT' }] },
      {
        part: { type: 'Host' },
        own: [{ headers: { host: 'a' } }, { headers: { host: 'b' } }],
        same: [{ headers: { host: 'A:81' } }],
      },
      {
        part: { type: 'QueryParam', name: 'k' },
        own: [{}, { path: '/?k=1' }, { path: '/?k=2' }, { path: '/?k=' }, { path: '/?kk=1&k=3' }],
        same: [{ path: '/x?a=b&k=1&k=7' }],
      },
      {
        part: { type: 'Cookie', name: 'sid' },
        own: [{}, { headers: { cookie: 'sid=1' } }, { headers: { cookie: 'a=b; sid=2' } }],
        same: [{ headers: { cookie: 'xsid=9; sid=1; sid=2' } }],
      },
      { part: { type: 'ClientAddress' }, own: [{}], same: [{ headers: { 'x-forwarded-for': '9.9.9.9' } }] },
    ]
    for (const { part, own, same = [] } of cases) {
      it(`gives each value of ${part.type} a bucket of its own`, async () => {
        await using envoy = await start([{ plan: limited([limit({ requests: 1, burst: 1, key: [part] })]) }])
        const port = envoy.port('main')
        expect(await statuses(port, own)).to.deep.equal(own.map(() => 200))
        expect(await statuses(port, [...own, ...same])).to.deep.equal([...own, ...same].map(() => 429))
      })
    }

    it('finds the client behind trusted hops, and believes nothing to the left of it', async () => {
      const key: KeyPart[] = [{ type: 'ClientAddress' }]
      const plan = limited([limit({ requests: 1, burst: 1, key })], { trustedHops: 1 })
      await using envoy = await start([{ plan }])
      const via = (list: string): Call => ({ headers: { 'x-forwarded-for': list } })
      const calls = [via('1.1.1.1'), via('2.2.2.2'), via('8.8.8.8, 1.1.1.1'), via('2.2.2.2, 3.3.3.3'), {}, {}]
      expect(await statuses(envoy.port('main'), calls)).to.deep.equal([200, 200, 429, 200, 200, 429])
    })
  })

  it('answers for the strictest of several limits, and takes nothing from the others', async () => {
    const header: KeyPart[] = [{ type: 'Header', name: 'x-tenant' }]
    const limits = [
      limit({ name: 'all', scope: 'Worker' }),
      limit({ name: 'tenant', requests: 1, burst: 1, key: header }),
      limit({ name: 'never', requests: 1, burst: 1, unitSeconds: 86400, key: header, scope: 'Worker' }),
    ]
    await using envoy = await start([{ plan: limited(limits) }])
    const of = (tenant: string): Call => ({ headers: { 'x-tenant': tenant } })
    const port = envoy.port('main')
    expect(await statuses(port, [of('a'), of('a'), of('a'), of('b'), of('c'), of('d')])).to.deep.equal([
      200, 429, 429, 200, 200, 429,
    ])
    const reply = await call(port, of('a'))
    expect(valuesOf(reply, 'ratelimit')[0]).to.match(/^"tenant";r=0;t=2/)
    expect(valuesOf(reply, 'ratelimit-policy')).to.deep.equal([
      '"all";q=3;w=2592000, "tenant";q=1;w=2592000, "never";q=1;w=86400',
    ])
  })

  it('counts what a dry run would refuse, and refuses nothing', async () => {
    await using envoy = await start([{ plan: limited([limit({ requests: 1, burst: 1 })], { dryRun: true }) }])
    expect(await statuses(envoy.port('main'), [{}, {}])).to.deep.equal([200, 200])
    await eventually(async () =>
      expect(await metrics(envoy)).to.include({
        'sluice_decisions_total{filter="rate-limit",policy="default/rl",outcome="limited",mode="DryRun"}': 1,
      }),
    )
    expect((await records(envoy, 2))[1]).to.deep.equal({
      r: 'default/test#0',
      f: [{ k: 'rate-limit', p: 'default/rl', o: 'limited', d: 1 }],
    })
  })

  it('shares buckets of scope Node between workers, from their very first request', async () => {
    const plan = limited([limit({ requests: 7, burst: 7 })])
    await using envoy = await start([{ plan }], 4)
    const replies = await Promise.all(Array.from({ length: 60 }, () => call(envoy.port('main'))))
    expect(replies.filter(({ status }) => status === 200)).to.have.length(7)
    expect(replies.filter(({ status }) => status === 429)).to.have.length(53)
  })

  it('gives a gRPC request the status RESOURCE_EXHAUSTED', async () => {
    await using envoy = await start([{ plan: limited([limit({ requests: 0, burst: 0 })]) }])
    const headers = { 'content-type': 'application/grpc', te: 'trailers' }
    const reply = await call(envoy.port('main'), { method: 'POST', headers })
    expect(valuesOf(reply, 'grpc-status')).to.deep.equal(['8'])
  })

  it('keeps buckets by policy and name, whatever route refers to them', async () => {
    const plan = limited([limit({ requests: 1, burst: 1 })])
    const other = { ...plan, rule: 'default/other#1' }
    await using envoy = await start([
      { host: 'a', plan },
      { host: 'b', plan: bytesOf(other) },
    ])
    const calls = ['a', 'b'].map(host => ({ headers: { host } }))
    expect(await statuses(envoy.port('main'), calls)).to.deep.equal([200, 429])
  })
})

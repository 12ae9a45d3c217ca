// What holds for all filters: where they run, how often, on which replies, and what an unusable plan does.
import { expect } from 'chai'
import type { HeadersOp, Plan } from '../../filters/plan/plan.ts'
import { call, startUpstream, valuesOf } from '../envoy/upstream.ts'
import { eventually } from '../eventually.ts'
import { bytesOf, emptyPlan, metrics, records, startSuite } from './suite.ts'

const adding = (name: string, value: string): HeadersOp => ({
  type: 'Headers',
  policy: 'default/h',
  set: [],
  add: [{ name, value }],
  remove: [],
})

const responses = (op: HeadersOp): Plan => ({ ...emptyPlan(), downstream: { request: [], response: [op] } })
const requests = (op: HeadersOp, more: Partial<Plan> = {}): Plan => ({
  ...emptyPlan(),
  upstream: { request: [op], response: [] },
  ...more,
})

describe('the suite in Envoy', () => {
  it('edits a request once however often it is tried, if the plan says so', async () => {
    for (const firstAttemptOnly of [true, false]) {
      await using upstream = await startUpstream(({ headers }) => ({ status: headers.length > 0 ? 503 : 200 }))
      const plan = requests(adding('x-add', 'a'), { firstAttemptOnly })
      const action = { retry_policy: { retry_on: '5xx', num_retries: 2, retry_back_off: { base_interval: '0.001s' } } }
      await using envoy = await startSuite([{ plan, action }], { clusters: { up: upstream.port } })
      expect((await call(envoy.port('main'))).status).to.equal(503)
      expect(upstream.received.map(request => valuesOf(request, 'x-add'))).to.deep.equal(
        firstAttemptOnly ? [['a'], ['a'], ['a']] : [['a'], ['a', 'a'], ['a', 'a', 'a']],
      )
    }
  })

  it('gives each backend of a weighted route its own operations on top of the rule’s', async () => {
    await using blue = await startUpstream()
    await using green = await startUpstream()
    const plan: Plan = {
      ...requests(adding('x-add', 'rule')),
      clusters: [
        { cluster: 'blue', request: [adding('x-add', 'blue')], response: [adding('x-from', 'blue')] },
        { cluster: 'green', request: [], response: [adding('x-from', 'green')] },
      ],
    }
    const clusters = ['blue', 'green'].map(name => ({ name, weight: 1 }))
    await using envoy = await startSuite([{ plan, action: { cluster: undefined, weighted_clusters: { clusters } } }], {
      clusters: { blue: blue.port, green: green.port },
    })
    const from = new Set<string>()
    while (from.size < 2) from.add(valuesOf(await call(envoy.port('main')), 'x-from').join())
    expect([...from].sort()).to.deep.equal(['blue', 'green'])
    expect(valuesOf(await blue.nth(1), 'x-add')).to.deep.equal(['rule', 'blue'])
    expect(valuesOf(await green.nth(1), 'x-add')).to.deep.equal(['rule'])
  })

  it('edits replies that Envoy makes itself: direct, no host, over the limit, refused by the upstream half', async () => {
    const plan = responses(adding('x-edited', 'yes'))
    const zero = { name: 'n', requests: 0, unitSeconds: 1 as const, burst: 0, scope: 'Node' as const, key: [] }
    const limited: Plan = {
      ...plan,
      downstream: {
        ...plan.downstream,
        request: [{ type: 'RateLimit', policy: 'a/b', trustedHops: 0, limits: [zero] }],
      },
    }
    const path = { type: 'ReplacePrefixMatch', prefix: '/refused', value: '/' } as const
    const refused: Plan = { ...plan, upstream: { request: [{ type: 'Rewrite', policy: 'a/w', path }], response: [] } }
    await using upstream = await startUpstream()
    await using envoy = await startSuite(
      [
        { prefix: '/direct', plan, direct: { status: 404 } },
        { prefix: '/limited', plan: limited },
        { prefix: '/refused', plan: refused },
        { prefix: '/', plan, action: { cluster: 'empty' } },
      ],
      { clusters: { up: upstream.port, empty: undefined } },
    )
    for (const [path, status] of [
      ['/direct', 404],
      ['/limited', 429],
      ['/refused/../x', 400],
      ['/', 503],
    ] as const) {
      const reply = await call(envoy.port('main'), { path })
      expect(reply.status, path).to.equal(status)
      expect(valuesOf(reply, 'x-edited'), path).to.deep.equal(['yes'])
    }
    expect(upstream.received).to.have.length(0)
  })

  it('puts both halves into one record', async () => {
    await using upstream = await startUpstream()
    const one = { name: 'n', requests: 9, unitSeconds: 1 as const, burst: 9, scope: 'Worker' as const, key: [] }
    const plan: Plan = {
      ...requests(adding('x-add', 'a')),
      downstream: { request: [{ type: 'RateLimit', policy: 'a/b', trustedHops: 0, limits: [one] }], response: [] },
    }
    await using envoy = await startSuite([{ plan }], { clusters: { up: upstream.port } })
    await call(envoy.port('main'))
    expect((await records(envoy, 1))[0]).to.deep.equal({
      r: 'default/test#0',
      f: [
        { k: 'rate-limit', p: 'a/b', o: 'allowed' },
        { k: 'headers', p: 'default/h', o: 'applied' },
      ],
    })
  })

  it('leaves out of the record what exceeds 512 bytes, and says so', async () => {
    await using upstream = await startUpstream()
    const request = Array.from({ length: 20 }, (_, i) => ({ ...adding('x-add', 'a'), policy: `default/number-${i}` }))
    await using envoy = await startSuite([{ plan: { ...emptyPlan(), upstream: { request, response: [] } } }], {
      clusters: { up: upstream.port },
    })
    await call(envoy.port('main'))
    const [record] = (await records(envoy, 1)) as { f: unknown[]; t: number }[]
    expect(record?.t).to.equal(1)
    expect(record?.f).to.have.length.within(5, 10)
    expect(JSON.stringify(record).length).to.be.at.most(512)
    expect((await upstream.nth(1)).headers.filter(([name]) => name === 'x-add')).to.have.length(20)
  })

  it('does nothing on a route without a plan', async () => {
    await using upstream = await startUpstream()
    await using envoy = await startSuite([{}], { clusters: { up: upstream.port } })
    expect((await call(envoy.port('main'))).status).to.equal(200)
    expect(await records(envoy, 1)).to.deep.equal([undefined])
  })

  it('answers right for more streams at once than it remembers', async () => {
    const count = 1300
    const released = Promise.withResolvers<void>()
    let waiting = 0
    await using upstream = await startUpstream(async () => {
      waiting++
      if (waiting === count) released.resolve()
      await released.promise
      return {}
    })
    const plan: Plan = {
      ...responses(adding('x-down', 'a')),
      upstream: { request: [], response: [adding('x-up', 'b')] },
    }
    await using envoy = await startSuite([{ plan }], { clusters: { up: upstream.port } })
    const replies = await Promise.all(Array.from({ length: count }, () => call(envoy.port('main'))))
    const edits = new Set(replies.map(reply => [...valuesOf(reply, 'x-down'), ...valuesOf(reply, 'x-up')].join()))
    expect([...edits]).to.deep.equal(['a,b'])
  })

  describe('with a plan it cannot read', () => {
    const good = bytesOf({
      ...requests(adding('x-add', 'a')),
      downstream: { request: [], response: [adding('x-b', 'b')] },
    })
    const changed = (at: number, ...bytes: number[]) => {
      const copy = good.slice()
      copy.set(bytes, at)
      return copy
    }
    const bad: Record<string, Uint8Array> = {
      'no bytes at all': new Uint8Array([0]),
      'another version': changed(3, 0x32),
      'a wrong length': changed(4, good.length + 1),
      'half of it': good.subarray(0, good.length >> 1),
      'an unknown section': changed(8, 99),
      'a section beyond the end': changed(10, 0xff, 0xff, 0xff, 0xff),
    }
    for (const [name, plan] of Object.entries(bad)) {
      for (const placement of [
        { downstream: true, upstream: false },
        { downstream: false, upstream: true },
      ]) {
        const half = placement.downstream ? 'downstream' : 'upstream'
        it(`answers 500, counts, logs once and does not trap: ${name}, ${half}`, async () => {
          await using upstream = await startUpstream()
          await using envoy = await startSuite([{ plan, placement }], { clusters: { up: upstream.port } })
          for (let i = 0; i < 3; i++) expect((await call(envoy.port('main'))).status).to.equal(500)
          expect(upstream.received).to.have.length(0)
          await eventually(async () =>
            expect(await metrics(envoy)).to.deep.equal({
              'sluice_decisions_total{filter="plan",policy="",outcome="refused",mode="Enforce"}': 3,
            }),
          )
          expect(envoy.log().match(/unreadable plan on route/g)).to.have.length(1)
        })
      }
    }
  })

  it('refuses a root id that is none of its own', async () => {
    await using upstream = await startUpstream()
    let message = ''
    try {
      await using _ = await startSuite([{}], { clusters: { up: upstream.port }, root: 'sluice.other' })
    } catch (error) {
      message = String(error)
    }
    expect(message).to.contain('Unable to create Wasm plugin')
  })
})

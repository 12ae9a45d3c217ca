import { connect } from 'node:net'
import { expect } from 'chai'
import type { MirrorOp, Plan, UpstreamRequestOp } from '../../filters/plan/plan.ts'
import type { StaticEnvoy } from '../envoy/static.ts'
import { call, startUpstream, type Upstream, valuesOf } from '../envoy/upstream.ts'
import { eventually } from '../eventually.ts'
import { moduleFile } from '../host/mocha/covered.ts'
import { emptyPlan, metrics, records, type SuiteOptions, startSuite, type TestRoute } from './suite.ts'

const mirror = (more: Partial<MirrorOp> = {}): MirrorOp => ({
  type: 'Mirror',
  policy: 'default/m',
  cluster: 'copy',
  fraction: { numerator: 1, denominator: 1 },
  timeoutMs: 1000,
  ...more,
})

const upstreamOf = (...request: UpstreamRequestOp[]): Plan => ({ ...emptyPlan(), upstream: { request, response: [] } })

describe('mirror in Envoy', () => {
  let up: Upstream
  let copy: Upstream

  beforeEach(async () => {
    up = await startUpstream(() => ({ body: 'primary' }))
    copy = await startUpstream(() => ({ status: 500, body: 'copy' }))
  })

  afterEach(async () => {
    await up[Symbol.asyncDispose]()
    await copy[Symbol.asyncDispose]()
  })

  const start = (plan: Plan, more: Record<string, number | undefined> = {}) =>
    startSuite([{ plan }], { clusters: { up: up.port, copy: copy.port, ...more } })

  const outcome = (name: string): string =>
    `sluice_decisions_total{filter="mirror",policy="default/m",outcome="${name}",mode="Enforce"}`
  const dropped = (reason: string): string => `sluice_mirror_dropped_total{reason="${reason}"}`

  it('copies what the backend gets: after edits and rewrite, with its authority, without hop-by-hop headers', async () => {
    const plan = upstreamOf(
      mirror(),
      { type: 'Headers', policy: 'default/h', set: [{ name: 'x-a', value: 'edited' }], add: [], remove: ['x-b'] },
      { type: 'Rewrite', policy: 'default/w', path: { type: 'ReplaceFullPath', value: '/new' } },
    )
    await using envoy = await start(plan)
    const headers = { host: 'shop.example', 'x-a': '1', 'x-b': '2', 'x-c': ['3', '4'], te: 'trailers' }
    const reply = await call(envoy.port('main'), { path: '/old?q', headers })
    expect([reply.status, reply.body]).to.deep.equal([200, 'primary'])
    const one = await copy.nth(1)
    const primary = await up.nth(1)
    expect([one.method, one.path, one.body]).to.deep.equal(['GET', '/new?q', ''])
    for (const name of ['host', 'x-a', 'x-b', 'x-c', 'x-request-id', 'x-forwarded-for'])
      expect(valuesOf(one, name), name).to.deep.equal(valuesOf(primary, name))
    expect(valuesOf(one, 'host')).to.deep.equal(['shop.example'])
    for (const name of ['te', 'connection', 'keep-alive']) expect(valuesOf(one, name), name).to.deep.equal([])
    await eventually(async () => expect(await metrics(envoy)).to.include({ [outcome('mirrored')]: 1 }))
    expect((await records(envoy, 1))[0]).to.deep.equal({
      r: 'default/test#0',
      f: [
        { k: 'headers', p: 'default/h', o: 'applied' },
        { k: 'rewrite', p: 'default/w', o: 'applied' },
        { k: 'mirror', p: 'default/m', o: 'mirrored' },
      ],
    })
  })

  it('copies a body of many pieces, and says so in the record', async () => {
    await using envoy = await start(upstreamOf(mirror()))
    const body = Array.from({ length: 40 }, (_, i) => String(i % 10).repeat(5000))
    const reply = await call(envoy.port('main'), { method: 'POST', body })
    expect(reply.status).to.equal(200)
    const one = await copy.nth(1)
    expect(one.method).to.equal('POST')
    expect(one.body).to.equal(body.join(''))
    expect((await up.nth(1)).body).to.equal(body.join(''))
    expect((await records(envoy, 1))[0]).to.deep.include({ f: [{ k: 'mirror', p: 'default/m', o: 'mirrored' }] })
  })

  it('sends one body to several mirrors', async () => {
    await using other = await startUpstream()
    await using envoy = await start(upstreamOf(mirror(), mirror({ cluster: 'other' })), { other: other.port })
    await call(envoy.port('main'), { method: 'POST', body: 'hello' })
    expect((await copy.nth(1)).body).to.equal('hello')
    expect((await other.nth(1)).body).to.equal('hello')
  })

  it('drops a copy above its cap and counts it; the primary gets all', async () => {
    await using other = await startUpstream()
    const plan = upstreamOf(mirror({ bodyCap: 1000 }), mirror({ cluster: 'other', bodyCap: 5000 }))
    await using envoy = await start(plan, { other: other.port })
    const body = 'x'.repeat(2000)
    expect((await call(envoy.port('main'), { method: 'POST', body })).status).to.equal(200)
    expect((await up.nth(1)).body).to.equal(body)
    expect((await other.nth(1)).body).to.equal(body)
    expect(copy.received).to.have.length(0)
    await eventually(async () =>
      expect(await metrics(envoy)).to.include({
        [dropped('too_large')]: 1,
        [outcome('dropped')]: 1,
        [outcome('mirrored')]: 1,
      }),
    )
    const big = 'y'.repeat(3 << 20)
    expect((await call(envoy.port('main'), { method: 'POST', body: big })).status).to.equal(200)
    expect((await up.nth(2)).body.length).to.equal(big.length)
    await eventually(async () =>
      expect(await metrics(envoy)).to.include({ [dropped('too_large')]: 3, [outcome('dropped')]: 3 }),
    )
  })

  it('samples by request id: the same request decides alike, and the share is right', async () => {
    const plan = upstreamOf(mirror({ fraction: { numerator: 1, denominator: 4 } }))
    await using envoy = await startSuite([{ plan }], {
      clusters: { up: up.port, copy: copy.port },
      manager: { preserve_external_request_id: true },
    })
    const port = envoy.port('main')
    const count = 400
    for (let i = 0; i < count; i++) {
      await call(port, { headers: { 'x-request-id': `id-${i}` } })
      await call(port, { headers: { 'x-request-id': `id-${i}` } })
    }
    await eventually(async () => {
      const counted = await metrics(envoy)
      const mirrored = counted[outcome('mirrored')] ?? 0
      expect(counted[outcome('skipped')]).to.equal(2 * count - mirrored)
      expect(mirrored % 2).to.equal(0)
      expect(mirrored / 2 / count).to.be.within(0.15, 0.35)
    })
  })

  it('never mirrors a fraction of 0, and always a whole', async () => {
    const none = mirror({ policy: 'default/none', fraction: { numerator: 0, denominator: 100 } })
    await using envoy = await start(upstreamOf(none, mirror()))
    for (let i = 0; i < 20; i++) await call(envoy.port('main'))
    await eventually(async () => expect(await metrics(envoy)).to.include({ [outcome('mirrored')]: 20 }))
    expect(copy.received.length).to.be.at.most(20)
  })

  it('leaves the primary alone when the mirror is unknown, empty or dead', async () => {
    const gone = await startUpstream()
    const port = gone.port
    await gone[Symbol.asyncDispose]()
    const plan = upstreamOf(mirror({ cluster: 'missing' }), mirror({ cluster: 'empty' }), mirror({ cluster: 'dead' }))
    await using envoy = await start(plan, { empty: undefined, dead: port })
    for (const body of [undefined, 'text']) {
      const reply = await call(envoy.port('main'), { method: 'POST', ...(body ? { body } : {}) })
      expect([reply.status, reply.body]).to.deep.equal([200, 'primary'])
    }
    await eventually(async () =>
      expect(await metrics(envoy)).to.include({ [dropped('no_backend')]: 4, [outcome('mirrored')]: 2 }),
    )
  })

  it('counts a copy whose request ended before its body did', async () => {
    await using envoy = await start(upstreamOf(mirror()))
    const socket = connect(envoy.port('main'), '127.0.0.1')
    socket.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nabc')
    while (!(await envoy.admin('/stats?filter=cluster.up.upstream_rq_active')).includes(': 1'))
      await new Promise(resolve => setTimeout(resolve, 10))
    socket.destroy()
    while ((await metrics(envoy))[dropped('reset')] !== 1) await new Promise(resolve => setTimeout(resolve, 10))
    await eventually(async () => expect(await metrics(envoy)).to.include({ [outcome('dropped')]: 1 }))
    expect(copy.received).to.have.length(0)
  })

  it('does not copy an upgrade, and counts it', async () => {
    await using envoy = await startSuite([{ plan: upstreamOf(mirror()) }], {
      clusters: { up: up.port, copy: copy.port },
      manager: { upgrade_configs: [{ upgrade_type: 'websocket' }] },
    })
    await call(envoy.port('main'), { headers: { connection: 'upgrade', upgrade: 'websocket' } })
    await eventually(async () => expect(await metrics(envoy)).to.include({ [dropped('upgrade')]: 1 }))
  })

  it('marks copies, and copies no copy: a mirror that comes back to its own route does not feed itself', async () => {
    let envoy: StaticEnvoy | undefined
    await using back = await startUpstream(async ({ method, headers }) => {
      const again = headers.filter(([name]) => name !== 'host' && name !== 'content-length')
      const { status } = await call(envoy?.port('main') ?? 0, { method, headers: Object.fromEntries(again) })
      return { status }
    })
    envoy = await startSuite([{ plan: upstreamOf(mirror({ cluster: 'back' })) }], {
      clusters: { up: up.port, back: back.port },
    })
    try {
      await call(envoy.port('main'), { headers: { 'x-a': '1' } })
      await up.nth(2)
      expect(valuesOf(await back.nth(1), 'x-sluice-copy')).to.deep.equal(['1'])
      await eventually(async () =>
        expect(await metrics(envoy)).to.include({ [outcome('mirrored')]: 1, [outcome('skipped')]: 1 }),
      )
      expect([up.received.length, back.received.length]).to.deep.equal([2, 1])
    } finally {
      await envoy[Symbol.asyncDispose]()
    }
  })

  describe('a client that says its request is a copy', () => {
    const own = 'x-sluice-copy'
    const early = {
      name: 'early',
      typed_config: {
        '@type': 'type.googleapis.com/envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation',
        mutations: [{ remove: own }],
      },
    }
    const removing: UpstreamRequestOp = { type: 'Headers', policy: 'default/h', set: [], add: [], remove: [own] }
    const inFront = async (): Promise<object[]> => [
      {
        name: 'mirror',
        typed_config: {
          '@type': 'type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm',
          config: {
            configuration: {
              '@type': 'type.googleapis.com/google.protobuf.StringValue',
              value: JSON.stringify({ cluster: 'copy', name: 'default/m' }),
            },
            vm_config: {
              runtime: 'envoy.wasm.runtime.v8',
              code: { local: { filename: await moduleFile('mirror') } },
            },
          },
        },
      },
      {
        name: 'router',
        typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
      },
    ]
    const behind: TestRoute = { plan: upstreamOf(mirror()) }

    for (const [way, route, more, isCopied] of [
      ['is not mirrored', behind, {}, false],
      ['is, if the rule takes the header off', { plan: upstreamOf(mirror(), removing) }, {}, true],
      ['is, if the route configuration does', behind, { routing: { request_headers_to_remove: [own] } }, true],
      ['is, if the listener does', behind, { manager: { early_header_mutation_extensions: [early] } }, true],
    ] as [string, TestRoute, Partial<SuiteOptions>, boolean][])
      it(`behind the router ${way}`, () => check([route], more, isCopied))

    it('in front of the router is not mirrored, whatever the route configuration takes off', async () =>
      check([{}], { routing: { request_headers_to_remove: [own] }, manager: { http_filters: await inFront() } }, false))

    it('in front of the router is, if the listener takes the header off', async () =>
      check([{}], { manager: { early_header_mutation_extensions: [early], http_filters: await inFront() } }, true))

    async function check(routes: TestRoute[], more: Partial<SuiteOptions>, isCopied: boolean): Promise<void> {
      await using envoy = await startSuite(routes, { clusters: { up: up.port, copy: copy.port }, ...more })
      await call(envoy.port('main'), { headers: { [own]: '1' } })
      await eventually(async () =>
        expect(await metrics(envoy)).to.include({ [outcome(isCopied ? 'mirrored' : 'skipped')]: 1 }),
      )
      if (isCopied) expect(valuesOf(await copy.nth(1), own)).to.deep.equal(['1'])
      else expect(copy.received).to.have.length(0)
    }
  })

  it('copies nothing in a dry run, and counts it', async () => {
    await using envoy = await start(upstreamOf(mirror({ dryRun: true })))
    await call(envoy.port('main'))
    expect(copy.received).to.have.length(0)
    await eventually(async () =>
      expect(await metrics(envoy)).to.include({ [outcome('mirrored').replace('Enforce', 'DryRun')]: 1 }),
    )
  })
})

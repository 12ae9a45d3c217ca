// The mirror on its own: what a copy holds, and every reason why there is none.
import { expect } from 'chai'
import { type Host, type HostOptions, type HttpCall, type HttpOutcome, text } from '../../host/core/index.ts'
import { hostOf } from '../../host/mocha/covered.ts'
import { countedIn } from '../counted.ts'

const MIB = 1024 * 1024
const shadow = (outcome: HttpOutcome): HostOptions => ({ clusters: { shadow: { http: () => outcome } } })
const dropped = async (host: Host): Promise<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(await countedIn(host))
      .filter(([name]) => name.startsWith('sluice_mirror_dropped_total;reason='))
      .map(([name, count]) => [name.slice(name.indexOf('=') + 1), count]),
  )
const outcomes = async (host: Host): Promise<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(await countedIn(host)).flatMap(([name, count]) => {
      const outcome = /;outcome=([^;]+)/.exec(name)?.[1]
      return outcome === undefined ? [] : [[outcome, count]]
    }),
  )
const namesOf = (call: HttpCall | undefined): string[] => [...(call?.headers ?? [])].map(([name]) => name)

describe('mirror, in the host', function () {
  this.timeout(60_000)

  const mirror = async (configuration: object = {}, outcome: HttpOutcome = {}) => {
    const host = await hostOf('mirror', shadow(outcome))
    return { host, plugin: host.plugin({ configuration: { cluster: 'shadow', ...configuration } }) }
  }
  const post = { ':method': 'POST', ':path': '/a?b=1', 'content-type': 'x/y', authorization: 'secret' }

  it('copies a request without a body at once', async () => {
    const { plugin } = await mirror()
    const { httpCalls, upstream } = await plugin.request({ ':path': '/a', 'x-a': '1' }).send()
    expect(httpCalls).to.have.length(1)
    expect(httpCalls[0]!.headers.get(':path')).to.equal('/a')
    expect(httpCalls[0]!.headers.get('x-a')).to.equal('1')
    expect(httpCalls[0]!.headers.get('x-sluice-copy')).to.equal('1')
    expect(upstream?.headers.has('x-sluice-copy')).to.equal(false)
  })

  it('gathers a body that comes in pieces, and holds nothing back', async () => {
    const { plugin } = await mirror()
    const pieces = Array.from({ length: 50 }, (_, i) => `${i} `.repeat(400))
    const stream = await plugin
      .request(post)
      .body(...pieces)
      .open()
    const { httpCalls, upstream } = stream.outcome()
    expect(text(httpCalls[0]!.body)).to.equal(pieces.join(''))
    expect(text(upstream!.body)).to.equal(pieces.join(''))
  })

  it('copies a body of all that is allowed, in one piece or in two', async () => {
    const { host, plugin } = await mirror()
    for (const pieces of [[MIB], [MIB / 2, MIB / 2], [MIB - 1, 1]]) {
      const body = pieces.map(length => new Uint8Array(length).fill(97))
      const { httpCalls } = await plugin
        .request(post)
        .body(...body)
        .send()
      expect(httpCalls[0]?.body.length, `${pieces}`).to.equal(MIB)
    }
    expect(await dropped(host)).to.deep.equal({})
  })

  it('counts how a copy was answered beside its request, when told to', async () => {
    for (const [compare, answer, expected] of [
      [{}, { status: 200 }, { mirrored: 1 }],
      [{ compare: 'None' }, { status: 200 }, { mirrored: 1 }],
      [{ compare: 'Answers' }, { status: 200 }, { mirrored: 1, 'same-status': 1, faster: 1 }],
      [{ compare: 'Answers' }, { status: 500 }, { mirrored: 1, 'other-status': 1, faster: 1 }],
      [{ compare: 'Answers' }, 'never', { mirrored: 1 }],
    ] as [object, HttpOutcome, Record<string, number>][]) {
      const { host, plugin } = await mirror(compare, answer)
      await plugin.request({ ':path': '/a' }).send()
      expect(await outcomes(host), JSON.stringify([compare, answer])).to.deep.equal(expected)
    }
  })

  it('counts pairs that later copies have pushed out', async () => {
    const { host, plugin } = await mirror({ compare: 'Answers' }, 'never')
    for (let i = 0; i < 300; i++) await plugin.request({ ':path': '/a' }).send()
    expect(await outcomes(host)).to.deep.equal({ mirrored: 300, 'not-compared': 44 })
  })

  it('ends a copy where trailers end the request', async () => {
    const { plugin } = await mirror()
    const { httpCalls } = await plugin.request(post).body('a', 'b').trailers({ 'x-t': '1' }).send()
    expect(text(httpCalls[0]!.body)).to.equal('ab')
  })

  it('edits the copy alone', async () => {
    const copy = {
      remove: ['authorization'],
      set: [{ name: 'content-type', value: 'z' }],
      add: [{ name: 'x-new', value: '1' }],
    }
    const { plugin } = await mirror({ copy })
    const { httpCalls, upstream } = await plugin.request(post).body('a').send()
    expect(namesOf(httpCalls[0])).to.not.include('authorization')
    expect(httpCalls[0]!.headers.get('content-type')).to.equal('z')
    expect(httpCalls[0]!.headers.get('x-new')).to.equal('1')
    expect(upstream?.headers.get('authorization')).to.equal('secret')
    expect(upstream?.headers.get('content-type')).to.equal('x/y')
  })

  it('takes hop-by-hop headers off, but te: trailers of gRPC', async () => {
    const { plugin } = await mirror()
    const hop = { 'keep-alive': '1', 'proxy-connection': 'x', te: 'trailers', connection: 'x-mine', 'x-mine': '1' }
    const plain = await plugin.request({ ...post, ...hop }).send()
    expect(namesOf(plain.httpCalls[0])).to.not.include.members(['keep-alive', 'proxy-connection', 'te'])
    const grpc = await plugin.request({ ...post, te: 'trailers', 'content-type': 'application/grpc' }).send()
    expect(grpc.httpCalls[0]!.headers.get('te')).to.equal('trailers')
    const text = await plugin.request({ ...post, te: 'trailers, deflate', 'content-type': 'text/plain' }).send()
    expect(text.httpCalls[0]!.headers.get('te')).to.equal(undefined)
  })

  it('copies no copy, no upgrade and no CONNECT', async () => {
    const { host, plugin } = await mirror()
    expect((await plugin.request({ 'x-sluice-copy': '1' }).send()).httpCalls).to.deep.equal([])
    expect((await plugin.request({ upgrade: 'websocket', connection: 'upgrade' }).send()).httpCalls).to.deep.equal([])
    expect((await plugin.request({ ':method': 'CONNECT' }).send()).httpCalls).to.deep.equal([])
    expect(await dropped(host)).to.deep.equal({ upgrade: 2 })
  })

  it('drops and counts what is too large, and passes it on', async () => {
    const { host, plugin } = await mirror({ maxBodyBytes: 10 })
    const large = await plugin.request(post).body('12345', '123456').send()
    expect(large.httpCalls).to.deep.equal([])
    expect(text(large.upstream!.body)).to.equal('12345123456')
    expect((await plugin.request(post).body('12345', '12345').send()).httpCalls).to.have.length(1)
    expect(await dropped(host)).to.deep.equal({ too_large: 1 })
  })

  it('counts the copies of requests that were cut off', async () => {
    const { host, plugin } = await mirror()
    expect(
      (await plugin.request(post).body('a').trailers({ a: 'b' }).cut('request-body').send()).httpCalls,
    ).to.have.length(0)
    expect(await dropped(host)).to.deep.equal({ reset: 1 })
  })

  it('counts what nobody is there to take', async () => {
    const { host, plugin } = await mirror({}, 'no-host')
    expect((await plugin.request(post).send()).response?.status).to.equal(200)
    expect(await dropped(host)).to.deep.equal({ no_backend: 1 })
  })

  it('does not care how the copy ends', async () => {
    for (const outcome of ['never', 'reset', { status: 500, afterMs: 50 }] as const) {
      const { host, plugin } = await mirror({}, outcome)
      expect((await plugin.request(post).body('a').send()).response?.status).to.equal(200)
      await host.clock.advance(60_000)
      expect((await plugin.request(post).body('a').send()).traps).to.deep.equal([])
    }
  })

  it('keeps within 16 MiB a worker, and gives back what it took', async () => {
    const { host, plugin } = await mirror()
    // Clients that fall silent within their bodies hold on to what is gathered.
    const silent = () =>
      plugin
        .request(post)
        .body(new Uint8Array(MIB - 10))
        .trailers({ a: 'b' })
        .stall('request-body')
        .open()
    const streams = []
    for (let i = 0; i < 24; i++) streams.push(await silent())
    // 4,096 blocks of 4,072 bytes are 15 copies of 258 blocks each.
    const over = 24 - 15
    expect((await dropped(host)).budget).to.equal(over)
    expect((await plugin.request(post).body('small').send()).response?.status).to.equal(200)
    const [held] = host.memory
    for (const stream of streams) for (const step = stream.cut(); !step.next().done; );
    expect((await dropped(host)).reset).to.equal(24 - over)
    expect(
      (
        await plugin
          .request(post)
          .body(new Uint8Array(MIB / 2), new Uint8Array(MIB / 2))
          .send()
      ).httpCalls,
    ).to.have.length(1)
    for (let i = 0; i < 24; i++) for (const step = (await silent()).cut(); !step.next().done; );
    expect(host.memory[0]).to.equal(held)
    expect(held).to.be.lessThan(40 * MIB)
  })

  it('samples the share it was told, each request by its id, always the same', async () => {
    const { plugin } = await mirror({ fraction: { numerator: 30 } })
    const copied = async (id: string) => (await plugin.request({ 'x-request-id': id }).send()).httpCalls.length
    let count = 0
    for (let i = 0; i < 500; i++) count += await copied(`id-${i}`)
    expect(count).to.be.within(100, 200)
    for (let i = 0; i < 20; i++) expect(await copied(`id-${i}`)).to.equal(await copied(`id-${i}`))
  })

  it('samples by another header, and takes all or nothing', async () => {
    const by = await mirror({ fraction: { numerator: 1, denominator: 2 }, sampleBy: 'X-User' })
    const user = async (name: string) => (await by.plugin.request({ 'x-user': name }).send()).httpCalls.length
    expect(await user('ann')).to.equal(await user('ann'))
    const none = await mirror({ fraction: { numerator: 0 } })
    expect((await none.plugin.request(post).send()).httpCalls).to.deep.equal([])
  })

  it('decides and copies nothing in a dry run', async () => {
    const { host, plugin } = await mirror({ mode: 'DryRun' })
    const { httpCalls } = await plugin.request(post).body('a').send()
    expect(httpCalls).to.deep.equal([])
    expect(Object.keys(await countedIn(host)).join()).to.include('mode=DryRun')
  })

  it('names the fault of a configuration', async () => {
    const host = await hostOf('mirror')
    for (const [configuration, fault] of [
      [{ cluster: '' }, 'cluster: '],
      [{ cluster: 'a b' }, 'cluster: '],
      [{ cluster: 'a', fraction: {} }, 'fraction.numerator: is missing'],
      [{ cluster: 'a', fraction: { numerator: 1, other: 2 } }, 'fraction.other: is no field'],
      [{ cluster: 'a', name: 'a b' }, 'name: must be 1 to 128'],
      [{ cluster: 'a', copy: { set: [{ name: 'a' }] } }, 'copy.set[0].value: is missing'],
      [{ cluster: 'a', copy: { add: [{ value: 'a' }] } }, 'copy.add[0].name: is missing'],
      [{ cluster: 'a', copy: { put: [] } }, 'copy.put: is no field'],
    ] as const) {
      expect(() => host.plugin({ configuration })).to.throw('refuses its configuration')
      expect(host.logs.at(-1)?.message).to.include(fault)
    }
  })
})

// The rate limit on its own: what shares a bucket, who is told to wait how long, and that memory stays bounded.
import { expect } from 'chai'
import { type Host, type HostOptions, seeded, TestClock } from '../../host/core/index.ts'
import { hostOf } from '../../host/mocha/covered.ts'
import { countedIn } from '../counted.ts'

type Headers = Record<string, string>

describe('rate limit, in the host', function () {
  this.timeout(60_000)

  const limited = async (limits: object[], options: HostOptions = {}, more: object = {}) => {
    const host = await hostOf('rate-limit', { clock: new TestClock(), random: seeded(1), ...options })
    const plugin = host.plugin({ configuration: { limits, ...more } })
    const ask = async (headers: Headers = {}, address = '192.0.2.1:4000', worker = 0): Promise<number | undefined> =>
      (await plugin.request(headers).properties({ source: { address } }).on(worker).send()).response?.status
    return { host, plugin, ask }
  }
  const one = (more: object = {}) => ({ name: 'l', requests: 1, unit: 'Hour', ...more })

  for (const [key, same, other] of [
    [{ type: 'Header', name: 'X-Tenant' }, { 'x-tenant': 'a', 'x-b': '1' }, { 'x-tenant': 'b' }],
    [{ type: 'Header', name: 'x-tenant' }, { 'x-b': '1' }, { 'x-tenant': '' }],
    [{ type: 'Path' }, { ':path': '/a?x=1' }, { ':path': '/b' }],
    [{ type: 'Method' }, { ':method': 'POST' }, { ':method': 'PUT' }],
    [{ type: 'Host' }, { ':authority': 'a.example:80' }, { ':authority': 'b.example' }],
    [{ type: 'Host' }, { ':authority': 'A.EXAMPLE' }, { ':authority': '[::1]:80' }],
    [{ type: 'QueryParam', name: 'k' }, { ':path': '/?j=1&k=a&k=b' }, { ':path': '/?k=b' }],
    [{ type: 'QueryParam', name: 'k' }, { ':path': '/?k' }, { ':path': '/' }],
    [{ type: 'Cookie', name: 'id' }, { cookie: 'a=b; id=1' }, { cookie: 'id=2' }],
    [{ type: 'Cookie', name: 'id' }, { cookie: 'idx=1' }, { cookie: 'id' }],
  ] as [object, Headers, Headers][])
    it(`gives each value of ${JSON.stringify(key)} a bucket: ${JSON.stringify([same, other])}`, async () => {
      const { ask } = await limited([one({ key: [key] })])
      expect([await ask(same), await ask(same), await ask(other)]).to.deep.equal([200, 429, 200])
    })

  it('knows a client by its address, without its port', async () => {
    const { ask } = await limited([one({ key: [{ type: 'ClientAddress' }] })])
    expect([await ask({}, '192.0.2.1:1'), await ask({}, '192.0.2.1:2')]).to.deep.equal([200, 429])
    expect([await ask({}, '[2001:db8::1]:1'), await ask({}, '[2001:db8::1]:2')]).to.deep.equal([200, 429])
  })

  it('knows a client behind trusted hops, and believes no other', async () => {
    const { ask } = await limited([one({ key: [{ type: 'ClientAddress' }] })], {}, { trustedHops: 1 })
    const from = (list: string) => ask({ 'x-forwarded-for': list })
    expect([await from('1.1.1.1, 10.0.0.1'), await from('9.9.9.9, 1.1.1.1, 10.0.0.1')]).to.deep.equal([200, 429])
    expect(await from('2.2.2.2 , 10.0.0.1')).to.equal(200)
    expect([await from('10.0.0.1'), await ask()]).to.deep.equal([200, 429])
  })

  it('keeps the strictest limit’s word, and charges nobody for what it refused', async () => {
    const limits = [one({ name: 'many', requests: 3, unit: 'Hour', scope: 'Worker' }), one({ unit: 'Minute' })]
    const { host, plugin, ask } = await limited(limits)
    expect(await ask()).to.equal(200)
    const { localReply } = await plugin.request().send()
    expect(localReply?.headers).to.deep.include({ 'retry-after': '60', ratelimit: '"l";r=0;t=60' })
    expect(localReply?.headers['ratelimit-policy']).to.equal('"many";q=3;w=3600, "l";q=1;w=60')
    await host.clock.advance(60_000)
    expect(await ask()).to.equal(200)
    await host.clock.advance(60_000)
    expect([await ask(), await ask()]).to.deep.equal([200, 429])
  })

  it('gives back in every scope', async () => {
    for (const scope of ['Worker', 'Node']) {
      const limits = [one({ name: 'two', requests: 2, scope }), one({ unit: 'Second', scope })]
      const { host, ask } = await limited(limits)
      expect([await ask(), await ask(), await ask()]).to.deep.equal([200, 429, 429])
      await host.clock.advance(1000)
      expect([await ask(), await ask()]).to.deep.equal([200, 429])
    }
  })

  it('counts for a worker or for all of them', async () => {
    const node = await limited([one({ scope: 'Node' })], { workers: 2 })
    expect([await node.ask(), await node.ask({}, 'a:1', 1)]).to.deep.equal([200, 429])
    const worker = await limited([one({ scope: 'Worker' })], { workers: 2 })
    expect([await worker.ask(), await worker.ask({}, 'a:1', 1), await worker.ask()]).to.deep.equal([200, 200, 429])
  })

  it('lets nothing through at 0, and everything at 2^32 - 1', async () => {
    const nothing = await limited([one({ requests: 0 })])
    expect(await nothing.ask()).to.equal(429)
    await nothing.host.clock.advance(86_400_000)
    expect(await nothing.ask()).to.equal(429)
    const all = await limited([one({ requests: 4294967295, unit: 'Second', burst: 4294967295 })])
    for (let i = 0; i < 50; i++) expect(await all.ask()).to.equal(200)
  })

  it('lets a burst through and then one at a time', async () => {
    const { host, ask } = await limited([one({ requests: 60, unit: 'Minute', burst: 2 })])
    expect([await ask(), await ask(), await ask()]).to.deep.equal([200, 200, 429])
    await host.clock.advance(1000)
    expect([await ask(), await ask()]).to.deep.equal([200, 429])
  })

  it('opens a lowered limit within the time that one request takes, whatever was used before', async () => {
    for (const scope of ['Worker', 'Node']) {
      const { host, plugin, ask } = await limited([one({ requests: 100, scope })])
      for (let i = 0; i < 80; i++) expect(await ask()).to.equal(200)
      plugin.configure({ limits: [one({ requests: 2, scope })] })
      const { localReply } = await plugin
        .request()
        .properties({ source: { address: '192.0.2.1:4000' } })
        .send()
      expect(localReply?.headers, scope).to.deep.include({ 'retry-after': '1800' })
      await host.clock.advance(1_800_000)
      expect([await ask(), await ask()], scope).to.deep.equal([200, 429])
    }
  })

  it('gains nothing from a wall clock that is set back or on', async () => {
    const { host, ask } = await limited([one()])
    expect(await ask()).to.equal(200)
    host.clock.step(86_400_000)
    expect(await ask()).to.equal(429)
    host.clock.step(-2 * 86_400_000)
    expect(await ask()).to.equal(429)
  })

  it('loses no count, whichever worker goes first', async () => {
    for (let seed = 0; seed < 10; seed++) {
      const { host, plugin } = await limited([one({ requests: 3 })], {
        workers: 4,
        random: seeded(seed),
        suspend: 'at-shared-data',
      })
      const tasks = Array.from(
        { length: 8 },
        (_, i) => () =>
          plugin
            .request()
            .on(i % 4)
            .send(),
      )
      const all = await host.race(tasks)
      expect(all.filter(({ response }) => response?.status === 200)).to.have.length(3)
    }
  })

  const evictions = async (host: Host): Promise<number> =>
    (await countedIn(host)).sluice_rate_limit_evictions_total ?? 0

  for (const scope of ['Worker', 'Node'])
    it(`stays within its memory at 34,000 clients, scope ${scope}, and counts who had to go`, async () => {
      const { host, plugin } = await limited([one({ scope, key: [{ type: 'Header', name: 'id' }] })])
      for (let i = 0; i < 1000; i++) plugin.request({ id: `warm ${i}` }).sendNow()
      const [before] = host.memory
      for (let i = 0; i < 34_000; i++) plugin.request({ id: `${i}` }).sendNow()
      expect(host.memory[0]! - before!).to.be.lessThan(4 * 1024 * 1024)
      expect(await evictions(host)).to.be.greaterThan(1000)
      if (scope === 'Node') expect(host.shared('').size).to.be.at.most(4097)
    })

  it('lets nobody go for a request that is refused', async () => {
    const key = [{ type: 'Header', name: 'id' }]
    const eight = Array.from({ length: 8 }, (_, i) => one({ name: `l${i}`, scope: 'Worker', key }))
    const stop = one({ name: 'stop', requests: 0, scope: 'Worker', key })
    const askedAfter = async (refused: number): Promise<{ statuses: (number | undefined)[]; gone: number }> => {
      const { host, plugin } = await limited(eight)
      const status = (id: string): number | undefined => plugin.request({ id }).sendNow().response?.status
      for (let i = 0; i < 3000; i++) expect(status(`${i}`)).to.equal(200)
      plugin.configure({ limits: [stop, ...eight.slice(1)] })
      for (let i = 0; i < refused; i++) expect(status(`refused ${i}`)).to.equal(429)
      const gone = await evictions(host)
      plugin.configure({ limits: eight.slice(0, 1) })
      return { statuses: Array.from({ length: 500 }, (_, i) => status(`${i}`)), gone }
    }
    expect(await askedAfter(1000)).to.deep.equal(await askedAfter(0))
  })

  it('names the fault of a configuration', async () => {
    const host = await hostOf('rate-limit')
    for (const [limit, fault] of [
      [{}, 'limits[0].name: is missing'],
      [one({ name: 'a b' }), 'limits[0].name: must be a token'],
      [{ name: 'l', unit: 'Hour' }, 'limits[0].requests: is missing'],
      [{ name: 'l', requests: 1 }, 'limits[0].unit: is missing'],
      [one({ burst: 0 }), 'limits[0].burst'],
      [one({ scope: 'Global' }), 'limits[0].scope: must be Worker or Node'],
      [one({ key: [] }), 'limits[0].key'],
      [one({ key: {} }), 'limits[0].key'],
      [one({ key: ['x'] }), 'limits[0].key[0]'],
      [one({ key: [{ type: 'Colour' }] }), 'limits[0].key[0].type: must be Header'],
      [one({ key: [{ name: 'x' }] }), 'limits[0].key[0].type: is missing'],
      [one({ key: [{ type: 'Path', more: 1 }] }), 'limits[0].key[0].more: is no field'],
      [one({ key: Array.from({ length: 9 }, () => ({ type: 'Path' })) }), 'must hold 1 to 8'],
      [one({ more: 1 }), 'limits[0].more: is no field'],
    ] as const) {
      expect(() => host.plugin({ configuration: { limits: [limit] } }), JSON.stringify(limit)).to.throw('refuses')
      expect(host.logs.at(-1)?.message).to.include(fault)
    }
    const nine = Array.from({ length: 9 }, (_, i) => one({ name: `l${i}` }))
    expect(() => host.plugin({ configuration: { limits: nine } })).to.throw('refuses')
    expect(() => host.plugin({ configuration: { limits: 'x' } })).to.throw('refuses')
    expect(() => host.plugin({ configuration: { limits: [one({ name: 'a' }), one(), one({ name: 'a' })] } })).to.throw()
    expect(host.logs.at(-1)?.message).to.include('limits[2].name: is there twice')
  })
})

// The host's own behaviour, on small modules compiled on the spot: loading, plugins, time, workers, failure.
import { expect } from 'chai'
import { Host, ModuleError, PluginError, seeded, TestClock, text } from './core/index.ts'
import { encodeProgram, type Program } from './differential/program.ts'
import { module, probe } from './fixtures/build.ts'

const load = async (body: string, options = {}): Promise<Host> => Host.load((await module(body)).bytes, options)

const withProgram = (program: Program): Record<string, string> => ({ 'x-id': 'a', 'x-program': encodeProgram(program) })

describe('loading a module', function () {
  this.timeout(30_000)

  const refused = async (bytes: Uint8Array): Promise<ModuleError> => {
    try {
      await Host.load(bytes)
    } catch (error) {
      expect(error).to.be.instanceOf(ModuleError)
      return error as ModuleError
    }
    throw new Error('was loaded')
  }

  it('refuses what is no Wasm', async () => {
    expect((await refused(new Uint8Array([1, 2, 3]))).fault).to.equal('not-wasm')
  })

  it('refuses a module that is cut off', async () => {
    const { bytes } = await module('')
    expect((await refused(bytes.subarray(0, bytes.length / 2))).fault).to.equal('corrupt')
  })

  it('refuses a module without an ABI version', async () => {
    const error = await refused(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]))
    expect(error.fault).to.equal('no-abi-version')
    expect(error.message).to.include('proxy_abi_version_0_2_1')
  })

  it('names an import that no host offers', async () => {
    const { bytes } = await module(`@external('env', 'proxy_clear_route_cache') declare function clear(): u32
      export function proxy_on_log(c: u32): void { clear() }`)
    const error = await refused(bytes)
    expect(error.message).to.include('env.proxy_clear_route_cache').and.include('0.2.1')
  })

  it('names an import of the wrong type', async () => {
    const { bytes } = await module(`@external('env', 'proxy_done') declare function done(x: u64): u32
      export function proxy_on_log(c: u32): void { done(1) }`)
    expect((await refused(bytes)).message).to.equal(
      'The module imports env.proxy_done as i64 -> i32, but hosts offer void -> i32.',
    )
  })

  it('tells of a trap at start', async () => {
    const host = await load(`export function _initialize(): void { unreachable() }`)
    expect(() => host.plugin()).to.throw(PluginError, 'trapped at start, in _initialize: unreachable')
  })

  it('lets only a few functions be called at start', async () => {
    const host = await load(`export function _initialize(): void { log(2, 0, 0); tickEvery(1) }`)
    expect(() => host.plugin()).to.throw(PluginError, 'env.proxy_set_tick_period_milliseconds must not be called while')
  })

  it('tells of a refused configuration', async () => {
    const host = await Host.load((await probe()).bytes)
    expect(() => host.plugin({ configuration: 'Refuse this' })).to.throw(PluginError, 'refuses its configuration')
    expect(() => host.plugin({ configuration: 'Trap here' })).to.throw(PluginError, 'trapped')
  })
})

describe('a plugin', function () {
  this.timeout(30_000)

  it('ticks by the clock of the test', async () => {
    const host = await load(`
      export function proxy_on_configure(c: u32, n: u32): u32 { tickEvery(100); return 1 }
      export function proxy_on_tick(c: u32): void { log(2, 0, 0) }`)
    host.plugin()
    await host.clock.advance(99)
    expect(host.logs).to.have.length(0)
    await host.clock.advance(1)
    expect(host.logs).to.have.length(1)
    await host.clock.advance(350)
    expect(host.logs).to.have.length(4)
  })

  it('is told the time of the clock, which can be stepped', async () => {
    const host = await load(
      `export function proxy_on_request_headers(c: u32, n: u32, e: u32): u32 {
        time(CELL); const s = (load<u64>(CELL) / 1000000000).toString(); const u = String.UTF8.encode(s)
        log(2, changetype<usize>(u), u.byteLength); return 0 }`,
      { clock: new TestClock(5_000) },
    )
    const plugin = host.plugin()
    await plugin.request().send()
    host.clock.step(60_000)
    await plugin.request().send()
    expect(host.logs.map(line => line.message)).to.deep.equal(['5', '65'])
  })

  it('keeps its old configuration for the streams that began under it', async () => {
    const host = await Host.load((await probe()).bytes)
    const plugin = host.plugin({ configuration: 'one' })
    const first = plugin.rootContext()
    const stream = await plugin.request(withProgram({ 'request-headers': [['return', 1]] })).open()
    plugin.configure('two')
    expect(plugin.rootContext()).to.not.equal(first)
    expect(stream.outcome().paused).to.equal('request')
    const closed = host.logs.length
    const r = await plugin.request(withProgram({ log: [['property', 'plugin_root_id']] })).send()
    expect(r.response?.status).to.equal(200)
    expect(host.logs.length).to.be.greaterThan(closed)
  })

  it('stays as it was when a new configuration is refused', async () => {
    const host = await Host.load((await probe()).bytes)
    const plugin = host.plugin({ configuration: 'one' })
    const root = plugin.rootContext()
    expect(() => plugin.configure('Refuse')).to.throw(PluginError)
    expect(plugin.rootContext()).to.equal(root)
  })

  it('shares a VM with plugins of the same vm_id, and no other', async () => {
    const host = await Host.load((await probe()).bytes)
    host.plugin({ rootId: 'a', vmId: 'x' })
    host.plugin({ rootId: 'b', vmId: 'x' })
    expect(host.memory).to.have.length(1)
    host.plugin({ rootId: 'c', vmId: 'y' })
    expect(host.memory).to.have.length(2)
  })

  it('is given the answers to its calls when they are due', async () => {
    const host = await Host.load((await probe()).bytes, {
      clusters: { auth: { http: call => ({ status: 403, body: call.headers.get(':path') ?? '', afterMs: 50 }) } },
    })
    const call = ['call', 'auth', { ':method': 'GET', ':path': '/check', ':authority': 'a' }, '', 1000] as const
    const stream = await host
      .plugin()
      .request(
        withProgram({ 'request-headers': [[...call], ['return', 1]], 'call-response': [['continue', 'request']] }),
      )
      .open()
    expect(stream.outcome()).to.include({ paused: 'request', response: undefined })
    await host.clock.advance(49)
    expect(stream.outcome().paused).to.equal('request')
    await host.clock.advance(1)
    expect(stream.outcome().response?.status).to.equal(200)
    expect(stream.outcome().httpCalls.map(({ cluster, timeoutMs }) => [cluster, timeoutMs])).to.deep.equal([
      ['auth', 1000],
    ])
  })

  it('sees a call that is never answered time out as a 504', async () => {
    const host = await Host.load((await probe()).bytes, { clusters: { slow: { http: () => 'never' } } })
    const program: Program = {
      'request-headers': [
        ['call', 'slow', { ':method': 'GET', ':path': '/', ':authority': 'a' }, '', 20],
        ['return', 1],
      ],
      'call-response': [
        ['get', 'call', ':status'],
        ['continue', 'request'],
      ],
    }
    const stream = await host.plugin().request(withProgram(program)).open()
    await host.clock.advance(20)
    expect(
      stream.outcome().logs.some(line => line.message.endsWith(`0 ${Buffer.from('504').toString('hex')}`)),
    ).to.equal(true)
  })
})

describe('routing and retries', () => {
  it('runs upstream filters once per attempt, on the same headers', async () => {
    const host = await Host.load((await probe()).bytes)
    const plugin = host.plugin({ placement: 'upstream' })
    const r = await plugin
      .request(withProgram({ 'request-headers': [['add', 'request', 'x-added', '1']] }))
      .answer({ status: 503 }, { status: 503 }, { status: 200 })
      .retries(2)
      .send()
    expect(r.attempts.map(attempt => attempt.headers.all('x-added').length)).to.deep.equal([1, 2, 3])
    expect(r.response?.status).to.equal(200)
    expect(r.routeCleared).to.equal(0)
  })

  it('clears the route on any header change downstream', async () => {
    const host = await Host.load((await probe()).bytes)
    const r = await host
      .plugin()
      .request(withProgram({ 'request-headers': [['replace', 'request', ':path', '/other']] }))
      .route(headers => (headers.get(':path') === '/' ? { cluster: 'a' } : null))
      .send()
    expect(r.routeCleared).to.equal(1)
    expect(r.response?.status).to.equal(404)
    expect(r.upstream).to.equal(undefined)
  })

  it('runs several plugins, the response in reverse', async () => {
    const host = await Host.load((await probe()).bytes)
    const [a, b] = [host.plugin({ rootId: 'a' }), host.plugin({ rootId: 'b' })]
    const r = await host
      .chain({ downstream: [a], upstream: [b] })
      .request({ 'x-id': 'x' })
      .send()
    const order = r.logs.map(line => `${line.rootId}:${line.message.split(' ')[1]}`)
    expect(order.slice(0, 4)).to.deep.equal([
      'a:request-headers',
      'b:request-headers',
      'b:response-headers',
      'a:response-headers',
    ])
  })

  it('gives up on a body that is held beyond the limit', async () => {
    const host = await Host.load((await probe()).bytes)
    const r = await host
      .plugin()
      .request({ ...withProgram({ 'request-body': [['return', 1]] }), ':method': 'POST' })
      .body('12345678', '9')
      .bodyLimit(8)
      .send()
    expect(r.localReply).to.include({ status: 413, details: 'request_payload_too_large' })
    expect(text(r.response!.body)).to.equal('Payload Too Large')
  })

  it('lets a client go away at any point', async () => {
    const host = await Host.load((await probe()).bytes)
    const plugin = host.plugin()
    for (const cut of ['request-headers', 'request-body', 'request'] as const) {
      const r = await plugin
        .request({ ...withProgram({ 'request-headers': [['return', 1]] }), ':method': 'POST' })
        .body('a', 'b')
        .trailers({ x: '1' })
        .cut(cut)
        .send()
      expect(r).to.include({ response: undefined, reset: 'downstream_remote_disconnect', paused: undefined })
      expect(r.logs.at(-1)?.message).to.equal('#a delete')
    }
  })
})

describe('a trap', () => {
  const trapping = withProgram({ 'request-headers': [['trap']] })

  it('fails closed: 503, and for ever', async () => {
    const host = await Host.load((await probe()).bytes)
    const plugin = host.plugin()
    const r = await plugin.request(trapping).send()
    expect(r.localReply).to.include({ status: 503, details: 'wasm_fail_stream' })
    expect(r.traps[0]).to.include({ callback: 'proxy_on_request_headers', message: 'unreachable' })
    expect((await plugin.request().send()).response?.status).to.equal(503)
  })

  it('fails open: as if there were no filter, from the next request on', async () => {
    const host = await Host.load((await probe()).bytes, { onTrap: 'fail-open' })
    const plugin = host.plugin()
    expect((await plugin.request(trapping).send()).response?.status).to.equal(503)
    const next = await plugin.request({ 'x-id': 'b' }).send()
    expect(next.response?.status).to.equal(200)
    expect(next.logs).to.have.length(0)
  })

  it('reloads, but not more than once in the back-off', async () => {
    const host = await Host.load((await probe()).bytes, { onTrap: 'fail-reload', random: seeded(3) })
    const plugin = host.plugin()
    await host.clock.advance(2000)
    await plugin.request(trapping).send()
    expect((await plugin.request({ 'x-id': 'b' }).send()).response?.status).to.equal(200)
    await plugin.request(trapping).send()
    expect((await plugin.request({ 'x-id': 'c' }).send()).response?.status).to.equal(503)
    await host.clock.advance(1500)
    expect((await plugin.request({ 'x-id': 'd' }).send()).response?.status).to.equal(200)
  })

  it('takes every plugin of the VM with it', async () => {
    const host = await Host.load((await probe()).bytes)
    const [a, b, other] = [host.plugin({ rootId: 'a' }), host.plugin({ rootId: 'b' }), host.plugin({ vmId: 'other' })]
    await a.request(trapping).send()
    expect((await b.request().send()).response?.status).to.equal(503)
    expect((await other.request().send()).response?.status).to.equal(200)
  })
})

describe('workers', () => {
  // Reads a number from shared data, adds one, writes it back: with the version it read, or whatever happened since.
  const counter = (cas: string) => `
    const KEY: usize = memory.data<u8>([107])
    export function proxy_on_request_headers(c: u32, n: u32, e: u32): u32 {
      for (let tries = 0; tries < 100; tries++) {
        memory.fill(CELL, 0, 64)
        let value: u32 = 0
        if (getShared(KEY, 1, CELL, CELL + 4, CELL + 8) == 0) value = load<u32>(load<u32>(CELL))
        store<u32>(CELL + 12, value + 1)
        if (setShared(KEY, 1, CELL + 12, 4, ${cas}) == 0) break
      }
      return 0
    }`

  const count = async (cas: string, seed: number): Promise<number> => {
    const host = await Host.load((await module(counter(cas))).bytes, {
      workers: 4,
      random: seeded(seed),
      suspend: 'at-shared-data',
    })
    const plugin = host.plugin({ vmId: 'v' })
    await plugin.request().send()
    await host.race([0, 1, 2, 3, 0, 1, 2, 3].map(worker => () => plugin.request().on(worker).send()))
    return new DataView(host.shared('v').get('k')!.buffer).getUint32(0, true)
  }

  it('lose updates that are written blindly, in some order', async () => {
    const counts = await Promise.all([1, 2, 3, 4, 5].map(seed => count('0', seed)))
    expect(Math.min(...counts)).to.be.lessThan(9)
  })

  it('lose none that compare and swap, in any order', async () => {
    for (let seed = 0; seed < 20; seed++) expect(await count('load<u32>(CELL + 8)', seed)).to.equal(9)
  })

  it('take turns the same way for the same seed', async () => {
    const twice = [await count('0', 11), await count('0', 11)]
    expect(twice[0]).to.equal(twice[1])
  })

  it('tell each other of queue items', async () => {
    const host = await load(`
      @external('env', 'proxy_register_shared_queue') declare function register(n: usize, s: usize, t: usize): u32
      @external('env', 'proxy_enqueue_shared_queue') declare function enqueue(t: u32, v: usize, s: usize): u32
      export function proxy_on_configure(c: u32, n: u32): u32 { register(CELL, 1, CELL + 8); return 1 }
      export function proxy_on_request_headers(c: u32, n: u32, e: u32): u32 { enqueue(load<u32>(CELL + 8), CELL, 2); return 0 }
      export function proxy_on_queue_ready(c: u32, t: u32): void { log(3, 0, 0) }`)
    const r = await host.plugin().request().send()
    expect(r.logs.map(line => line.level)).to.deep.equal(['warn'])
  })
})

describe('accounting', () => {
  it('meters every callback', async () => {
    const calls: string[] = []
    const meter = {
      start: (callback: string) => {
        calls.push(callback)
        return () => {}
      },
    }
    const host = await Host.load((await probe()).bytes, { meter })
    await host.plugin().request().send()
    expect(calls).to.include.members(['proxy_on_configure', 'proxy_on_request_headers', 'proxy_on_delete'])
  })

  it('tells by how much metrics grew', async () => {
    const host = await Host.load((await probe()).bytes)
    const plugin = host.plugin()
    const request = plugin.request(withProgram({ 'request-headers': [['increment', 0, 'hits', 3]] }))
    expect((await request.send()).metrics).to.deep.equal({ hits: 3 })
    expect((await request.send()).metrics).to.deep.equal({ hits: 3 })
    expect(host.metrics).to.deep.equal({ hits: 6 })
  })
})

// A plugin over time: ticks, clock, configurations, calls to other clusters.
import { expect } from 'chai'
import { Host, PluginError, TestClock } from '../core/index.ts'
import type { Program } from '../differential/program.ts'
import { probe } from '../fixtures/build.ts'
import { load, withProgram } from './load.ts'

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

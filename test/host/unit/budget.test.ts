// Endless loops end: each callback has a budget of steps, in a metered copy of the module that behaves as the module does.
import { expect } from 'chai'
import { Host, ModuleError, PluginError } from '../core/index.ts'
import { meter } from '../core/metering.ts'
import { inspect } from '../core/module.ts'
import { compile, module, probe } from '../fixtures/build.ts'
import { load } from './load.ts'

const OPTIONS = ['--runtime', 'stub', '-O3', '--enable']
const ENDLESS = 'let x: u32 = 1; while (x) { x = x * 3 | 1 }'
const TOO_LONG = 'has not ended within 100000 steps: an endless loop?'

describe('a budget', function () {
  this.timeout(60_000)

  const onRequest = (body: string): string =>
    `export function proxy_on_request_headers(c: u32, n: i32, e: i32): i32 { ${body}; return 0 }`

  it('ends an endless loop, which is a trap like any other', async () => {
    const host = await load(onRequest(`let x: u32 = n; while (x) { x = x * 3 | 1 }`), { budget: 100_000 })
    const { traps, localReply } = await host.plugin().request().send()
    expect(traps[0]).to.include({
      callback: 'proxy_on_request_headers',
      kind: 'budget',
      message: `proxy_on_request_headers ${TOO_LONG}`,
    })
    expect(localReply).to.include({ status: 503 })
  })

  it('ends it without being told to', async () => {
    const host = await load(onRequest(`let x: u32 = n; while (x) { x = x * 3 | 1 }`))
    const { traps } = await host.plugin().request().send()
    expect(traps[0]?.message).to.include('has not ended within 100000000 steps')
  })

  it('ends loops that ask the host, and functions that call themselves', async () => {
    for (const body of ['while (tickEvery(1) == 0) {}', 'if (again(<u32>n)) log(2, 0, 0)']) {
      const host = await load(
        `function again(x: u32): u32 { return x == 0 ? 1 : again(x | 1) + 5 }\n${onRequest(body)}`,
        { budget: 1000 },
      )
      const { traps } = await host.plugin().request().send()
      expect(traps[0]?.message, body).to.include('has not ended within 1000 steps')
    }
  })

  it('ends it at start, in a configuration and in a tick', async () => {
    const atStart = await load(`export function _initialize(): void { ${ENDLESS} }`, { budget: 100_000 })
    expect(() => atStart.plugin()).to.throw(PluginError, TOO_LONG)
    const configured = await load(`export function proxy_on_configure(r: u32, n: i32): i32 { ${ENDLESS}; return 1 }`, {
      budget: 100_000,
    })
    expect(() => configured.plugin()).to.throw(PluginError, TOO_LONG)
    const ticking = await load(
      `export function proxy_on_configure(r: u32, n: i32): i32 { tickEvery(10); return 1 }
       export function proxy_on_tick(r: u32): void { ${ENDLESS} }`,
      { budget: 100_000 },
    )
    const plugin = ticking.plugin()
    await ticking.clock.advance(20)
    expect((await plugin.request().send()).response?.status).to.equal(503)
  })

  it('is there anew for each callback', async () => {
    const host = await load(onRequest('for (let i: u32 = 0; i < 900; i++) store<u32>(1024, load<u32>(1024) + i)'), {
      budget: 1000,
    })
    const plugin = host.plugin()
    for (let n = 0; n < 20; n++) expect((await plugin.request().send()).traps).to.deep.equal([])
  })

  it('leaves the lines of traps as they are', async () => {
    const source = `
export function proxy_abi_version_0_2_1(): void {}
export function malloc(size: usize): usize { return 0 }
export function proxy_on_request_headers(c: u32, n: i32, e: i32): i32 {
  let x: u32 = n
  for (let i = 0; i < 10; i++) x += i
  if (x) unreachable()
  return 0
}`
    const { bytes, extra } = await compile({ 'filter.ts': source }, 'filter.ts', { debug: 'source-map' })
    const sourceMap = await extra('wasm.map').catch(() => extra('map'))
    for (const budget of [100, 'none'] as const) {
      const { traps } = await (await Host.load(bytes, { sourceMap, budget })).plugin().request().send()
      expect(traps[0]?.place, `${budget}`).to.match(/filter\.ts:7:\d+$/)
    }
  })

  it('may be none, and is a whole number otherwise', async () => {
    const { bytes } = await module(onRequest('for (let i = 0; i < 1000; i++) store<u32>(1024, load<u32>(1024) + i)'))
    expect((await (await Host.load(bytes, { budget: 'none' })).plugin().request().send()).traps).to.deep.equal([])
    for (const budget of [0, -1, 1.5, 2 ** 31, Number.NaN]) {
      const error = await Host.load(bytes, { budget }).catch((error: unknown) => error)
      expect(error, `${budget}`).to.be.instanceOf(RangeError)
    }
  })

  it('cannot be set for a module with instructions that the meter does not know, which says so', async () => {
    const { bytes } = await module(onRequest('atomic.add<i32>(1024, 1)'), { arguments: [...OPTIONS, 'threads'] })
    const error = await Host.load(bytes).catch((error: unknown) => error)
    expect(error).to.be.instanceOf(ModuleError).and.to.include({ fault: 'not-metered' })
    expect((error as ModuleError).message).to.include("0xfe. Load it with budget: 'none'.")
    expect(() => Host.loadNow(bytes)).to.throw(ModuleError, '0xfe')
    const host = await Host.load(bytes, { budget: 'none' })
    expect((await host.plugin().request().send()).response?.status).to.equal(200)
  })

  it('knows the instructions of vectors and of memory in bulk, and leaves what they do', async () => {
    const source = onRequest(`memory.fill(2048, <u8>n, 64)
      let all = i32x4.splat(0)
      for (let i: usize = 0; i < 4; i++) {
        all = i32x4.add(all, v128.load(2048 + (i << 4)))
        all = v128.shuffle<u8>(all, v128.not(all), 1, 17, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 31)
        all = i32x4.replace_lane(all, 2, i32x4.extract_lane(all, 1) + 7)
      }
      memory.copy(4096, 2048, 64)
      v128.store(4112, all)
      log(2, 4096, 64)`)
    const { bytes } = await module(source, { arguments: [...OPTIONS, 'simd'] })
    const said = async (budget: number | 'none') =>
      (await (await Host.load(bytes, { budget })).plugin().request({ 'x-a': '1' }).send()).logs
    expect(await said(10_000))
      .to.have.length(1)
      .and.to.deep.equal(await said('none'))
  })

  it('copies a whole module that does the same, and finds every place again', async () => {
    const { bytes } = await probe()
    const metering = meter(bytes, inspect(bytes), 1000)
    if (!metering.ok) return expect.fail(metering.reason)
    const { bytes: copy, original } = metering.metered
    expect(copy.length).to.be.greaterThan(bytes.length)
    expect(original(8)).to.equal(8)
    for (let at = 1; at < copy.length; at++) expect(original(at)).to.be.within(original(at - 1), bytes.length)
  })
})

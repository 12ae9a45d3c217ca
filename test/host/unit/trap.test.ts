// A module that traps: failure policies, and the line of its source.
import { expect } from 'chai'
import { Host, seeded } from '../core/index.ts'
import { locate, readSourceMap } from '../core/source-map.ts'
import { compile, probe } from '../fixtures/build.ts'
import { withProgram } from './load.ts'

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

describe('where a module trapped', function () {
  this.timeout(30_000)

  const SOURCE = `export function proxy_abi_version_0_2_1(): void {}
export function malloc(size: usize): usize { return heap.alloc(size) }
function inner(n: u32): u32 {
  if (n > 0) unreachable()
  return n
}
export function proxy_on_request_headers(c: u32, n: u32, e: u32): u32 {
  return inner(n) + 1
}
`
  const build = () =>
    compile({ 'assembly/index.ts': SOURCE }, 'assembly/index.ts', {
      arguments: ['--runtime', 'stub'],
      debug: 'source-map',
    })

  it('is told as a line of its source', async () => {
    const { bytes, extra } = await build()
    const host = await Host.load(bytes, { sourceMap: await extra('wasm.map') })
    const { traps } = await host.plugin().request().send()
    expect(traps[0]!.message).to.equal('unreachable at assembly/index.ts:4:14')
    expect(traps[0]!.stack).to.have.length(2)
    expect(traps[0]!.stack[1]).to.match(/ assembly\/index\.ts:8:10$/)
  })

  it('is not told where there is no map, or none that can be read', async () => {
    const { bytes } = await build()
    for (const sourceMap of ['', '{', '[]', '{"sources":[],"mappings":";;A?"}']) {
      const { traps } = await (await Host.load(bytes, { sourceMap })).plugin().request().send()
      expect(traps[0]!.message).to.equal('unreachable')
    }
  })

  it('is the caller, where it is a library that gave up', () => {
    const mappings = 'AAAA,IAAA,QCEA'
    const map = readSourceMap(JSON.stringify({ sources: ['~lib/rt.ts', 'filter.ts'], mappings }))
    const found = locate(['at a (wasm://x:wasm-function[1]:0x4)', 'at b (wasm://x:wasm-function[2]:0xd)', 'at c'], map)
    expect(found.place).to.equal('filter.ts:3:1')
    expect(found.frames[0]).to.include('~lib/rt.ts:1:1')
    expect(found.frames[2]).to.equal('at c')
  })
})

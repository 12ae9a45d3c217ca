// Workers that share data and queues, in orders that a seed decides; what callbacks cost.
import { expect } from 'chai'
import { Host, seeded } from '../core/index.ts'
import { module, probe } from '../fixtures/build.ts'
import { load, withProgram } from './load.ts'

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

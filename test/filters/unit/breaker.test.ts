// When copies to a mirror are left out: how many failures in a row it takes, what counts as one, and how it ends.
import { expect } from 'chai'
import type { HttpOutcome } from '../../host/core/index.ts'
import { hostOf } from '../../host/mocha/covered.ts'
import { countedIn } from '../counted.ts'

const MOST = 5

describe('the breaker of mirrors, in the host', function () {
  this.timeout(60_000)
  const TICK_MS = 1000

  const mirrored = async (answer: () => HttpOutcome) => {
    const host = await hostOf('mirror', { clusters: { shadow: { http: () => answer() } } })
    const plugin = host.plugin({ configuration: { cluster: 'shadow' } })
    const copies = async (count: number): Promise<number> => {
      let sent = 0
      for (let i = 0; i < count; i++) sent += (await plugin.request({ ':path': '/' }).send()).httpCalls.length
      return sent
    }
    return { host, copies }
  }

  it('tries one copy a tick until one is answered', async () => {
    let answer: HttpOutcome = 'reset'
    const { host, copies } = await mirrored(() => answer)
    // The first one that is left out is the second of its tick.
    expect(await copies(20)).to.equal(MOST + 1)
    for (let tick = 0; tick < 3; tick++) {
      await host.clock.advance(TICK_MS)
      expect(await copies(10)).to.equal(1)
    }
    answer = { status: 200 }
    await host.clock.advance(TICK_MS)
    expect(await copies(10)).to.equal(10)
    expect(await countedIn(host)).to.include({
      'sluice_mirror_dropped_total;reason=breaker': 20 - MOST - 1 + 3 * 9,
    })
  })

  it('takes whatever a backend says for an answer', async () => {
    for (const status of [500, 503, 504]) {
      const { copies } = await mirrored(() => ({ status }))
      expect(await copies(20), `${status}`).to.equal(20)
    }
  })

  it('opens for a mirror that hangs under load, by the copies that it can watch', async () => {
    const { host, copies } = await mirrored(() => 'never')
    let sent = 0
    for (let second = 0; second < 20; second++) {
      sent += await copies(300)
      await host.clock.advance(TICK_MS)
    }
    expect(sent).to.be.within(14 * 300, 17 * 300)
    expect(await copies(300)).to.equal(1)
  })

  it('stays closed for one that is slow, and hardly ever fails', async () => {
    let turn = 0
    const { host, copies } = await mirrored(() => (++turn % 500 ? { status: 200, afterMs: 3000 } : 'reset'))
    for (let second = 0; second < 10; second++) {
      expect(await copies(600)).to.equal(600)
      await host.clock.advance(TICK_MS)
    }
  })

  it('asks for as many in a row: one answer in between starts anew', async () => {
    let turn = 0
    const { copies } = await mirrored(() => (++turn % MOST ? 'reset' : { status: 200 }))
    expect(await copies(50)).to.equal(50)
  })
})

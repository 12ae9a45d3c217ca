// The first change is acted on at once, a burst is gathered, and two acts never overlap.
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'chai'
import { createPace } from '../../controller/sources/directory/pace.ts'

describe('the pace', () => {
  it('acts at once when it is quiet', () => {
    let acts = 0
    const pace = createPace(async () => void acts++, { pauseMs: 20, limitMs: 100 })
    pace.now()
    expect(acts).to.equal(1)
  })

  it('gathers what follows', async () => {
    let acts = 0
    const pace = createPace(async () => void acts++, { pauseMs: 20, limitMs: 1000 })
    pace.now()
    await delay(0)
    for (let i = 0; i < 10; i++) pace.now()
    expect(acts).to.equal(1)
    while (acts < 2) await delay(1)
    await delay(60)
    expect(acts).to.equal(2)
  })

  it('does not wait for ever for a pause', async () => {
    let acts = 0
    const pace = createPace(async () => void acts++, { pauseMs: 1000, limitMs: 30 })
    const start = performance.now()
    while (acts === 0 && performance.now() - start < 800) {
      pace.soon()
      await delay(2)
    }
    expect(acts).to.equal(1)
    await pace.stop()
  })

  it('acts again for what came while it was acting, and never twice at a time', async () => {
    let acting = 0
    let most = 0
    let acts = 0
    let release = (): void => {}
    const pace = createPace(
      async () => {
        most = Math.max(most, ++acting)
        acts++
        await new Promise<void>(resolve => (release = resolve))
        acting--
      },
      { pauseMs: 1, limitMs: 5 },
    )
    pace.now()
    pace.now()
    pace.soon()
    await delay(20)
    expect(acts).to.equal(1)
    release()
    while (acts < 2) await delay(1)
    release()
    await delay(20)
    expect([acts, most]).to.deep.equal([2, 1])
    await pace.stop()
  })

  it('stops after what it is doing', async () => {
    let done = false
    const pace = createPace(
      async () => {
        await delay(10)
        done = true
      },
      { pauseMs: 1, limitMs: 1 },
    )
    pace.now()
    pace.soon()
    await pace.stop()
    expect(done).to.equal(true)
    pace.now()
    pace.soon()
    await delay(10)
  })
})

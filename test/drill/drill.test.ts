// The drills, short: counts, not times.
import { expect } from 'chai'
import { drillKeys, FILLING } from './keys.ts'
import { drillLimit } from './limit.ts'
import { drillMirror, MIRRORS } from './mirror.ts'

describe('drill', function () {
  this.timeout(120_000)

  it('lets exactly as many pass as the limit says, on two workers', async () => {
    const { allowed, limited, others, connectionsOf } = await drillLimit({ limit: 1000, connections: 64, workers: 2 })
    expect({ allowed, limited, others }).to.deep.equal({ allowed: 1000, limited: 2000, others: 0 })
    expect(connectionsOf).to.have.length(2)
    expect(Math.min(...connectionsOf)).to.be.greaterThan(0)
  })

  it('evicts and counts keys beyond its slots, in the same memory', async () => {
    const { memory, evictions, bad } = await drillKeys(FILLING + 10_000)
    expect(bad).to.equal(0)
    expect(evictions).to.be.greaterThan(10_000)
    expect(memory.empty.linear).to.be.greaterThan(0)
    expect(memory.after.linear).to.equal(memory.empty.linear)
  })

  it('fails no request for the sake of a mirror', async () => {
    const mirrored = await drillMirror({ rounds: 1, requests: 300, perSecond: 600 })
    for (const kind of MIRRORS) expect(mirrored[kind].bad, kind).to.equal(0)
  })
})

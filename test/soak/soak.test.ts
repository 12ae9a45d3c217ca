// The soak, short: no request fails while the files change under it, and the modules take no memory.
import { expect } from 'chai'
import { describeOutcome } from '../load/lanes.ts'
import { soak } from './soak.ts'

describe('soak', function () {
  this.timeout(60_000)

  it('answers everything while the configuration changes, and needs no more memory', async () => {
    const { outcome, changes, growth } = await soak({ requests: 3000, changes: 50, connections: 8, tell: () => {} })
    expect(describeOutcome(outcome)).to.equal('200: 3000')
    expect(changes).to.be.greaterThan(10)
    expect(growth.linear).to.equal(0)
  })
})

// RFC 9113 by h2spec: the filters make no case fail that passes without them, and none pass that fails.
import { expect } from 'chai'
import { startUpstream } from '../envoy/upstream.ts'
import { ALL_FILTERS, startAllFilters } from './all-filters.ts'
import { findH2spec, runH2spec } from './h2spec.ts'

describe('h2spec', () => {
  it('fails the same cases with the filters as without', async function () {
    this.timeout(600_000)
    const h2spec = await findH2spec()
    if (h2spec.type === 'missing') {
      console.log(`      skipped: ${h2spec.why}`)
      return this.skip()
    }
    await using up = await startUpstream(() => ({ body: 'hello, here are some bytes' }))
    await using copy = await startUpstream()
    const ports = { up: up.port, copy: copy.port }
    const [without, withFilters] = await Promise.all(
      [undefined, ALL_FILTERS].map(async plan => {
        await using envoy = await startAllFilters(ports, { upstream: 'HTTP/1.1', plan })
        return await runH2spec(h2spec.path, envoy.port('main'), '/p')
      }),
    )
    expect(without?.total).to.be.greaterThan(140)
    expect(without?.failed).to.not.have.length(0)
    expect(withFilters).to.deep.equal(without)
  })
})

// A small seeded part of `npm run fuzz:routes`, and the proof that a wrong precedence would be found and made small.
import { expect } from 'chai'
import { describeMismatch, fuzz } from './fuzz.ts'
import { expected } from './model/model.ts'
import { type Rig, startRig } from './rig.ts'

describe('routing, held against a model of the specification', function () {
  this.timeout(180_000)
  let rig: Rig

  before(async () => {
    rig = await startRig()
  })
  after(() => rig[Symbol.asyncDispose]())

  it('does what the model says in 40 worlds, for about 50 requests each', async () => {
    const { worlds, requests, kinds, mismatch } = await fuzz(rig, { seed: 20261123, count: 40, requests: 50 })
    expect(mismatch && describeMismatch(mismatch)).to.equal(undefined)
    expect(worlds).to.equal(40)
    expect(requests).to.be.greaterThan(1000)
    // Not all of them misses.
    for (const kind of ['forward', 'split', 'redirect', '404', '421', '500', 'grpc 12', 'closed'])
      expect(kinds.get(kind), kind).to.be.greaterThan(20)
  })

  it('finds a precedence that is wrong, and makes the world small that shows it', async () => {
    const { mismatch } = await fuzz(rig, {
      seed: 1,
      count: 100,
      requests: 50,
      // The last of equal rules, not "the FIRST matching rule (in list order)".
      model: (world, request) => {
        const routes = world.routes.map(route => ({
          ...route,
          spec: { ...route.spec, rules: route.spec.rules.toReversed() },
        }))
        return expected({ ...world, routes }, request)
      },
    })
    expect(mismatch?.seen).to.be.a('string')
    expect(mismatch?.world.routes.length, mismatch && describeMismatch(mismatch)).to.equal(1)
    expect(mismatch?.world.routes[0]?.spec.rules.length, mismatch && describeMismatch(mismatch)).to.equal(2)
  })
})

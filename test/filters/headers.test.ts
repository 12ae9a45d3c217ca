import { expect } from 'chai'
import type { HeadersOp } from '../../filters/plan/plan.ts'
import { call, startUpstream, valuesOf } from '../envoy/upstream.ts'
import { emptyPlan, startSuite } from './suite.ts'

const edits = (parts: Partial<HeadersOp>): HeadersOp => ({
  type: 'Headers',
  policy: 'default/edits',
  set: [],
  add: [],
  remove: [],
  ...parts,
})

describe('headers in Envoy', () => {
  it('sets, adds and removes on the way up and on the way down', async () => {
    await using upstream = await startUpstream(() => ({
      headers: [
        ['x-set', 'old'],
        ['x-gone', 'here'],
      ],
    }))
    const ops = edits({
      set: [{ name: 'X-Set', value: 'new' }],
      add: [{ name: 'x-add', value: 'more' }],
      remove: ['x-gone'],
    })
    const plan = {
      ...emptyPlan(),
      downstream: { request: [], response: [ops] },
      upstream: { request: [ops], response: [] },
    }
    await using envoy = await startSuite([{ plan }], { clusters: { up: upstream.port } })
    const headers = { 'x-set': ['a', 'b'], 'x-add': 'first', 'x-gone': 'here' }
    const reply = await call(envoy.port('main'), { headers })
    expect(valuesOf(reply, 'x-set')).to.deep.equal(['new'])
    expect(valuesOf(reply, 'x-add')).to.deep.equal(['more'])
    expect(valuesOf(reply, 'x-gone')).to.deep.equal([])
    const received = await upstream.nth(1)
    expect(valuesOf(received, 'x-set')).to.deep.equal(['new'])
    expect(valuesOf(received, 'x-add')).to.deep.equal(['first', 'more'])
    expect(valuesOf(received, 'x-gone')).to.deep.equal([])
  })
})

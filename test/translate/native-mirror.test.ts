// A Mirror with the engine Native in the real Envoy: the copy streams, and has the client's host and no cap.
import { expect } from 'chai'
import { routeAction } from '../../controller/emit/act.ts'
import { startEnvoy } from '../envoy/static.ts'
import { call, startUpstream, valuesOf } from '../envoy/upstream.ts'
import { suiteBootstrap } from '../filters/suite.ts'

describe('engine Native', () => {
  it('copies bodies beyond every cap, for the host of the request', async () => {
    await using up = await startUpstream()
    await using copy = await startUpstream()
    const action = routeAction(
      {
        type: 'Forward',
        to: [{ backend: 'up', weight: 1 }],
        timeouts: {},
        copies: [
          { backend: 'copy', perMillion: 1_000_000 },
          { backend: 'up', perMillion: 0 },
        ],
      },
      () => ({}),
    )
    await using envoy = await startEnvoy(
      await suiteBootstrap([{ action }], { clusters: { up: up.port, copy: copy.port } }),
    )
    const body = 'x'.repeat(3 << 20)
    const headers = { host: 'shop.example' }
    expect((await call(envoy.port('main'), { method: 'POST', path: '/a', headers, body })).status).to.equal(200)
    const one = await copy.nth(1)
    expect([one.path, one.body.length, valuesOf(one, 'host')]).to.deep.equal(['/a', body.length, ['shop.example']])
    expect(up.received).to.have.length(1)
  })
})

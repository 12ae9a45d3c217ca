// Who an Envoy is: tokens of ServiceAccounts that come and go under one name.
import { expect } from 'chai'
import { AUDIENCE, tokensOf } from '../../controller/infra/process/tokens.ts'
import { connect } from '../../controller/sources/kube/api.ts'
import { startServer, type TestServer } from './api-server.ts'

describe('the token of a Gateway’s Envoy', () => {
  let server: TestServer
  let now: number
  let valid: Set<string>
  let asked: unknown[]
  const make = () =>
    tokensOf(
      connect(server.config),
      () => undefined,
      () => now,
    )

  beforeEach(async () => {
    server = await startServer()
    now = 1_000_000
    valid = new Set()
    asked = []
    server.intercept = ({ method, path, body }, response) => {
      if (method !== 'POST') return false
      const { spec } = body as { spec: { audiences: string[]; token?: string } }
      response.writeHead(201, { 'content-type': 'application/json' })
      if (path.endsWith('/token')) {
        asked.push(spec.audiences)
        const token = `t${asked.length}`
        valid.add(token)
        response.end(
          JSON.stringify({ status: { token, expirationTimestamp: new Date(now + 3_600_000).toISOString() } }),
        )
      } else {
        const authenticated = valid.has(spec.token ?? '')
        const user = { username: 'system:serviceaccount:a:sluice-g' }
        response.end(JSON.stringify({ status: { authenticated, audiences: spec.audiences, user } }))
      }
      return true
    }
  })
  afterEach(() => server.close())

  it('is asked for our audience alone, once, and again at half its life', async () => {
    const tokens = make()
    expect(await tokens.tokenFor('a', 'sluice-g', 'u1')).to.equal('t1')
    expect(await tokens.tokenFor('a', 'sluice-g', 'u1')).to.equal('t1')
    now += 1_800_000
    expect(await tokens.tokenFor('a', 'sluice-g', 'u1')).to.equal('t2')
    expect(asked).to.deep.equal([[AUDIENCE], [AUDIENCE]])
  })

  it('is another one for the next Gateway of the name', async () => {
    const tokens = make()
    await tokens.tokenFor('a', 'sluice-g', 'u1')
    expect(await tokens.tokenFor('a', 'sluice-g', 'u2')).to.equal('t2')
  })

  it('is asked for anew when it turns out to be good no longer', async () => {
    const tokens = make()
    await tokens.tokenFor('a', 'sluice-g', 'u1')
    expect(await tokens.admits('t1', 'a', 'sluice-g')).to.equal(true)
    valid.clear()
    expect(await tokens.admits('t1', 'a', 'sluice-g')).to.equal(false)
    expect(await tokens.tokenFor('a', 'sluice-g', 'u1')).to.equal('t2')
  })

  it('admits to no other Gateway', async () => {
    const tokens = make()
    await tokens.tokenFor('a', 'sluice-g', 'u1')
    expect(await tokens.admits('t1', 'a', 'sluice-h')).to.equal(false)
    expect(await tokens.admits('t1', 'b', 'sluice-g')).to.equal(false)
  })
})

// A change of a file is live without a request lost, however often and however fast.
import { expect } from 'chai'
import { startLoad } from './load.ts'
import { folder, runSluice } from './sluice.ts'
import { askUntil, backend, echoBackend, gateway, route, to } from './world.ts'

const versioned = (version: number) =>
  route(
    'versioned',
    '/',
    `    filters:
    - type: ResponseHeaderModifier
      responseHeaderModifier: { set: [{ name: x-version, value: "${version}" }] }
${to('shop')}`,
  )

describe('sluice run: live reload', () => {
  it('edits a route 200 times under 2,000 requests a second: no answer but 2xx, no connection lost', async function () {
    this.timeout(120_000)
    await using shop = await echoBackend('shop')
    await using dir = await folder()
    await dir.write('gateway.yaml', gateway(dir.address))
    await dir.write('backend.yaml', backend('shop', shop.port))
    await dir.write('route.yaml', versioned(0))
    await using sluice = runSluice(dir.path)
    const [url] = await sluice.live
    const load = startLoad({ host: dir.address, port: 8080, path: '/x', rate: 2000, connections: 32 })
    for (let version = 1; version <= 200; version++) {
      await dir.write('route.yaml', versioned(version))
      if (version % 10 === 0) await askUntil(`${url}/`, answer => answer.headers['x-version'] === String(version))
    }
    const { statuses, lost } = await load.stop()
    expect([...statuses.keys()]).to.deep.equal([200])
    expect([...lost]).to.deep.equal([])
    expect(statuses.get(200)).to.be.above(1000)
  })

  it('keeps serving what was good while a file is broken, and says where the fault is', async () => {
    await using shop = await echoBackend('shop')
    await using dir = await folder()
    await dir.write('world.yaml', [gateway(dir.address), backend('shop', shop.port)].join('---\n'))
    await dir.write('route.yaml', versioned(1))
    await using sluice = runSluice(dir.path)
    const [url] = await sluice.live
    await dir.write('route.yaml', versioned(2).replace('parentRefs', 'parentRef'))
    const refusal = await sluice.logged(line => String(line.msg).includes('route.yaml:6:3'))
    expect(refusal.msg).to.contain('unknown field "spec.parentRef"')
    await askUntil(`${url}/`, answer => answer.headers['x-version'] === '1')
    await dir.write('route.yaml', versioned(3))
    await askUntil(`${url}/`, answer => answer.headers['x-version'] === '3')
  })
})

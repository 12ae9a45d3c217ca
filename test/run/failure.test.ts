// What dies comes back, what lives serves on, and nothing is left behind.
import { expect } from 'chai'
import { startLoad } from './load.ts'
import { alive, descendants, gone } from './processes.ts'
import { folder, runSluice } from './sluice.ts'
import { ask, askUntil, backend, echoBackend, gateway, route, to } from './world.ts'

const hello = (version: string) =>
  route(
    'hello',
    '/',
    `    filters:
    - type: ResponseHeaderModifier
      responseHeaderModifier: { set: [{ name: x-version, value: ${version} }] }
${to('shop')}`,
  )

describe('sluice run: failures', () => {
  const world = async () => {
    const stack = new AsyncDisposableStack()
    const shop = stack.use(await echoBackend('shop'))
    const dir = stack.use(await folder())
    await dir.write('world.yaml', [gateway(dir.address), backend('shop', shop.port)].join('---\n'))
    await dir.write('route.yaml', hello('one'))
    const sluice = stack.use(runSluice(dir.path))
    const [url = ''] = await sluice.live
    const pid = async (what: string) => Number((await sluice.logged(line => line.msg === `${what} started`)).pid)
    return { stack, shop, dir, sluice, url, pid }
  }

  it('loses no request when the controller is killed under load, and takes changes again', async function () {
    this.timeout(60_000)
    const { stack, dir, sluice, url, pid } = await world()
    await using _ = stack
    const load = startLoad({ host: dir.address, port: 8080, path: '/x', rate: 1000, connections: 16 })
    const first = await pid('controller')
    process.kill(first, 'SIGKILL')
    await sluice.logged(line => line.msg === 'controller started' && line.pid !== first)
    await dir.write('route.yaml', hello('two'))
    await askUntil(`${url}/`, answer => answer.headers['x-version'] === 'two')
    const { statuses, lost } = await load.stop()
    expect([...statuses.keys()]).to.deep.equal([200])
    expect([...lost]).to.deep.equal([])
  })

  it('brings Envoy back with the same configuration when it is killed', async function () {
    this.timeout(60_000)
    const { stack, dir, sluice, url, pid } = await world()
    await using _ = stack
    await dir.write('route.yaml', hello('two'))
    await askUntil(`${url}/`, answer => answer.headers['x-version'] === 'two')
    const first = await pid('envoy')
    process.kill(first, 'SIGKILL')
    await sluice.logged(line => line.msg === 'envoy started' && line.pid !== first)
    const answer = await askUntil(`${url}/`, ({ status }) => status === 200)
    expect(answer.headers['x-version']).to.equal('two')
  })

  it('ends everything on SIGTERM, with status 0', async () => {
    const { stack, sluice } = await world()
    await using _ = stack
    const below = descendants(sluice.child.pid ?? 0)
    expect(below).to.have.length.of.at.least(2)
    sluice.child.kill('SIGTERM')
    expect(await sluice.exited).to.equal(0)
    expect(below.filter(alive)).to.deep.equal([])
  })

  it('leaves nothing running when the supervisor is killed', async () => {
    const { stack, sluice, url } = await world()
    await using _ = stack
    expect((await ask(url)).status).to.equal(200)
    const below = descendants(sluice.child.pid ?? 0)
    sluice.child.kill('SIGKILL')
    await sluice.exited
    await gone(below)
  })
})

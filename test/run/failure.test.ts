// What dies comes back, what lives serves on, and nothing is left behind.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
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

  it('answers what is under way before it ends on SIGTERM, and takes nothing new', async () => {
    let arrived: () => void = () => undefined
    const isThere = new Promise<void>(done => {
      arrived = done
    })
    let answer: () => void = () => undefined
    const slow = createServer((_, response) => {
      answer = () => response.end('at last')
      arrived()
    }).listen(0, '127.0.0.1')
    await once(slow, 'listening')
    try {
      const { stack, dir, sluice, url } = await world()
      await using _ = stack
      const { port } = slow.address() as AddressInfo
      await dir.write('slow.yaml', [backend('slow', port), route('slow', '/slow', to('slow'))].join('---\n'))
      // The first to get through waits for its answer; before that it is the other route that answers.
      const waiting = askUntil(`${url}/slow`, ({ body }) => body === 'at last')
      await isThere
      sluice.child.kill('SIGTERM')
      const refused = async () => {
        while (await ask(url).then(Boolean, () => false)) await new Promise(done => setTimeout(done, 5))
      }
      await refused()
      expect(sluice.child.exitCode, 'it waits').to.equal(null)
      answer()
      expect((await waiting).status).to.equal(200)
      expect(await sluice.exited).to.equal(0)
    } finally {
      slow.close()
    }
  }).timeout(30_000)

  it('waits for nobody after a second signal', async () => {
    const { stack, shop, sluice, url } = await world()
    await using _ = stack
    const lost = ask(url, { headers: { 'x-hang': '1' } }).then(
      ({ status }) => String(status),
      () => 'lost',
    )
    await shop.reached(1)
    sluice.child.kill('SIGTERM')
    while (await ask(url).then(Boolean, () => false)) await new Promise(done => setTimeout(done, 5))
    sluice.child.kill('SIGTERM')
    expect(await sluice.exited).to.equal(0)
    expect(await lost).to.be.oneOf(['lost', '503', '504'])
  }).timeout(30_000)

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

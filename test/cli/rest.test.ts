// The controller of a folder rests when nothing changes: whatever it is told again (an acknowledgement, the clock), nothing
// new comes of it, so that the next change finds it idle.
import { expect } from 'chai'
import { createApp, type Outcome } from '../../controller/app.ts'
import { builtModule, folderSurroundings } from '../../controller/cli/machine.ts'
import { PROXY } from '../../controller/cli/names.ts'
import { createEmitter } from '../../controller/emit/emit.ts'
import { readDirectory } from '../../controller/sources/directory.ts'
import { folder } from '../run/sluice.ts'
import { backend, gateway, route, to } from '../run/world.ts'

/** More turns than the few in which it comes to rest. */
const TURNS = 100

const filtered = (header: string) =>
  route(
    'shop',
    '/',
    `    filters:
    - type: RequestHeaderModifier
      requestHeaderModifier: { set: [{ name: x-seen, value: ${header} }] }
${to('shop')}`,
  )

/** A server whose one Envoy acknowledges at once, as the real one does when there is nothing new for it. */
const obedient = (heard: () => void) => {
  let generation = 0
  return {
    sets: () => generation,
    set: () => {
      generation++
      heard()
      return generation
    },
    status: () => ({ generation, envoys: [{ node: 'envoy', acknowledged: generation }], rejections: [] }),
  }
}

async function start(yaml: string) {
  await using dir = await folder({ 'world.yaml': yaml })
  const { changes } = await readDirectory({
    directory: dir.path,
    channel: 'experimental',
    defaultNamespace: 'default',
  })
  const server = obedient(() => app.heard(PROXY))
  const outcomes: Outcome[] = []
  const app = createApp({
    server,
    surroundings: folderSurroundings('sluice.dev/gateway-controller', 0, builtModule()),
    emitterFor: () =>
      createEmitter({ module: 'suite.wasm', reusePort: false, accessLog: 'Stdout', systemCertificates: '' }),
    onTranslation: outcome => outcomes.push(outcome),
  })
  app.changes(changes)
  app.synced()
  const turns = async () => {
    for (let turn = 0; turn < TURNS; turn++) await new Promise(done => setImmediate(done))
  }
  await turns()
  return { app, server, outcomes, turns, [Symbol.dispose]: app.stop }
}

describe('the controller at rest', () => {
  const world = [gateway('127.0.0.1'), backend('shop', 9), filtered('one')].join('---\n')

  it('serves a world with filters once, and stops', async () => {
    using controller = await start(world)
    const { server, outcomes } = controller
    expect(server.sets()).to.equal(1)
    expect(outcomes.length).to.be.within(2, 4)
    expect(outcomes.at(-1)?.isLive(PROXY)).to.equal(true)
  })

  it('serves nothing new when it only looks again', async () => {
    using controller = await start(world)
    const { app, server, outcomes, turns } = controller
    const before = outcomes.length
    app.refresh()
    await turns()
    expect(outcomes.length).to.equal(before + 1)
    expect(server.sets()).to.equal(1)
    expect(outcomes.at(-1)?.translation.proxies[0]).to.equal(outcomes[0]?.translation.proxies[0])
  })
})

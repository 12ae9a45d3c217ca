// A certificate in a Secret of the cluster: rotated without a broken connection within the time that is promised; a bad
// one says so on the listener while the old one is served, also by a controller that starts while it is bad.
import { get } from 'node:http'
import { expect } from 'chai'
import { pairOf } from '../../tls/pair.ts'
import { CLASS, type Controller, end, type Stack, startStack } from '../stack.mts'
import { type Api, api, eventually, gatewayOf, isTrue, NAMESPACE, routeOf } from './cluster.mts'
import { badPairs, type Kept, keep, shown, tlsSecret } from './tls.mts'

const HOST = 'site.test'
const NEIGHBOUR = 'neighbour.test'
/** From the write of a Secret to the first connection that is shown it. */
const SERVED_MS = 2_000

const https = (name: string, hostname: string) => ({
  ...{ name, hostname, protocol: 'HTTPS', port: 443 },
  tls: { certificateRefs: [{ name }] },
})

const redirectedTo = (address: string): Promise<string | undefined> =>
  new Promise((resolve, reject) => {
    get({ host: address, port: 80, agent: false }, response => {
      response.resume()
      resolve(response.headers.location)
    }).on('error', reject)
  })

describe('a certificate in a Secret', () => {
  let stack: Stack
  let controller: Controller
  let cluster: Api
  let address: string
  let kept: Kept[]

  const listener = async (name: string) => {
    const { status } = await cluster.get('gateways', 'tls')
    return status?.listeners?.find(each => each.name === name)
  }
  const refs = async () => (await listener('site'))?.conditions.find(({ type }) => type === 'ResolvedRefs')
  const unharmed = async () => {
    for (const connection of kept) expect(await connection.ask()).to.equal('HTTP/1.1 302 Found')
  }
  const serves = (name: string) => eventually(async () => expect(await shown(address, HOST)).to.equal(name))
  const says = (message: string) =>
    eventually(async () => {
      const condition = await refs()
      expect(condition).to.include({ status: 'False', reason: 'InvalidCertificateRef' })
      expect(condition?.message).to.include(message)
    })
  const mended = () => eventually(async () => expect((await refs())?.status).to.equal('True'))

  before(async () => {
    cluster = await api()
    stack = await startStack(`${process.env.CHECK_LOGS}/certificates`)
    controller = stack.controller
    const listeners = [https('site', HOST), https('neighbour', NEIGHBOUR), { name: 'http', protocol: 'HTTP', port: 80 }]
    await cluster.apply(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
      tlsSecret('site', pairOf('one')),
      tlsSecret('neighbour', pairOf('beside')),
      gatewayOf('tls', CLASS, listeners),
      routeOf('secure', ['tls']),
    )
    await eventually(async () => {
      const { status } = await cluster.get('gateways', 'tls')
      expect(isTrue(status?.conditions, 'Programmed')).to.equal(true)
      address = status?.addresses?.[0]?.value ?? ''
    })
    await serves('one')
    kept = await Promise.all([HOST, NEIGHBOUR].map(host => keep(address, host)))
    await eventually(unharmed)
  })
  after(async () => {
    for (const connection of kept ?? []) connection.close()
    await stack.stop()
  })

  it('is served within two seconds when it is rotated, and breaks no connection', async () => {
    const times: number[] = []
    for (const name of ['two', 'three', 'four', 'five']) {
      const from = performance.now()
      await cluster.apply(tlsSecret('site', pairOf(name)))
      await serves(name)
      times.push(performance.now() - from)
      await unharmed()
    }
    console.log(`      served after ${times.map(ms => `${Math.round(ms)} ms`).join(', ')}`)
    expect(Math.max(...times)).to.be.below(SERVED_MS)
  })

  for (const { what, pair, says: message } of badPairs)
    it(`says what is wrong with one that is ${what}, and serves the old one`, async () => {
      await cluster.apply(tlsSecret('site', pair()))
      await says(message)
      expect(await shown(address, HOST)).to.equal('five')
      await unharmed()
      await cluster.apply(tlsSecret('site', pairOf('mended')))
      await serves('mended')
      await mended()
      await cluster.apply(tlsSecret('site', pairOf('five')))
      await serves('five')
      await unharmed()
    })

  for (const { what, pair, says: message } of badPairs)
    it(`is served on when the controller is killed, or ended, while the Secret is ${what}`, async () => {
      const beside = [await listener('neighbour'), await listener('http')]
      await cluster.apply(tlsSecret('site', pair()))
      await says(message)
      const before = await refs()
      // The second one has it of the first, not of the one that saw it good.
      for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
        await end(controller.child, signal)
        controller = await stack.startController()
        // A change that is served: Envoy has all that the new one makes of the world.
        const hostname = `${what.replace(' ', '-')}-${signal.toLowerCase()}.example`
        await cluster.apply(routeOf('secure', ['tls'], hostname))
        await eventually(async () => expect(await redirectedTo(address)).to.equal(`http://${hostname}/`))
        await unharmed()
        expect(await shown(address, HOST)).to.equal('five')
        expect(await shown(address, NEIGHBOUR)).to.equal('beside')
        expect(await refs()).to.deep.equal(before)
        expect([await listener('neighbour'), await listener('http')]).to.deep.equal(beside)
      }
      await cluster.apply(tlsSecret('site', pairOf('five')))
      await mended()
      await serves('five')
      await unharmed()
    })
})

// Two replicas of one controller: the one that does not lead serves, too. An Envoy that is connected to it alone gets its
// configuration and each change, and what it acknowledges counts in the status that the other one writes.
import { readFile } from 'node:fs/promises'
import { get } from 'node:http'
import { expect } from 'chai'
import { CLASS, type Controller, kubectl, type Stack, startStack } from '../stack.mts'
import { type Api, api, eventually, gatewayOf, isTrue, NAMESPACE, routeOf } from './cluster.mts'

const http = { name: 'http', protocol: 'HTTP', port: 80 }
const more = { name: 'more', protocol: 'HTTP', port: 8080 }

const redirectOf = (address: string, port = 80): Promise<string | undefined> =>
  new Promise((resolve, reject) => {
    get({ host: address, port, agent: false }, response => {
      response.resume()
      resolve(response.headers.location)
    }).on('error', reject)
  })

interface Line {
  msg: string
  identity?: string
  proxy?: string
}

/** What a controller has told so far; the last line may be half written. */
const linesOf = async ({ log }: Controller): Promise<Line[]> =>
  (await readFile(log, 'utf8'))
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as Line)
const identityOf = async (controller: Controller) =>
  (await linesOf(controller)).find(({ identity }) => identity !== undefined)?.identity
const connectedTo = async (controller: Controller, name: string) =>
  (await linesOf(controller)).some(({ msg, proxy }) => msg === 'xds connected' && proxy === `${NAMESPACE}/${name}`)

describe('a replica that does not lead', () => {
  let stack: Stack
  let follower: Controller | undefined
  let cluster: Api
  /** The Gateway whose Envoy is connected to it. */
  let name: string
  let address: string

  /** Who of ours leads; Leases of controllers that ran before may be left. */
  const leader = async (): Promise<string> => {
    const ours = await Promise.all([stack.controller, ...(follower ? [follower] : [])].map(identityOf))
    const leases = await kubectl('-n', 'sluice-system', 'get', 'leases', '-o', 'json')
    const { items } = JSON.parse(leases) as {
      items: { metadata: { name: string }; spec: { holderIdentity: string } }[]
    }
    // That of a replica is its own.
    const holders = items
      .filter(({ metadata, spec }) => metadata.name !== spec.holderIdentity)
      .map(({ spec }) => spec.holderIdentity)
    return holders.find(holder => ours.includes(holder)) ?? ''
  }
  const programmed = () =>
    eventually(async () => {
      const { metadata, status } = await cluster.get('gateways', name)
      expect(isTrue(status?.conditions, 'Programmed')).to.equal(true)
      const condition = status?.conditions?.find(({ type }) => type === 'Programmed')
      expect(condition?.observedGeneration).to.equal(metadata.generation)
      address = status?.addresses?.[0]?.value ?? ''
    })

  before(async () => {
    cluster = await api()
    stack = await startStack(`${process.env.CHECK_LOGS}/replicas`)
    await eventually(async () => expect(await leader()).to.equal(await identityOf(stack.controller)))
    const other = await stack.startController()
    follower = other
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } })
    // An Envoy takes any replica: one more Gateway until one takes this one.
    for (let count = 1; name === undefined; count++) {
      const next = `web-${count}`
      await cluster.apply(gatewayOf(next, CLASS, [http]))
      await eventually(async () => {
        const [led, followed] = [await connectedTo(stack.controller, next), await connectedTo(other, next)]
        expect(led || followed).to.equal(true)
        if (followed && !led) name = next
      })
    }
    await cluster.apply(routeOf('served', [name], 'one.example'))
  })
  after(() => stack.stop())
  afterEach(async () => {
    expect(await leader()).to.equal(await identityOf(stack.controller))
    expect(await connectedTo(stack.controller, name)).to.equal(false)
  })

  it('configures an Envoy, whose acknowledgement makes its Gateway programmed', async () => {
    await programmed()
    await eventually(async () => expect(await redirectOf(address)).to.equal('http://one.example/'))
  })

  it('serves each change of a route', async () => {
    for (const hostname of ['two.example', 'three.example']) {
      await cluster.apply(routeOf('served', [name], hostname))
      await eventually(async () => expect(await redirectOf(address)).to.equal(`http://${hostname}/`))
    }
  })

  it('serves a change of the Gateway, which is programmed anew when the Envoy has acknowledged it', async () => {
    await cluster.apply(gatewayOf(name, CLASS, [http, more]))
    await programmed()
    // No waiting: it has been acknowledged.
    expect(await redirectOf(address, more.port)).to.match(/^http:\/\/three\.example/)
  })
})

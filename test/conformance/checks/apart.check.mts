// Two controllers of different names on one cluster and one machine: neither writes to what is the other's, and nobody to
// what is a third one's.
import { get } from 'node:http'
import { expect } from 'chai'
import { CLASS, type Controller, end, type Stack, startStack } from '../stack.mts'
import { type Api, api, classOf, eventually, gatewayOf, isTrue, NAMESPACE, routeOf, type Stored } from './cluster.mts'

const OURS = 'sluice.dev/gateway-controller'
const OTHER = 'other.example/controller'
const http = [{ name: 'http', protocol: 'HTTP', port: 80, allowedRoutes: { namespaces: { from: 'Same' } } }]

const redirectOf = (address: string): Promise<string | undefined> =>
  new Promise((resolve, reject) => {
    get({ host: address, port: 80, headers: { host: 'x.example' }, agent: false }, response => {
      response.resume()
      resolve(response.headers.location)
    }).on('error', reject)
  })

describe('two controllers of different names', () => {
  let stack: Stack
  let other: Controller
  let cluster: Api

  const gateway = (name: string) => cluster.get('gateways', name)
  const programmed = (name: string): Promise<Stored> =>
    eventually(async () => {
      const found = await gateway(name)
      expect(isTrue(found.status?.conditions, 'Programmed')).to.equal(true)
      return found
    })
  const addressOf = async (name: string) => (await gateway(name)).status?.addresses?.[0]?.value ?? ''
  const writersOf = ({ metadata }: Stored) =>
    new Set(metadata.managedFields?.filter(({ subresource }) => subresource === 'status').map(({ manager }) => manager))
  /** Versions of everything that is, or is made for, a Gateway. */
  const versions = async (gatewayName: string, className: string) => {
    const objects = [
      await cluster.get('gatewayclasses', className),
      await gateway(gatewayName),
      await cluster.get('services', `sluice-${gatewayName}`),
      await cluster.get('serviceaccounts', `sluice-${gatewayName}`),
    ]
    return objects.map(({ kind, metadata }) => `${kind} ${metadata.resourceVersion}`)
  }
  const entriesOf = async (route: string) => {
    const parents = (await cluster.get('httproutes', route)).status?.parents ?? []
    return parents.map(({ controllerName, parentRef }) => `${parentRef.name} by ${controllerName}`).sort()
  }

  before(async () => {
    cluster = await api()
    stack = await startStack(`${process.env.CHECK_LOGS}/apart`, { pool: '10.97.0.0/17' })
    other = await stack.startController({ name: OTHER, pool: '10.97.128.0/17' })
    await cluster.apply(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
      classOf('other', OTHER),
      classOf('foreign', 'foreign.example/controller'),
      gatewayOf('ours', CLASS, http),
      gatewayOf('theirs', 'other', http),
      gatewayOf('foreigners', 'foreign', http),
      routeOf('shared', ['ours', 'theirs', 'foreigners']),
    )
  })
  after(() => stack.stop())

  it('serve their own Gateways, with their own addresses', async () => {
    await Promise.all([programmed('ours'), programmed('theirs')])
    expect(await addressOf('ours')).to.match(/^10\.97\.([0-9]|[0-9][0-9]|1[01][0-9]|12[0-7])\./)
    expect(await addressOf('theirs')).to.match(/^10\.97\.(12[89]|1[3-9][0-9]|2[0-9][0-9])\./)
    for (const name of ['ours', 'theirs'])
      await eventually(async () => expect(await redirectOf(await addressOf(name))).to.equal('http://to.example/'))
  })

  it('write the status of their own Gateways and classes alone', async () => {
    expect(writersOf(await gateway('ours'))).to.deep.equal(new Set([OURS]))
    expect(writersOf(await gateway('theirs'))).to.deep.equal(new Set([OTHER]))
    expect(writersOf(await cluster.get('gatewayclasses', CLASS))).to.deep.equal(new Set([OURS]))
    expect(writersOf(await cluster.get('gatewayclasses', 'other'))).to.deep.equal(new Set([OTHER]))
  })

  it('leave a Gateway of a third one alone: no status, nothing made for it', async () => {
    expect(writersOf(await gateway('foreigners'))).to.deep.equal(new Set())
    expect(isTrue((await gateway('foreigners')).status?.conditions, 'Accepted')).to.equal(false)
    expect(writersOf(await cluster.get('gatewayclasses', 'foreign'))).to.deep.equal(new Set())
    const names = (await cluster.list('services')).map(({ metadata }) => metadata.name)
    expect(names).to.include.members(['sluice-ours', 'sluice-theirs']).and.not.include('sluice-foreigners')
  })

  it('have an entry each in the status of a route that both serve', async () => {
    await eventually(async () =>
      expect(await entriesOf('shared')).to.deep.equal([`ours by ${OURS}`, `theirs by ${OTHER}`]),
    )
  })

  it('write nothing where a change is none of their business', async () => {
    const before = await versions('theirs', 'other')
    const foreign = (await gateway('foreigners')).metadata.resourceVersion
    for (const hostname of ['one.example', 'two.example', 'three.example']) {
      await cluster.apply(routeOf('mine', ['ours'], hostname))
      await eventually(async () => {
        const { metadata, status } = await cluster.get('httproutes', 'mine')
        const [entry] = status?.parents ?? []
        expect(entry?.conditions[0]?.observedGeneration).to.equal(metadata.generation)
      })
    }
    expect(await entriesOf('mine')).to.deep.equal([`ours by ${OURS}`])
    expect(await versions('theirs', 'other')).to.deep.equal(before)
    expect((await gateway('foreigners')).metadata.resourceVersion).to.equal(foreign)
  })

  it("take away their own entry of a route, and leave the other's", async () => {
    await cluster.apply(routeOf('shared', ['theirs']))
    await eventually(async () => expect(await entriesOf('shared')).to.deep.equal([`theirs by ${OTHER}`]))
  })

  it('do not take over from one that is gone: its Envoys serve on, its entries stay', async () => {
    const before = await versions('theirs', 'other')
    await end(other.child, 'SIGKILL')
    await cluster.apply(routeOf('mine', ['ours'], 'four.example'))
    await eventually(async () => expect(await redirectOf(await addressOf('ours'))).to.include('example'))
    expect(await redirectOf(await addressOf('theirs'))).to.equal('http://to.example/')
    expect(await versions('theirs', 'other')).to.deep.equal(before)
    expect(await entriesOf('shared')).to.deep.equal([`theirs by ${OTHER}`])
  })
})

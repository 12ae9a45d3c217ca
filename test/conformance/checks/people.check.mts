// What a person sees and may do with kubectl: what the controller's account may not read, our kinds installed and explained,
// columns of Gateways and routes, Events that tell what changed and why.
import { expect } from 'chai'
import { packageFile } from '../../../controller/package.ts'
import { CLASS, kubectl, type Stack, startStack } from '../stack.mts'
import { type Api, api, eventually, gatewayOf, isTrue, NAMESPACE, routeOf } from './cluster.mts'

const CONTROLLER = 'system:serviceaccount:sluice-system:sluice-controller'
const KINDS = ['backends', 'headermutations', 'mirrors', 'pathrewrites', 'ratelimits']

/** kubectl ends with 1 where the answer is no. */
const mayController = async (...what: string[]): Promise<string> =>
  (
    await kubectl('auth', 'can-i', ...what, '--as', CONTROLLER).catch((error: { stdout: string }) => error.stdout)
  ).trim()

describe('a person with kubectl', () => {
  let stack: Stack
  let cluster: Api

  before(async () => {
    cluster = await api()
    stack = await startStack(`${process.env.CHECK_LOGS}/people`)
    await cluster.apply(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
      gatewayOf('shown', CLASS, [{ name: 'http', protocol: 'HTTP', port: 80 }]),
      routeOf('seen', ['shown'], 'to.example'),
      {
        ...routeOf('broken', ['shown']),
        spec: { parentRefs: [{ name: 'shown' }], rules: [{ backendRefs: [{ name: 'nowhere', port: 80 }] }] },
      },
    )
  })
  after(() => stack.stop())

  for (const [verb, resource, answer] of [
    ['list', 'secrets', 'no'],
    ['watch', 'secrets', 'no'],
    ['get', 'secrets', 'yes'],
    ['create', 'secrets', 'no'],
    ['list', 'configmaps', 'no'],
    ['list', 'pods', 'no'],
    ['patch', 'httproutes', 'no'],
    ['delete', 'gateways', 'no'],
    ['create', 'clusterrolebindings', 'no'],
    ['*', '*', 'no'],
  ] as const)
    it(`hears ${answer} when asking whether the controller may ${verb} ${resource} anywhere`, async () => {
      expect(await mayController(verb, resource, '-A')).to.equal(answer)
    })

  it('hears that the controller writes status, and nothing else of a route', async () => {
    expect(await mayController('patch', 'httproutes', '--subresource=status', '-A')).to.equal('yes')
    expect(await mayController('update', 'httproutes', '-A')).to.equal('no')
  })

  it('installs our kinds as the documentation says, again and again', async () => {
    const applied = await kubectl('apply', '-f', packageFile('controller/crds'))
    for (const kind of KINDS)
      expect(applied).to.include(`customresourcedefinition.apiextensions.k8s.io/${kind}.sluice.dev`)
    expect(await kubectl('apply', '-f', packageFile('controller/crds'))).to.not.match(/created|configured/)
  })

  it('has our kinds and each field of their specs explained', async () => {
    for (const kind of KINDS) {
      const explained = await kubectl('explain', `${kind}.spec`)
      expect(explained, kind).to.match(/^GROUP: +sluice\.dev$/m)
      expect(explained, kind).to.include('FIELDS:').and.not.include('<no description>')
    }
  })

  it('sees where a Gateway is and whether it is programmed, and the hostnames of routes', async () => {
    await eventually(async () =>
      expect(isTrue((await cluster.get('gateways', 'shown')).status?.conditions, 'Programmed')).to.equal(true),
    )
    const table = await kubectl('-n', NAMESPACE, 'get', 'gateways,httproutes')
    expect(table).to.match(/^NAME +CLASS +ADDRESS +PROGRAMMED +AGE$/m)
    expect(table).to.match(new RegExp(`^gateway\\S*/shown +${CLASS} +10\\.97\\.\\S+ +True `, 'm'))
    expect(table).to.match(/^NAME +HOSTNAMES +AGE$/m)
    expect(table).to.match(/^httproute\S*\/broken /m)
  })

  it('sees the columns of our kinds', async () => {
    await cluster.apply({
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'HeaderMutation',
      metadata: { name: 'unused', namespace: NAMESPACE },
      spec: { request: [{ action: 'Remove', name: 'x-internal' }] },
    })
    expect(await kubectl('-n', NAMESPACE, 'get', 'headermutations')).to.match(/^NAME +MODE +ACCEPTED +AGE\nunused /m)
  })

  const eventsOf = async (kind: string, name: string): Promise<string> =>
    kubectl('-n', NAMESPACE, 'events', '--for', `${kind}/${name}`)

  it('is told by Events that a Gateway and a route are served', async () => {
    await eventually(async () => expect(await eventsOf('gateway', 'shown')).to.match(/Normal +Programmed /))
    await eventually(async () => expect(await eventsOf('httproute', 'seen')).to.match(/Normal +Accepted /))
  })

  it('is told by Events what is wrong with a route, and where', async () => {
    await eventually(async () =>
      expect(await eventsOf('httproute', 'broken')).to.match(/Warning +BackendNotFound .*nowhere/),
    )
  })
})

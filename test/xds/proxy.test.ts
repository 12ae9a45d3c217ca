// The order in which things are sent, and the search for what Envoy rejects, against a model of Envoy: for any sequence of
// wanted states, any interleaving of messages, any loss of streams.
import { expect } from 'chai'
import fc from 'fast-check'
import { createProxy, type ProxyStatus, type ServedProxy } from '../../controller/serve/proxy.ts'
import type { Resource } from '../../controller/serve/resource.ts'
import type { Route, RouteConfiguration } from '../../envoy/schema/envoy.gen.ts'
import { BAD, type ModelEnvoy, modelEnvoy } from './model.ts'
import { ads, answers, cluster, endpoints, host, table, to } from './world.ts'

/** One tenant: a cluster, its endpoints, a route to it, each in some version. */
interface Tenant {
  timeout: number
  port: number
  alias: boolean
  /** The route of a tenant whose cluster is bad needs none. */
  cluster: 'good' | 'bad'
  route: 'good' | 'bad match' | 'bad action'
  version: number
}

type World = (Tenant | undefined)[]

const tenant: fc.Arbitrary<Tenant> = fc.record({
  timeout: fc.integer({ min: 1, max: 2 }),
  port: fc.integer({ min: 1, max: 2 }),
  alias: fc.boolean(),
  cluster: fc.constantFrom('good', 'good', 'good', 'bad'),
  route: fc.constantFrom('good', 'good', 'good', 'bad match', 'bad action'),
  version: fc.integer({ min: 0, max: 2 }),
})

const worlds = fc.array(fc.array(fc.option(tenant, { nil: undefined }), { minLength: 5, maxLength: 5 }), {
  minLength: 1,
  maxLength: 6,
})

/** Another port is another cluster: the route is swapped over, the old one goes. */
const clusterOf = (id: number, { port }: Tenant): string => `c${id}-${port}`

const routeOf = (id: number, each: Tenant): Route => ({
  ...(each.cluster === 'good' ? to : answers)(
    clusterOf(id, each),
    each.route === 'bad match' ? `/${BAD}/${id}/${each.version}` : `/${id}/${each.version}`,
    `r${id}`,
  ),
  ...(each.route === 'bad action' ? { statPrefix: BAD } : {}),
})

/** Even tenants share a host, odd ones have their own; tenants with an alias have two clusters of the same endpoints. */
const resourcesOf = (world: World): Resource[] => {
  const live = world.flatMap((each, id) => (each ? [{ id, each }] : []))
  const shared = live.filter(({ id }) => id % 2 === 0)
  const own = live.filter(({ id }) => id % 2 === 1)
  const listenerOf = (name: string): Resource => ({ type: 'Listener', name, json: { name, statPrefix: name } })
  return [
    ...live.map(({ id, each }) =>
      cluster(clusterOf(id, each), {
        connectTimeout: `${each.timeout}s`,
        ...(each.cluster === 'bad' ? { altStatName: BAD } : {}),
      }),
    ),
    ...live
      .filter(({ each }) => each.alias)
      .map(({ id, each }) =>
        cluster(`a${id}`, { edsClusterConfig: { edsConfig: ads, serviceName: clusterOf(id, each) } }),
      ),
    ...live.map(({ id, each }) => endpoints(clusterOf(id, each), each.port)),
    ...(live.length > 0 ? [listenerOf('l')] : []),
    ...own.slice(0, 1).map(({ id }) => listenerOf(`l${id}`)),
    table(
      'l',
      ...(shared.length > 0 ? [host('shared', ...shared.map(({ id, each }) => routeOf(id, each)))] : []),
      ...own.map(({ id, each }) => host(`h${id}`, routeOf(id, each))),
    ),
    ...own.slice(0, 1).map(({ id, each }) => table(`l${id}`, host('*', routeOf(id, each)))),
  ]
}

const proxyFor = (statuses: ProxyStatus[] = []): ServedProxy =>
  createProxy({
    onStatus: status => void statuses.push(status),
    onAnswer: () => undefined,
    patienceMs: 1e6,
    retryMs: 1e6,
  })

const attach = (envoy: ModelEnvoy, proxy: ServedProxy) => envoy.connect(send => proxy.connect('node', send))

/** Until nothing moves; fails when it never ends. */
const drain = (...envoys: ModelEnvoy[]): void => {
  for (let steps = 0; envoys.some(envoy => [envoy.speak(), envoy.hear()].includes(true)); steps++) {
    if (steps > 10_000) throw new Error('never comes to rest')
  }
}

/** Names of routes and clusters. */
const badIn = (world: World): string[] => [
  ...world.flatMap((each, id) => (each?.cluster === 'bad' ? [clusterOf(id, each)] : [])),
  ...world.flatMap((each, id) => (each && each.route !== 'good' ? [`r${id}`] : [])),
]

const servedAs = (id: number, each: Tenant): string =>
  `/${id}/${each.version} ${each.cluster === 'good' ? clusterOf(id, each) : 200}`

const clustersIn = (envoy: ModelEnvoy): string[] => routesIn(envoy).flatMap(route => route.split(' ')[1] ?? [])

const routesIn = (envoy: ModelEnvoy): string[] =>
  [...envoy.has()].flatMap(([key, json]) =>
    key.startsWith('RouteConfiguration')
      ? (json as { virtualHosts?: { routes?: Route[] }[] }).virtualHosts!.flatMap(({ routes = [] }) =>
          routes.map(route => `${route.match?.prefix} ${route.directResponse?.status ?? route.route?.cluster}`),
        )
      : [],
  )

const plain: Tenant = { timeout: 1, port: 1, alias: false, cluster: 'good', route: 'good', version: 0 }
const none = undefined

/** What the search found once. */
const found: [World[], number[]][] = [
  // Two tables rejected together, one Envoy behind: the same bytes must not come again.
  [
    [
      [none, none, none, none, plain],
      [none, none, none, { ...plain, route: 'bad match' }, none],
    ],
    [80, 44, 0, 98, 48],
  ],
  // A stream lost while a cluster became warm: its endpoints are owed before Envoy has told which ones it has.
  [
    [
      [none, none, none, none, { ...plain, timeout: 2, port: 2 }],
      [none, none, none, none, { ...plain, port: 2 }],
    ],
    [42, 80, 54, 0, 70, 0, 98],
  ],
  // A table asked for during the search in another one: nothing had said that the rest was good.
  [
    [
      [none, none, none, none, { ...plain, cluster: 'bad' }],
      [none, none, none, plain, { ...plain, route: 'bad match' }],
    ],
    [80, 40, 40, 0, 60],
  ],
]

describe('a proxy and models of Envoy', () => {
  it('gets everything that is good and acknowledges it, in an order that fails no request, whatever happens', () => {
    fc.assert(
      fc.property(worlds, fc.array(fc.nat(99), { maxLength: 120 }), (sequence, dice) => {
        const proxy = proxyFor()
        const envoys = [modelEnvoy(), modelEnvoy()]
        for (const envoy of envoys) attach(envoy, proxy)
        const waiting = [...sequence]
        for (const die of dice) {
          const envoy = envoys[die % 2]!
          if (die < 40) envoy.hear()
          else if (die < 80) envoy.speak()
          else if (die < 90 && waiting.length > 0) proxy.set(resourcesOf(waiting.shift()!))
          else if (die > 96) {
            envoy.disconnect()
            attach(envoy, proxy)
          }
        }
        for (const world of waiting) proxy.set(resourcesOf(world))
        drain(...envoys)
        const last = sequence.at(-1)!
        const { generation, envoys: known, rejections } = proxy.status()
        expect(known.map(({ acknowledged }) => acknowledged)).to.deep.equal([generation, generation])
        for (const envoy of envoys) {
          expect(envoy.complaints).to.deep.equal([])
          const clusters = [...envoy.has().keys()].filter(key => key.startsWith('Cluster ')).sort()
          const wanted = resourcesOf(last).filter(({ type }) => type === 'Cluster')
          const good = wanted.filter(({ json }) => !JSON.stringify(json).includes(BAD))
          const used = clustersIn(envoy)
          for (const name of clusters) expect([...wanted.map(each => each.name), ...used]).to.include(name.slice(8))
          expect(clusters).to.include.members(good.map(({ name }) => `Cluster ${name}`))
          const served = routesIn(envoy)
          for (const [id, each] of last.entries()) {
            if (each?.route === 'good') expect(served).to.include(servedAs(id, each))
          }
        }
        expect([...new Set(rejections.map(({ route, name }) => route ?? name))].sort()).to.deep.equal(badIn(last))
      }),
      { numRuns: 300, examples: found },
    )
  })

  it('sends nothing twice: neither after a restart of the server, nor the bytes that were rejected', () => {
    fc.assert(
      fc.property(fc.array(fc.option(tenant, { nil: undefined }), { minLength: 5, maxLength: 5 }), world => {
        const first = proxyFor()
        const envoy = modelEnvoy()
        first.set(resourcesOf(world))
        attach(envoy, first)
        drain(envoy)
        const { sent } = envoy
        const second = createProxy({
          saved: first.save(),
          onStatus: () => undefined,
          onAnswer: () => undefined,
          patienceMs: 1e6,
          retryMs: 1e6,
        })
        envoy.disconnect()
        second.set(resourcesOf(world))
        attach(envoy, second)
        drain(envoy)
        expect(envoy.sent).to.equal(sent)
        expect(second.status().envoys).to.deep.equal([{ node: 'node', acknowledged: 1 }])
        expect(second.status().rejections).to.deep.equal(first.status().rejections)
        expect(envoy.complaints).to.deep.equal([])
      }),
      { numRuns: 300 },
    )
  })

  it('takes no route from Envoy while it searches, even if it knows nothing of what was good before', () => {
    const good = tenant.map(each => ({ ...each, route: 'good' as const }))
    const bad = tenant.map(each => ({ ...each, route: each.route === 'good' ? ('bad match' as const) : each.route }))
    const some = fc.array(fc.tuple(fc.option(good, { nil: undefined }), fc.option(bad, { nil: undefined })), {
      minLength: 6,
      maxLength: 6,
    })
    fc.assert(
      fc.property(some, pairs => {
        const before: World = pairs.map(([each]) => each)
        const after: World = pairs.map(([each, worse]) => each ?? worse)
        const first = proxyFor()
        const envoy = modelEnvoy()
        first.set(resourcesOf(before))
        attach(envoy, first)
        drain(envoy)
        const applied = envoy.applied.length
        envoy.disconnect()
        const second = proxyFor()
        second.set(resourcesOf(after))
        attach(envoy, second)
        drain(envoy)
        const lasting = (json: RouteConfiguration): string[] =>
          namesIn(json).filter(name => before.some((each, id) => each && name === `r${id}`))
        const whole = new Map(
          resourcesOf(before).flatMap(resource =>
            resource.type === 'RouteConfiguration'
              ? [[resource.name, lasting({ virtualHosts: [...resource.virtualHosts] })] as const]
              : [],
          ),
        )
        for (const json of envoy.applied.slice(applied)) {
          expect(lasting(json)).to.include.members(whole.get(json.name ?? '') ?? [])
        }
        const { envoys, rejections } = second.status()
        expect(envoys).to.deep.equal([{ node: 'node', acknowledged: 1 }])
        expect([...new Set(rejections.map(({ route, name }) => route ?? name))].sort()).to.deep.equal(badIn(after))
        // It cannot know what the first one was told.
        expect(envoy.complaints.filter(text => !text.includes('comes again'))).to.deep.equal([])
      }),
      { numRuns: 300 },
    )
  })
})

const namesIn = (json: RouteConfiguration): string[] =>
  (json.virtualHosts ?? []).flatMap(({ routes = [] }) => routes.map(({ name = '' }) => name))

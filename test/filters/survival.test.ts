// What a rate limit has counted stays counted: over changes of its route, over another module in its place, and over a trap
// that makes Envoy load the module anew. Routes and module come from files here, as they come by RDS and ECDS in production.
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Limit, Plan } from '../../filters/plan/plan.ts'
import * as names from '../../filters/suite/names.ts'
import { DOWNSTREAM } from '../../filters/suite/plugins.ts'
import { type StaticEnvoy, startEnvoy } from '../envoy/static.ts'
import { call, valuesOf } from '../envoy/upstream.ts'
import { moduleOf } from './module.ts'
import { emptyPlan, suiteBootstrap, suiteModule, wasmPlugin } from './suite.ts'

const TYPE = 'type.googleapis.com/'
const { name: FILTER } = DOWNSTREAM
const ok = { status: 200, body: { inline_string: 'ok' } }

const limited = (limit: Partial<Limit>, rule: string): Plan => ({
  ...emptyPlan(),
  rule,
  downstream: {
    request: [
      {
        type: 'RateLimit',
        policy: 'default/rl',
        trustedHops: 0,
        limits: [{ name: 'n', requests: 5, burst: 5, unitSeconds: 2592000, scope: 'Node', key: [], ...limit }],
      },
    ],
    response: [],
  },
})

interface Manager {
  route_config?: { virtual_hosts: object[] }
  rds?: object
  http_filters: { name: string; [field: string]: unknown }[]
}

interface Bootstrap {
  static_resources: {
    listeners: { filter_chains: { filters: { typed_config: Manager }[] }[] }[]
  }
}

interface Changeable extends AsyncDisposable {
  envoy: StaticEnvoy
  /** Both resolve once Envoy uses what it was given. */
  route(plan: Plan): Promise<void>
  module(file: string): Promise<void>
}

const managerOf = (bootstrap: object): Manager =>
  (bootstrap as Bootstrap).static_resources.listeners[0]!.filter_chains[0]!.filters[0]!.typed_config

async function startChangeable(plan: Plan, file: string): Promise<Changeable> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-survival-'))
  const source = (path: string) => ({ resource_api_version: 'V3', path_config_source: { path: join(folder, path) } })
  let versions = 0
  const write = async (name: string, resource: object): Promise<void> => {
    const text = JSON.stringify({ version_info: String(++versions), resources: [resource] })
    await writeFile(join(folder, `.${name}`), text)
    await rename(join(folder, `.${name}`), join(folder, name))
  }
  const writeRoute = async (next: Plan): Promise<void> => {
    const bootstrap = await suiteBootstrap([{ plan: next, direct: ok }], { clusters: {} })
    await write('routes.json', {
      '@type': `${TYPE}envoy.config.route.v3.RouteConfiguration`,
      name: 'routes',
      ...managerOf(bootstrap).route_config,
    })
  }
  const writeModule = (path: string): Promise<void> => {
    const { typed_config } = wasmPlugin(FILTER, names.DOWNSTREAM_ROOT, path) as { typed_config: object }
    return write('module.json', {
      '@type': `${TYPE}envoy.config.core.v3.TypedExtensionConfig`,
      name: FILTER,
      typed_config,
    })
  }
  await writeRoute(plan)
  await writeModule(file)
  const bootstrap = await suiteBootstrap([], { clusters: {} })
  const manager = managerOf(bootstrap)
  delete manager.route_config
  manager.rds = { route_config_name: 'routes', config_source: source('routes.json') }
  manager.http_filters[manager.http_filters.findIndex(({ name }) => name === FILTER)] = {
    name: FILTER,
    disabled: true,
    config_discovery: {
      config_source: source('module.json'),
      type_urls: [`${TYPE}envoy.extensions.filters.http.wasm.v3.Wasm`],
    },
  }
  const envoy = await startEnvoy({ ...bootstrap, node: { id: 'test', cluster: 'test' } })
  /** Makes a change and waits until one more update of that kind has come through. */
  const applied = async (stat: string, change: () => Promise<void>): Promise<void> => {
    const count = async (): Promise<number> => Number(/: (\d+)/.exec(await envoy.admin(`/stats?filter=${stat}`))?.[1])
    const before = await count()
    await change()
    while ((await count()) <= before) await new Promise(resolve => setTimeout(resolve, 5))
  }
  return {
    envoy,
    route: next => applied('http.main.rds.routes.config_reload$', () => writeRoute(next)),
    module: path => applied('extension_config_discovery.*config_reload$', () => writeModule(path)),
    [Symbol.asyncDispose]: async () => {
      await envoy[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    },
  }
}

describe('what a rate limit has counted', () => {
  let folder: string
  /** Other bytes that do the same: a custom section at the end says nothing to anybody. */
  let other: string
  let trapping: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-survival-'))
    other = join(folder, 'other.wasm')
    trapping = join(folder, 'trapping.wasm')
    await writeFile(
      other,
      Buffer.concat([await readFile(await suiteModule()), Buffer.from('\0\x05\x04test', 'latin1')]),
    )
    await writeFile(trapping, await moduleOf('test/filters/trap/assembly/index.ts'))
  })

  after(() => rm(folder, { recursive: true }))

  const statuses = async ({ envoy }: Changeable, count: number): Promise<number[]> => {
    const found: number[] = []
    for (let i = 0; i < count; i++) found.push((await call(envoy.port('main'))).status)
    return found
  }

  for (const scope of ['Node', 'Worker'] as const)
    it(`stays over another plan on its route (${scope})`, async () => {
      await using server = await startChangeable(limited({ scope }, 'default/a#0'), await suiteModule())
      expect(await statuses(server, 3)).to.deep.equal([200, 200, 200])
      await server.route(limited({ scope, requests: 6, burst: 6 }, 'default/b#1'))
      expect(await statuses(server, 4)).to.deep.equal([200, 200, 200, 429])
    })

  for (const scope of ['Node', 'Worker'] as const)
    it(`locks nobody out for longer than a lower limit does (${scope})`, async () => {
      await using server = await startChangeable(
        limited({ scope, requests: 50, burst: 50 }, 'default/a#0'),
        await suiteModule(),
      )
      expect(await statuses(server, 40)).to.deep.equal(Array.from({ length: 40 }, () => 200))
      await server.route(limited({ scope, requests: 1, burst: 1, unitSeconds: 60 }, 'default/b#1'))
      const reply = await call(server.envoy.port('main'))
      expect(reply.status).to.equal(429)
      expect(Number(valuesOf(reply, 'retry-after')[0])).to.be.within(1, 60)
    })

  it('stays over another module under the same vm_id', async () => {
    await using server = await startChangeable(limited({}, 'default/a#0'), await suiteModule())
    expect(await statuses(server, 3)).to.deep.equal([200, 200, 200])
    await server.module(other)
    expect(await statuses(server, 3)).to.deep.equal([200, 200, 429])
    await server.module(await suiteModule())
    expect(await statuses(server, 1)).to.deep.equal([429])
  })

  it('stays over a trap, after which Envoy loads the module anew', async () => {
    await using server = await startChangeable(limited({}, 'default/a#0'), trapping)
    expect(await statuses(server, 3)).to.deep.equal([200, 200, 200])
    await call(server.envoy.port('main'), { path: '/trap' })
    const reloaded = async (): Promise<boolean> =>
      /vm_reload_success: [1-9]/.test(await server.envoy.admin('/stats?filter=vm_reload_success'))
    const after: number[] = []
    while (!(await reloaded())) after.push(...(await statuses(server, 1)))
    after.push(...(await statuses(server, 2)))
    // Five in all: four before the trap, one behind it, whatever the module answered while it was down.
    expect(after.filter(status => status === 200)).to.have.length(1)
    expect(after.at(-1)).to.equal(429)
    expect(server.envoy.log()).to.match(/unreachable|abort/i)
  })
})

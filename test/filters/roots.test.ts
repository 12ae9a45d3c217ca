// Several configurations of one bare module in one VM: neighbours, and the old one beside the new one. Each stream runs with that of
// its root from its first header to its last, and a root that nobody uses any more costs nothing.
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { type StaticEnvoy, startEnvoy } from '../envoy/static.ts'
import { call, startUpstream, valuesOf } from '../envoy/upstream.ts'
import type { Host, Plugin } from '../host/core/index.ts'
import { hostOf, moduleBytes, moduleFile } from '../host/mocha/covered.ts'
import { observed } from './crossings.ts'

const TYPE = 'type.googleapis.com/'
const WASM = `${TYPE}envoy.extensions.filters.http.wasm.v3.Wasm`
const SECOND = 1000

/** Says on requests and on responses which configuration it is. */
const saying = (text: string): object => {
  const list = [{ action: 'Set', name: 'x-says', value: { type: 'Text', text } }]
  return { request: list, response: list }
}

describe('several configurations in one VM, in the host', () => {
  const says = async (plugin: Plugin): Promise<(string | undefined)[]> => {
    const { upstream, response } = await plugin.request().send()
    return [upstream?.headers.get('x-says'), response?.headers.get('x-says')]
  }
  const both = (text: string): string[] => [text, text]

  it('keeps neighbours apart', async () => {
    const host = await hostOf('headers')
    const plugins = ['a', 'b', 'c'].map(text => host.plugin({ configuration: saying(text) }))
    for (const plugin of [...plugins, ...plugins]) {
      const text = 'abc'[plugins.indexOf(plugin)]!
      expect(await says(plugin)).to.deep.equal(both(text))
    }
  })

  it('ends a stream as it began, over a change', async () => {
    const host = await hostOf('headers')
    const plugin = host.plugin({ configuration: saying('old') })
    const stream = await plugin
      .request()
      .answer({ afterMs: 90 * SECOND })
      .open()
    plugin.configure(saying('new'))
    expect(await says(plugin)).to.deep.equal(both('new'))
    await host.clock.advance(60 * SECOND)
    expect(await says(plugin)).to.deep.equal(both('new'))
    await host.clock.advance(30 * SECOND)
    expect(stream.outcome().response?.headers.get('x-says')).to.equal('old')
  })

  it('asks nobody for the root again once the old one is gone', async () => {
    const { host, seen } = observed(await moduleBytes('headers'))
    const plugin = host.plugin({ configuration: saying('old') })
    plugin.configure(saying('new'))
    const asks = async (): Promise<boolean> => {
      seen()
      expect(await says(plugin)).to.deep.equal(both('new'))
      return seen().some(line => line.includes('call_foreign_function'))
    }
    expect(await asks()).to.equal(true)
    for (let second = 0; second < 10; second++) await host.clock.advance(SECOND)
    expect(await asks()).to.equal(false)
  })

  it('does not grow with the number of configurations that it has had', async () => {
    const host: Host = await hostOf('headers')
    const plugin = host.plugin({ configuration: saying('0') })
    const change = async (times: number): Promise<void> => {
      for (let n = 0; n < times; n++) {
        plugin.configure(saying(`${n}`.repeat(100)))
        expect((await says(plugin))[0]).to.equal(`${n}`.repeat(100))
        for (let second = 0; second < 10; second++) await host.clock.advance(SECOND)
      }
    }
    await change(20)
    const before = host.memory
    await change(200)
    expect(host.memory).to.deep.equal(before)
  })
})

describe('several configurations in one VM, in Envoy', function () {
  this.timeout(60_000)
  let file: string
  let folder: string

  before(async () => {
    file = await moduleFile('headers')
    folder = await mkdtemp(join(tmpdir(), 'sluice-roots-'))
  })
  after(() => rm(folder, { recursive: true }))

  /** All of them in the VM with the empty id, as when nobody gives one. */
  const wasm = (configuration: object): object => ({
    '@type': WASM,
    config: {
      failure_policy: 'FAIL_RELOAD',
      vm_config: { runtime: 'envoy.wasm.runtime.v8', code: { local: { filename: file } } },
      configuration: { '@type': `${TYPE}google.protobuf.StringValue`, value: JSON.stringify(configuration) },
    },
  })
  const listener = (name: string, filter: object): object => ({
    name,
    address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
    enable_reuse_port: false,
    filter_chains: [
      {
        filters: [
          {
            name: 'hcm',
            typed_config: {
              '@type': `${TYPE}envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager`,
              stat_prefix: name,
              route_config: {
                virtual_hosts: [
                  { name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'up' } }] },
                ],
              },
              http_filters: [
                filter,
                { name: 'router', typed_config: { '@type': `${TYPE}envoy.extensions.filters.http.router.v3.Router` } },
              ],
            },
          },
        ],
      },
    ],
  })
  const start = (listeners: object[], port: number): Promise<StaticEnvoy> =>
    startEnvoy({
      node: { id: 'test', cluster: 'test' },
      static_resources: {
        listeners,
        clusters: [
          {
            name: 'up',
            load_assignment: {
              cluster_name: 'up',
              endpoints: [
                {
                  lb_endpoints: [
                    { endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port } } } },
                  ],
                },
              ],
            },
          },
        ],
      },
    })

  it('keeps the filters of two listeners apart', async () => {
    await using up = await startUpstream()
    const listeners = ['a', 'b'].map(name => listener(name, { name: 'headers', typed_config: wasm(saying(name)) }))
    await using envoy = await start(listeners, up.port)
    for (const name of ['a', 'b', 'b', 'a', 'a', 'b']) {
      const reply = await call(envoy.port(name))
      expect(valuesOf(reply, 'x-says')).to.deep.equal([name])
      expect(valuesOf(up.received.at(-1)!, 'x-says')).to.deep.equal([name])
    }
  })

  it('ends a stream as it began, over a change, and for long', async () => {
    const answers = Promise.withResolvers<void>()
    await using up = await startUpstream(async ({ path }) => {
      if (path === '/slow') await answers.promise
      return {}
    })
    const source = { resource_api_version: 'V3', path_config_source: { path: join(folder, 'filter.json') } }
    const write = async (version: string): Promise<void> => {
      const resource = {
        '@type': `${TYPE}envoy.config.core.v3.TypedExtensionConfig`,
        name: 'headers',
        typed_config: wasm(saying(version)),
      }
      await writeFile(join(folder, '.next'), JSON.stringify({ version_info: version, resources: [resource] }))
      await rename(join(folder, '.next'), join(folder, 'filter.json'))
    }
    await write('old')
    const filter = { name: 'headers', config_discovery: { config_source: source, type_urls: [WASM] } }
    await using envoy = await start([listener('main', filter)], up.port)
    const said = async (path: string): Promise<string | undefined> =>
      valuesOf(await call(envoy.port('main'), { path }), 'x-says')[0]
    expect(await said('/')).to.equal('old')
    const slow = said('/slow')
    await up.nth(2)
    await write('new')
    while ((await said('/')) !== 'new') await new Promise(resolve => setTimeout(resolve, 5))
    // Longer than a root lives whose ticks stay away.
    const until = Date.now() + 6 * SECOND
    while (Date.now() < until) {
      expect(await said('/')).to.equal('new')
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    answers.resolve()
    expect(await slow).to.equal('old')
    expect(await said('/')).to.equal('new')
  })
})

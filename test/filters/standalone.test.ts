// The modules that are configured by hand: each example runs as its page says, the documented configurations are what the schema
// allows and what the module takes, and faults name the field.
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'chai'
import { parse } from 'yaml'
import { build } from '../../filters/build.mts'
import { type StaticEnvoy, startEnvoy } from '../envoy/static.ts'
import { call, type Reply, valuesOf } from '../envoy/upstream.ts'
import { eventually } from '../eventually.ts'
import { Host } from '../host/core/index.ts'
import { moduleBytes } from '../host/mocha/covered.ts'
import { countedIn } from './counted.ts'
import { faultOf } from './fault.ts'

const MODULES = ['headers', 'mirror', 'rate-limit', 'rewrite'] as const
type Module = (typeof MODULES)[number]

const root = new URL('../../', import.meta.url)
const read = (path: string): Promise<string> => readFile(new URL(path, root), 'utf8')

const freePort = (): Promise<number> =>
  new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })

/** The example as it stands, but for its ports. */
async function run(module: Module): Promise<StaticEnvoy> {
  const text = await read(`envoy/examples/${module}/envoy.yaml`)
  const backend = await freePort()
  const moved = text
    .replaceAll('port_value: 10001', `port_value: ${backend}`)
    .replace('port_value: 10000', 'port_value: 0')
    .replace('port_value: 9901', 'port_value: 0')
  return startEnvoy(parse(moved) as object)
}

describe('modules configured by hand', function () {
  this.timeout(60_000)
  before(() => build('release'))

  describe('the example of', () => {
    const ask = (envoy: StaticEnvoy, headers: Record<string, string> = {}): Promise<Reply> =>
      call(envoy.port('main'), { path: '/users/ann/posts?x=1', headers })
    const received = (reply: Reply, what: string): string | undefined => valuesOf(reply, `x-received-${what}`)[0]

    it('headers edits requests and responses', async () => {
      await using envoy = await run('headers')
      const reply = await ask(envoy, { 'x-internal': 'secret' })
      expect(['tenant', 'user', 'internal'].map(what => received(reply, what))).to.deep.equal([
        'none',
        'ann',
        undefined,
      ])
      expect(valuesOf(reply, 'x-served-by')).to.deep.equal(['everything'])
      await eventually(async () =>
        expect(await envoy.admin('/stats/prometheus?filter=sluice')).to.contain(
          'sluice_decisions_total{filter="headers",policy="headers",outcome="applied",mode="Enforce"} 2',
        ),
      )
    })

    it('rewrite changes path and host behind the router', async () => {
      await using envoy = await run('rewrite')
      const reply = await ask(envoy)
      expect([received(reply, 'path'), received(reply, 'host')]).to.deep.equal(['/posts/by/ann?x=1', 'posts.internal'])
    })

    it('mirror copies, and says so', async () => {
      await using envoy = await run('mirror')
      expect((await ask(envoy)).status).to.equal(200)
      const stats = await envoy.admin('/stats?filter=cluster.shadow.upstream_rq_total')
      expect(stats).to.contain('cluster.shadow.upstream_rq_total: 1')
      await eventually(async () =>
        expect(await envoy.admin('/stats/prometheus?filter=sluice')).to.contain('outcome="mirrored"'),
      )
    })

    it('rate-limit lets three requests pass', async () => {
      await using envoy = await run('rate-limit')
      const replies: Reply[] = []
      for (let i = 0; i < 5; i++) replies.push(await ask(envoy))
      expect(replies.map(({ status }) => status)).to.deep.equal([200, 200, 200, 429, 429])
      expect(valuesOf(replies[4]!, 'ratelimit')[0]).to.match(/^"each-client";r=0;t=\d+$/)
    })
  })

  const documented = async (module: Module): Promise<object> =>
    JSON.parse(/```json\n([\s\S]*?)```/.exec(await read(`filters/${module}/README.md`))?.[1] ?? '') as object

  const load = async (module: Module): Promise<Host> => Host.loadNow(await moduleBytes(module))

  for (const module of MODULES)
    it(`${module}: page, example, schema and module agree`, async () => {
      const schema = JSON.parse(await read(`filters/${module}/config.schema.json`)) as object
      const isValid = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false }).compile(schema)
      const one = await documented(module)
      expect(isValid(one), JSON.stringify(isValid.errors)).to.equal(true)
      const host = await load(module)
      expect(faultOf(host, one)).to.equal(undefined)
      expect(await read(`envoy/examples/${module}/envoy.yaml`)).to.contain(JSON.stringify(one, null, 2).split('\n')[1])
      expect(faultOf(host, { ...one, unknown: 1 })).to.equal('unknown: is no field here')
      expect(isValid({ ...one, unknown: 1 })).to.equal(false)
      expect(faultOf(host, { ...one, mode: 'Both' })).to.equal('mode: must be Enforce or DryRun')
      expect(faultOf(host, [])).to.equal('must be an object')
    })

  const text = (value: string) => ({ type: 'Text', text: value })
  const edit = (more: object) => ({ request: [{ action: 'Set', name: 'x-a', value: text('b'), ...more }] })
  const limit = (more: object) => ({ limits: [{ name: 'l', requests: 1, unit: 'Second', ...more }] })
  const NO_CLUSTER = 'cluster: must be 1 to 512 bytes of visible ASCII'
  const faults: [module: Module, configuration: object, fault: string][] = [
    ['headers', edit({ name: 'a b' }), 'request[0].name: must be a header name (RFC 9110 5.6.2)'],
    ['headers', edit({ name: 'Host' }), 'request[0].name: must not be edited'],
    ['headers', edit({ name: ':path' }), 'request[0].name: must be a header name (RFC 9110 5.6.2)'],
    ['headers', edit({ name: 'Transfer-Encoding' }), 'request[0].name: must not be edited'],
    [
      'headers',
      edit({ value: text('a\r\nb: c') }),
      'request[0].value.text: holds a control character or over 8192 bytes',
    ],
    ['headers', edit({ action: 'Replace' }), 'request[0].action: must be Set, Add, Remove, AddIfAbsent or Append'],
    ['headers', edit({ action: 'Remove' }), 'request[0].value: does not belong to this type'],
    ['headers', edit({ value: { type: 'Header' } }), 'request[0].value.header: is missing'],
    [
      'headers',
      edit({ value: { type: 'Path', capture: { regex: '(', template: '' } } }),
      'request[0].value.capture.regex: is no regular expression',
    ],
    ['headers', edit({ value: { type: 'Path', capture: { regex: 'a', template: '\\\\1' } } }), ''],
    [
      'headers',
      edit({ value: { type: 'Path', capture: { regex: 'a', template: '\\1' } } }),
      'request[0].value.capture.template: refers to a missing group',
    ],
    [
      'headers',
      { response: edit({ value: { type: 'Path' } }).request },
      'response[0].value.type: is not known any more when the response comes',
    ],
    ['rewrite', { hostname: 'a b' }, 'hostname: must be a host (RFC 3986), maybe with port'],
    ['rewrite', { hostname: '[::1]:80' }, ''],
    [
      'rewrite',
      { path: { type: 'ReplaceFullPath', replaceFullPath: 'x' } },
      'path.replaceFullPath: must be an absolute path (RFC 3986) without dot segments that leave it',
    ],
    ['rewrite', { path: { type: 'ReplaceFullPath', header: 'x' } }, 'path.replaceFullPath: is missing'],
    [
      'rewrite',
      { path: { type: 'Header', header: 'x', replaceFullPath: '/' } },
      'path.replaceFullPath: does not belong to this type',
    ],
    ['mirror', {}, 'cluster: is missing'],
    ['mirror', { cluster: '|'.repeat(512) }, ''],
    ['mirror', { cluster: '|'.repeat(513) }, NO_CLUSTER],
    ['mirror', { cluster: 'a b' }, NO_CLUSTER],
    [
      'mirror',
      { cluster: 'a', fraction: { numerator: 2, denominator: 1 } },
      'fraction.numerator: must not be above the denominator',
    ],
    ['mirror', { cluster: 'a', compare: true }, 'compare: must be a string'],
    ['mirror', { cluster: 'a', compare: 'answers' }, 'compare: must be None or Answers'],
    ['mirror', { cluster: 'a', maxBodyBytes: 1048577 }, 'maxBodyBytes: must be a whole number from 0 to 1048576'],
    ['mirror', { cluster: 'a', copy: { remove: ['te'] } }, 'copy.remove[0]: must not be edited'],
    ['rate-limit', {}, 'limits: is missing'],
    ['rate-limit', { limits: [] }, 'limits: must hold 1 to 8'],
    [
      'rate-limit',
      { limits: ['a', 'l', 'l'].map(name => ({ name, requests: 1, unit: 'Second' })) },
      'limits[2].name: is there twice',
    ],
    ['rate-limit', limit({ unit: 'Week' }), 'limits[0].unit: must be Second, Minute, Hour, Day or Month'],
    ['rate-limit', limit({ requests: 4294967296 }), 'limits[0].requests: must be a whole number from 0 to 4294967295'],
    ['rate-limit', limit({ key: [{ type: 'Header' }] }), 'limits[0].key[0].name: is missing'],
    [
      'rate-limit',
      limit({ key: [{ type: 'Path', name: 'x' }] }),
      'limits[0].key[0].name: does not belong to this type',
    ],
  ]
  for (const [module, configuration, fault] of faults)
    it(`${module} ${fault ? 'refuses' : 'takes'} ${JSON.stringify(configuration).slice(0, 80)}`, async () => {
      expect(faultOf(await load(module), configuration) ?? '').to.equal(fault)
    })

  it('keep their counters over a new configuration', async () => {
    const host = await load('rate-limit')
    const plugin = host.plugin({ configuration: limit({ requests: 2, unit: 'Hour' }) })
    const statuses = async (): Promise<(number | undefined)[]> => {
      const all: (number | undefined)[] = []
      for (let i = 0; i < 2; i++) all.push((await plugin.request().send()).response?.status)
      return all
    }
    expect(await statuses()).to.deep.equal([200, 200])
    plugin.configure({ ...limit({ requests: 3, unit: 'Hour' }), trustedHops: 1 })
    expect(await statuses()).to.deep.equal([200, 429])
  })

  for (const [module, configuration] of [
    ['headers', edit({})],
    ['mirror', { cluster: 'shadow' }],
    ['rate-limit', limit({})],
    ['rewrite', { hostname: 'b' }],
  ] as const)
    it(`${module} writes its record, unless told not to, and counts all the same`, async () => {
      const bytes = await moduleBytes(module)
      for (const record of ['FilterState', 'None']) {
        const host = await Host.loadNow(bytes, { clusters: { shadow: { http: () => ({}) } } })
        const plugin = host.plugin({ configuration: { ...configuration, record } })
        // The second request is the first one that finds its decision made before.
        for (const _ of [1, 2, 3]) {
          const { propertiesSet } = await plugin.request({ ':method': 'POST', ':authority': 'a' }).body('b').send()
          expect(Object.keys(propertiesSet), record).to.deep.equal(record === 'None' ? [] : ['sluice'])
        }
        const counts = Object.values(await countedIn(host))
        expect(
          counts.reduce((sum, count) => sum + count, 0),
          record,
        ).to.equal(3)
      }
    })

  it('ask for no record of an earlier module when they write none', async () => {
    const host = await load('headers')
    const [first, second] = ['FilterState', 'None'].map(record =>
      host.plugin({ configuration: { ...edit({}), record } }),
    )
    const read: number[] = []
    for (let i = 0; i < 300; i++) {
      const { propertiesRead } = await host
        .chain({ downstream: [first!, second!] })
        .request()
        .send()
      read.push(propertiesRead.filter(name => name === 'sluice').length)
    }
    // The first module, which is the only one that has to know.
    expect(read.slice(70).reduce((sum, count) => sum + count, 0)).to.be.at.most(4)
  })

  it('rewrite leaves the host of a request whose path it leaves', async () => {
    const path = (type: string, member: unknown) => ({
      hostname: 'new',
      path: { type, [`${type.slice(0, 1).toLowerCase()}${type.slice(1)}`]: member },
    })
    for (const [configuration, hosts] of [
      [{ hostname: 'new' }, ['new', 'new']],
      [path('ReplaceFullPath', '/c'), ['new', 'new']],
      [path('ReplacePrefixMatch', { prefix: '/a', replacement: '/c' }), ['new', 'old']],
      [path('ReplaceRegexMatch', { regex: '^/a', template: '/c' }), ['new', 'old']],
      [path('Header', 'x-path'), ['new', 'old']],
    ] as const) {
      const plugin = (await load('rewrite')).plugin({ configuration })
      const first = await plugin.request({ ':path': '/a', ':authority': 'old', 'x-path': '/c' }).send()
      const second = await plugin.request({ ':path': '/b', ':authority': 'old' }).send()
      expect([first, second].map(({ upstream }) => upstream?.authority)).to.deep.equal(hosts)
    }
  })

  it('change nothing in a dry run, and count', async () => {
    const host = await load('rate-limit')
    const plugin = host.plugin({ configuration: { ...limit({ requests: 0 }), mode: 'DryRun' } })
    expect((await plugin.request().send()).response?.status).to.equal(200)
    expect(await countedIn(host)).to.deep.equal({
      'sluice_decisions_total;filter=rate-limit;policy=rate-limit;outcome=limited;mode=DryRun': 1,
    })
  })
})

// A hundred tenants and what one of them may do to the others: nothing. Its own fault is told on its own object.
import { expect } from 'chai'
import { awaitConditions } from '../run/cases.ts'
import { type Folder, folder, type Running, runSluice } from '../run/sluice.ts'
import { ask, askUntil, backend, type EchoBackend, echoBackend, gateway, route, to } from '../run/world.ts'

const TENANTS = 100

const tenant = (n: number, version: number) =>
  route(
    `tenant-${n}`,
    `/tenant-${n}`,
    `    filters:
    - type: ResponseHeaderModifier
      responseHeaderModifier: { set: [{ name: x-version, value: "${version}" }] }
${to('shop')}`,
  )

const header = (value: string) => `    filters:
    - { type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: x-a, value: ${JSON.stringify(value)} }] } }
${to('shop')}`

/** By name: the YAML of tenant 7, what the log says of it, what is answered to it (undefined: what it had before). */
const faults: Record<string, { yaml: string; says: RegExp; status: number; condition?: string }> = {
  // The schema refuses it: the last good form serves on.
  'a value that splits a response': {
    yaml: route('tenant-7', '/tenant-7', header('a\r\nset-cookie: b')),
    says: /tenant-7\.yaml:\d+:\d+: .*should match/,
    status: 200,
  },
  'a regular expression that is none': {
    yaml: route('tenant-7', '/tenant-7', to('shop')).replace(
      'PathPrefix, value: /tenant-7',
      'RegularExpression, value: "/(a"',
    ),
    says: /tenant-7: Accepted: UnsupportedValue: .*missing closing/,
    condition: 'Accepted=False/UnsupportedValue',
    status: 404,
  },
  'a regular expression that is too large': {
    yaml: route('tenant-7', '/tenant-7', to('shop')).replace(
      'PathPrefix, value: /tenant-7',
      'RegularExpression, value: "/((a{100}){100}){100}"',
    ),
    says: /tenant-7: Accepted: UnsupportedValue: .*a\{100\}|tenant-7: Accepted: UnsupportedValue: .*(instructions|large|repeti)/,
    condition: 'Accepted=False/UnsupportedValue',
    status: 404,
  },
  // We take it, Envoy's older tables do not: found by bisection, and the last good form serves on.
  'a class of characters that only newer tables know': {
    yaml: route('tenant-7', '/tenant-7', to('shop')).replace(
      'PathPrefix, value: /tenant-7',
      'RegularExpression, value: "/\\\\p{Garay}+"',
    ),
    says: /tenant-7: Accepted: UnsupportedValue: .*Envoy refused it: .*Garay/,
    condition: 'Accepted=False/UnsupportedValue',
    status: 200,
  },
  'a Service that does not exist': {
    yaml: route('tenant-7', '/tenant-7', '    backendRefs: [{ name: nobody, port: 80 }]'),
    says: /tenant-7: ResolvedRefs: BackendNotFound/,
    condition: 'ResolvedRefs=False/BackendNotFound',
    status: 500,
  },
}

describe('sluice run: a hundred tenants, one at fault', function () {
  this.timeout(60_000)
  const stack = new AsyncDisposableStack()
  let dir: Folder
  let status: Folder
  let shop: EchoBackend
  let sluice: Running
  let url: string
  let version = 0

  before(async () => {
    shop = stack.use(await echoBackend('shop'))
    dir = stack.use(await folder())
    await dir.write('world.yaml', [gateway(dir.address), backend('shop', shop.port)].join('---\n'))
    for (let n = 0; n < TENANTS; n++) await dir.write(`tenant-${n}.yaml`, tenant(n, 0))
    status = stack.use(await folder())
    sluice = stack.use(runSluice(dir.path, ['--status-dir', status.path]))
    url = (await sluice.live)[0] ?? ''
  })
  after(() => stack.disposeAsync())

  for (const [what, { yaml, says, status: answered, condition }] of Object.entries(faults))
    it(`${what}: 99 change on, the one is told`, async () => {
      version++
      await dir.write('tenant-7.yaml', yaml)
      for (let n = 0; n < TENANTS; n++) if (n !== 7) await dir.write(`tenant-${n}.yaml`, tenant(n, version))
      await Promise.all(
        Array.from({ length: TENANTS }, (_, n) => n)
          .filter(n => n !== 7)
          .map(n => askUntil(`${url}/tenant-${n}`, answer => answer.headers['x-version'] === String(version))),
      )
      await sluice.logged(({ msg }) => says.test(msg))
      await askUntil(`${url}/tenant-7`, answer => answer.status === answered)
      const shows = (n: number, ...wanted: string[]) =>
        awaitConditions(status.path, 'default', `HTTPRoute/tenant-${n}`, wanted)
      if (condition) await shows(7, condition)
      for (const n of [0, 6, 8, TENANTS - 1]) await shows(n, 'Accepted=True/Accepted', 'ResolvedRefs=True/ResolvedRefs')
      expect(
        sluice.logs.filter(({ msg }) => /HTTPRoute default\/tenant-(?!7[: ])/.test(msg)),
        'others',
      ).to.deep.equal([])
      await dir.write('tenant-7.yaml', tenant(7, version))
      await askUntil(`${url}/tenant-7`, answer => answer.headers['x-version'] === String(version))
      expect((await ask(`${url}/tenant-7`)).headers).not.to.have.property('set-cookie')
    })

  it('keeps the last good form of what the schema refuses', async () => {
    await dir.write('tenant-7.yaml', tenant(7, 1000))
    await askUntil(`${url}/tenant-7`, answer => answer.headers['x-version'] === '1000')
    await dir.write('tenant-7.yaml', tenant(7, 1001).replace('value: /tenant-7', 'value: tenant-7'))
    const told = await sluice.logged(({ msg }) => /tenant-7\.yaml:\d+:\d+: .*absolute path/.test(msg))
    expect(told.level).to.equal(50)
    await dir.write('tenant-8.yaml', tenant(8, 1001))
    await askUntil(`${url}/tenant-8`, answer => answer.headers['x-version'] === '1001')
    expect((await ask(`${url}/tenant-7`)).headers['x-version']).to.equal('1000')
    await dir.write('tenant-7.yaml', tenant(7, 1002))
    await askUntil(`${url}/tenant-7`, answer => answer.headers['x-version'] === '1002')
  })
})

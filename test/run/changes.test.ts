// What changes while requests come: a permission that is taken back, a port that another process has, a listener that moves.
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { expect } from 'chai'
import { awaitConditions, filesOf } from './cases.ts'
import { type Client, createClient, echoOf } from './client.ts'
import { type Folder, folder, type Running, runSluice } from './sluice.ts'
import { askUntil, type EchoBackend, echoBackend } from './world.ts'

const gateway = (name: string, port: number) => `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: ${name} }
spec: { listeners: [{ name: http, protocol: HTTP, port: ${port} }] }
`

const route = (name: string, parent: string, rule: string) => `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${name} }
spec:
  parentRefs: [{ name: ${parent} }]
  rules: [{ ${rule} }]
`

const grant = (from: string, to: string) => `
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: { name: shop, namespace: shops }
spec: { from: [${from}], to: [${to}] }
`

const fromRoutes = '{ group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: here }'
const toShop = '{ group: sluice.dev, kind: Backend, name: a }'

describe('sluice run: changes', function () {
  this.timeout(60_000)
  const stack = new AsyncDisposableStack()
  let dir: Folder
  let status: Folder
  let sluice: Running
  let a: EchoBackend
  let client: Client
  let taken: Server

  const write = (name: string, namespace: string, yaml: string) =>
    dir.write(
      `${name}.yaml`,
      filesOf({ name: namespace, yaml, rows: [] }, { addressOf: () => dir.address, backends: {} }),
    )

  before(async () => {
    a = stack.use(await echoBackend('a'))
    dir = stack.use(await folder())
    status = stack.use(await folder())
    client = stack.use(createClient())
    taken = createServer().listen(9091, dir.address)
    await once(taken, 'listening')
    await write(
      'world',
      'here',
      [
        gateway('web', 8080),
        gateway('late', 9091),
        route(
          'own',
          'web',
          'matches: [{ path: { value: /own } }], backendRefs: [{ group: sluice.dev, kind: Backend, name: mine }]',
        ),
        route('late', 'late', 'backendRefs: [{ group: sluice.dev, kind: Backend, name: mine }]'),
        route(
          'across',
          'web',
          'matches: [{ path: { value: /across } }], backendRefs: [{ group: sluice.dev, kind: Backend, name: a, namespace: shops }]',
        ),
        `
apiVersion: sluice.dev/v1alpha1
kind: Backend
metadata: { name: mine }
spec: { endpoints: [{ host: 127.0.0.1, port: ${a.port} }] }
---
apiVersion: sluice.dev/v1alpha1
kind: Backend
metadata: { name: a, namespace: shops }
spec: { endpoints: [{ host: 127.0.0.1, port: ${a.port} }] }
`,
      ].join('---\n'),
    )
    sluice = stack.use(runSluice(dir.path, ['--status-dir', status.path]))
    await sluice.live
  })
  after(async () => {
    await stack.disposeAsync()
    if (taken.listening) taken.close()
  })

  const across = () => `http://${dir.address}:8080/across`
  const conditions = (key: string, ...wanted: string[]) => awaitConditions(status.path, 'here', key, wanted)

  it('sends nothing to another namespace without its permission', async () => {
    await askUntil(across(), answer => answer.status === 500)
    await conditions('HTTPRoute/across', 'Accepted=True/Accepted', 'ResolvedRefs=False/RefNotPermitted')
  })

  for (const [what, yaml] of [
    ['another namespace', grant(fromRoutes.replace('here', 'there'), toShop)],
    ['another kind of route', grant(fromRoutes.replace('HTTPRoute', 'GRPCRoute'), toShop)],
    ['another kind of object', grant(fromRoutes, toShop.replace('Backend', 'Other'))],
    ['another name', grant(fromRoutes, toShop.replace('name: a', 'name: b'))],
    ['another group', grant(fromRoutes.replace('gateway.networking.k8s.io', 'other.test'), toShop)],
  ] as const)
    it(`takes a grant for ${what} for none`, async () => {
      await write('grant', 'shops', yaml)
      // A change behind the grant, in a file of its own, shows that the grant was read.
      const mark = `/${encodeURIComponent(what)}`
      await write(
        'mark',
        'here',
        route(
          'mark',
          'web',
          `matches: [{ path: { value: ${mark} } }], filters: [{ type: RequestRedirect, requestRedirect: { hostname: x.test } }]`,
        ),
      )
      await askUntil(`http://${dir.address}:8080${mark}`, answer => answer.status === 302)
      const reply = await client.send({
        protocol: 'HTTP/1.1',
        address: dir.address,
        port: 8080,
        method: 'GET',
        path: '/across',
        host: 'x.test',
      })
      expect(reply.status).to.equal(500)
    })

  it('sends requests once it is granted, on kept connections too, and none after it is revoked', async () => {
    await write('grant', 'shops', grant(fromRoutes, toShop))
    await askUntil(across(), answer => answer.status === 200)
    await conditions('HTTPRoute/across', 'ResolvedRefs=True/ResolvedRefs')
    const ask = () =>
      client.send({ protocol: 'HTTP/2', address: dir.address, port: 8080, method: 'GET', path: '/across', host: 'x' })
    expect(echoOf(await ask()).backend).to.equal('a')
    await dir.remove('grant.yaml')
    await askUntil(across(), answer => answer.status === 500)
    // Once one answer has shown it, no later request gets through on any connection.
    const seen = a.seen.length
    for (let i = 0; i < 20; i++) expect((await ask()).status).to.equal(500)
    expect(a.seen.length).to.equal(seen)
    await conditions('HTTPRoute/across', 'ResolvedRefs=False/RefNotPermitted')
  })

  it('copies requests once it is granted, and none after it is revoked, while the rule serves on', async () => {
    await write('grant', 'shops', grant(fromRoutes, toShop))
    const copied = (version: number) => {
      const mirror =
        '{ type: RequestMirror, requestMirror: { backendRef: { group: sluice.dev, kind: Backend, name: a, namespace: shops } } }'
      const mark = `{ type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: x-version, value: "${version}" }] } }`
      const to = 'backendRefs: [{ group: sluice.dev, kind: Backend, name: mine }]'
      return route('copied', 'web', `matches: [{ path: { value: /copied } }], filters: [${mirror}, ${mark}], ${to}`)
    }
    const url = (n: number) => `http://${dir.address}:8080/copied/${n}`
    /** Request and copy reach the same backend. */
    const arrivals = (n: number) => a.seen.filter(({ path }) => path === `/copied/${n}`).length
    const ask = (n: number) => askUntil(url(n), answer => answer.status === 200)
    let n = 0
    /** Asks until one of the requests from here on has been copied. */
    const untilCopied = async () => {
      const first = n + 1
      do await ask(++n)
      while (!Array.from({ length: n - first + 1 }, (_, i) => first + i).some(i => arrivals(i) > 1))
    }
    await write('copied', 'here', copied(1))
    await untilCopied()
    await dir.remove('grant.yaml')
    // A change behind it shows that Envoy has what came of it.
    await write('copied', 'here', copied(2))
    await askUntil(url(0), ({ headers }) => headers['x-version'] === '2')
    await conditions('HTTPRoute/copied', 'Accepted=True/Accepted', 'ResolvedRefs=False/RefNotPermitted')
    const revoked = n + 1
    while (n < revoked + 20) await ask(++n)
    const last = n
    await write('grant', 'shops', grant(fromRoutes, toShop))
    await untilCopied()
    for (let i = revoked; i <= last; i++) expect(arrivals(i), `arrivals of request ${i}`).to.equal(1)
    await dir.remove('grant.yaml')
  })

  it('says that a port belongs to another process, on that Gateway only', async () => {
    await conditions('Gateway/late', 'Programmed=False/AddressNotUsable', 'http:Programmed=False/Invalid')
    await conditions('Gateway/web', 'Programmed=True/Programmed', 'http:Programmed=True/Programmed')
    await askUntil(`http://${dir.address}:8080/own`, answer => answer.status === 200)
  })

  it('serves the port as soon as it is free', async () => {
    taken.close()
    await askUntil(`http://${dir.address}:9091/`, answer => answer.status === 200)
    await conditions('Gateway/late', 'Programmed=True/Programmed', 'http:Programmed=True/Programmed')
    await sluice.logged(({ msg }) => /Gateway here\/late.*is good again/.test(String(msg)))
    const told = sluice.logs.filter(line => String(line.msg).includes('Gateway here/late'))
    // While it was tried again and again nothing else was said.
    expect(
      told.map(({ msg }) =>
        String(msg)
          .replace(/.*: Gateway/, 'Gateway')
          .slice(0, 46),
      ),
    ).to.have.length(2)
    expect(told.at(-1)?.msg).to.include('is good again')
  })
})

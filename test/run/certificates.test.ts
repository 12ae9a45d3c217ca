// Certificates that change while connections are open: rotated, spoilt, mended, no longer permitted, gone.
import { expect } from 'chai'
import { stringify } from 'yaml'
import { type Pair, pairOf } from '../tls/pair.ts'
import { awaitConditions, statusOf } from './cases.ts'
import { type Client, createClient, type Reply } from './client.ts'
import { type Folder, folder, type Running, runSluice } from './sluice.ts'
import { type EchoBackend, echoBackend, backend as ourBackend } from './world.ts'

const secret = (data: Record<string, string>) =>
  stringify({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'site', namespace: 'certs' },
    type: Object.keys(data).length === 2 ? 'kubernetes.io/tls' : 'Opaque',
    stringData: data,
  })
const tls = ({ crt, key }: Pair) => secret({ 'tls.crt': crt, 'tls.key': key })

const grant = (to = 'site') => `
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: { name: site, namespace: certs }
spec:
  from: [{ group: gateway.networking.k8s.io, kind: Gateway, namespace: default }]
  to: [{ group: "", kind: Secret, name: ${to} }]
`

const world = (address: string) => `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: web }
spec:
  gatewayClassName: sluice
  addresses: [{ type: IPAddress, value: ${address} }]
  listeners:
  - { name: site, protocol: HTTPS, port: 8443, hostname: site.test, tls: { certificateRefs: [{ name: site, namespace: certs }] } }
  - { name: beside, protocol: HTTP, port: 8080 }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: shop }
spec: { parentRefs: [{ name: web }], rules: [{ backendRefs: [{ group: sluice.dev, kind: Backend, name: a }] }] }
`

describe('sluice run: certificates', function () {
  this.timeout(60_000)
  const stack = new AsyncDisposableStack()
  let dir: Folder
  let status: Folder
  let sluice: Running
  let a: EchoBackend
  /** Its connections are kept from the first request to the last. */
  let kept: Client

  const send = (client: Client, port = 8443): Promise<Reply> =>
    client.send({
      protocol: 'HTTP/2',
      address: dir.address,
      port,
      ...(port === 8443 ? { serverName: 'site.test' } : {}),
      method: 'GET',
      path: '/',
      host: 'site.test',
    })

  /** The certificate that a new connection is shown; undefined where there is none. */
  const shown = async (): Promise<string | undefined> => {
    await using client = createClient()
    return await send(client).then(
      ({ certificate }) => certificate,
      () => undefined,
    )
  }
  const shows = async (name: string | undefined) => {
    let last: string | undefined
    for (const end = Date.now() + 10_000; Date.now() < end; ) {
      last = await shown()
      if (last === name) return
      await new Promise(done => setTimeout(done, 5))
    }
    expect(last).to.equal(name)
  }
  const listenerSays = (...wanted: string[]) => awaitConditions(status.path, 'default', 'Gateway/web', wanted)
  const resolvedRefs = async () => {
    const { listeners = [] } = await statusOf(status.path, 'default', 'Gateway/web')
    return listeners[0]?.conditions?.find(({ type }) => type === 'ResolvedRefs')?.message
  }
  /** Neither the kept connection nor the listener beside it has noticed anything. */
  const unharmed = async () => {
    expect((await send(kept)).status).to.equal(200)
    expect((await send(kept, 8080)).status).to.equal(200)
  }

  before(async () => {
    a = stack.use(await echoBackend('a'))
    dir = stack.use(await folder())
    status = stack.use(await folder())
    kept = stack.use(createClient())
    await dir.write('world.yaml', [world(dir.address), ourBackend('a', a.port)].join('---\n'))
    await dir.write('grant.yaml', grant())
    await dir.write('secret.yaml', tls(pairOf('one')))
    sluice = stack.use(runSluice(dir.path, ['--status-dir', status.path]))
    await sluice.live
    await shows('one')
    await unharmed()
  })
  after(() => stack.disposeAsync())

  it('rotates without breaking a connection', async () => {
    for (const name of ['two', 'three', 'four']) {
      await dir.write('secret.yaml', tls(pairOf(name)))
      await shows(name)
      await unharmed()
    }
    expect((await send(kept)).certificate, 'the connection is the one of the beginning').to.equal('one')
    await listenerSays('site:ResolvedRefs=True/ResolvedRefs', 'site:Programmed=True/Programmed')
  })

  const bad: [string, () => string, string][] = [
    ['an expired one', () => tls(pairOf('old', 2020, 2021)), 'the certificate expired on 2021-01-01'],
    [
      'a mismatched one',
      () => tls({ crt: pairOf('x').crt, key: pairOf('y').key }),
      'tls.key is not the key of the first certificate',
    ],
    ['half of one', () => secret({ 'tls.crt': pairOf('half').crt }), 'has no tls.key'],
    [
      'a torn one',
      () => tls({ crt: pairOf('torn').crt.slice(0, 300), key: pairOf('torn').key }),
      'tls.crt holds no PEM block',
    ],
  ]
  for (const [what, yaml, says] of bad)
    it(`serves the last good certificate while there is ${what}, and says what is wrong with that`, async () => {
      await dir.write('secret.yaml', yaml())
      await listenerSays('site:ResolvedRefs=False/InvalidCertificateRef', 'site:Programmed=True/Programmed')
      expect(await resolvedRefs()).to.include('spec.listeners[0].tls.certificateRefs[0]: Secret certs/site')
      expect(await resolvedRefs()).to.include(says)
      expect(await shown()).to.equal('four')
      await unharmed()
      await dir.write('secret.yaml', tls(pairOf('mended')))
      await shows('mended')
      await dir.write('secret.yaml', tls(pairOf('four')))
      await shows('four')
      await listenerSays('site:ResolvedRefs=True/ResolvedRefs')
    })

  it('stops with the permission, at once, and starts again with it', async () => {
    await dir.write('grant.yaml', grant('another'))
    await shows(undefined)
    await listenerSays('site:ResolvedRefs=False/RefNotPermitted', 'site:Programmed=False/Invalid')
    expect((await send(kept, 8080)).status).to.equal(200)
    await dir.write('grant.yaml', grant())
    await shows('four')
    await dir.remove('grant.yaml')
    await shows(undefined)
    await dir.write('grant.yaml', grant())
    await shows('four')
  })

  it('does not take up an old certificate again after the Secret was gone', async () => {
    await dir.remove('secret.yaml')
    await shows(undefined)
    await listenerSays('site:ResolvedRefs=False/InvalidCertificateRef', 'site:Programmed=False/Invalid')
    await dir.write('secret.yaml', secret({ 'tls.crt': pairOf('half').crt }))
    await sluice.logged(({ msg }) =>
      /has no tls\.key; it takes both, as type kubernetes\.io\/tls has them(;|$)/.test(msg),
    )
    expect(await shown()).to.equal(undefined)
    await dir.write('secret.yaml', tls(pairOf('five')))
    await shows('five')
  })

  it('says on the listener what is wrong with its CA certificates, and takes the mended one', async () => {
    const clients = (ca: string) =>
      [
        stringify({
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'clients' },
          data: { 'ca.crt': ca },
        }),
        `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: clients }
spec:
  gatewayClassName: sluice
  addresses: [{ type: IPAddress, value: ${dir.address} }]
  tls: { frontend: { default: { validation: { caCertificateRefs: [{ group: "", kind: ConfigMap, name: clients }] } } } }
  listeners:
  - { name: site, protocol: HTTPS, port: 8444, tls: { certificateRefs: [{ name: own }] } }
`,
        stringify({
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: 'own' },
          type: 'kubernetes.io/tls',
          stringData: { 'tls.crt': own.crt, 'tls.key': own.key },
        }),
      ].join('---\n')
    const own = pairOf('own')
    const says = (...wanted: string[]) => awaitConditions(status.path, 'default', 'Gateway/clients', wanted)
    await dir.write('clients.yaml', clients('-----BEGIN CERTIFICATE-----\nrubbish\n-----END CERTIFICATE-----\n'))
    await says('site:ResolvedRefs=False/InvalidCACertificateRef')
    const { listeners = [] } = await statusOf(status.path, 'default', 'Gateway/clients')
    const message = listeners[0]?.conditions?.find(({ type }) => type === 'ResolvedRefs')?.message
    expect(message).to.match(
      /^spec\.tls\.frontend\.default\.validation\.caCertificateRefs\[0\]: ConfigMap default\/clients: ca\.crt: certificate 1 of 1 is not readable; mend it$/,
    )
    await unharmed()
    await dir.write('clients.yaml', clients(pairOf('ca').crt))
    await says('site:ResolvedRefs=True/ResolvedRefs', 'site:Programmed=True/Programmed')
    await unharmed()
  })
})

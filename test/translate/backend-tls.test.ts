// BackendTLSPolicies and the client certificate of a Gateway in the real Envoy: what the backend is shown, and that one
// that is not trusted gets nothing.
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { expect } from 'chai'
import type { Secret } from '../../controller/model/kinds.ts'
import { writeEmptyModules } from './empty-module.ts'
import { startCase } from './golden-envoy.ts'
import { readCase } from './world.ts'

describe('backend TLS in the real Envoy', function () {
  this.timeout(60_000)
  let folder: string
  let module: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-backend-tls-'))
    module = writeEmptyModules(folder)
  })
  after(() => rm(folder, { recursive: true, force: true }))

  const statuses = async (name: string, secret: string) => {
    await using backend = await startBackend(secret)
    await using envoy = await startCase(name, [backend.port, backend.port, backend.port], module)
    const ask = async (path: string) => {
      const response = await fetch(`${envoy.url('default/web/8080')}${path}`)
      return { status: response.status, text: await response.text() }
    }
    return { a: await ask('/a'), b: await ask('/b'), c: await ask('/c') }
  }

  it('trusts the bundle, by the server name or by alternative names', async () => {
    const { a, b } = await statuses('backend-tls', 'example')
    expect(a).to.deep.equal({ status: 200, text: 'sni example.com, client nobody' })
    expect(b).to.deep.equal({ status: 200, text: 'sni sni.test, client nobody' })
  })

  it('sends nothing to a certificate of somebody else', async () => {
    const { a, b } = await statuses('backend-tls', 'other')
    expect(a.status).to.equal(503)
    expect(b.status).to.equal(503)
  })

  it('sends nothing where a policy is not valid, and nothing in TLS where there is none', async () => {
    const { a, b, c } = await statuses('backend-tls-invalid', 'example')
    expect([a.status, b.status]).to.deep.equal([503, 503])
    // The backend speaks TLS only.
    expect(c.status).to.not.equal(200)
  })

  it("shows the Gateway's certificate", async () => {
    const { a } = await statuses('backend-client-certificate', 'example')
    expect(a).to.deep.equal({ status: 200, text: 'sni example.com, client other.test' })
  })
})

/** Answers with the server name it was asked for and the certificate that it was shown. */
const startBackend = async (name: string): Promise<AsyncDisposable & { port: number }> => {
  const secret = readCase('backend-client-certificate').snapshot.get('Secret', 'default', name) as Secret
  const pem = (key: string) => Buffer.from(secret.data?.[key] ?? '', 'base64')
  const options = { cert: pem('tls.crt'), key: pem('tls.key'), requestCert: true, rejectUnauthorized: false }
  const server: Server = createServer(options, (request, response) => {
    const socket = request.socket as TLSSocket & { servername?: string }
    const client = socket.getPeerCertificate().subject?.CN ?? 'nobody'
    response.end(`sni ${socket.servername}, client ${client}`)
  })
  server.on('tlsClientError', () => {})
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise(resolve => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

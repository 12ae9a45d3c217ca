// GRPCRoutes in the real Envoy with the real module: which rule takes a call, what our filters make of it, what clients
// read where there is no route or no backend.
import { once } from 'node:events'
import { connect, createServer, type IncomingHttpHeaders, type ServerHttp2Session } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { suiteModule } from '../filters/suite.ts'
import { startCase } from './golden-envoy.ts'

const LISTENER = 'default/web/8080'

describe('gRPC in the real Envoy', function () {
  this.timeout(120_000)
  let module: string

  before(async () => {
    module = await suiteModule()
  })

  it('goes by service, method and headers, with our filters', async () => {
    await using a = await startGrpc('a')
    await using b = await startGrpc('b')
    await using c = await startGrpc('c')
    await using envoy = await startCase('grpc', [a.port, b.port, c.port], module)
    const ask = (path: string, headers: Record<string, string> = {}) =>
      call(envoy.port(LISTENER), path, { ':authority': 'grpc.example.com', ...headers })

    const greeter = await ask('/shop.v1.Greeter/Other')
    expect(greeter).to.include({ by: 'a', status: '0', message: 'hello' })
    expect(greeter.headers['x-from']).to.equal('sluice')
    expect(a.calls.at(-1)).to.include({ ':path': '/shop.v1.Greeter/Other', 'x-env': 'prod', te: 'trailers' })

    const copy = await c.first
    expect(copy.headers).to.include({
      ':path': '/shop.v1.Greeter/Other',
      'x-env': 'prod',
      'content-type': 'application/grpc',
    })
    expect(copy.message).to.equal('hello')

    const said = new Set<string | undefined>()
    while (said.size < 2) said.add((await ask('/shop.v1.Greeter/Say')).by)
    expect([...said].sort()).to.deep.equal(['a', 'b'])
    expect(a.calls.at(-1)).to.not.have.property('x-env')
    expect(await ask('/some.Other/Say')).to.include({ by: 'b' })
    expect(await ask('/some.Other/Ask', { 'x-tenant': 'gold' })).to.include({ by: 'b' })
    expect(await ask('/some.Other/Ask')).to.include({ by: 'a' })
    await ask('/shop.v2.Other/GetAll')
    expect(a.calls.at(-1)).to.include({ 'x-of': 'a' })
    expect(c.calls.length).to.equal(1)

    expect(await ask('/any/thing', { ':authority': 'unknown.example.com' })).to.include({ status: '12' })
  })

  it('answers UNAVAILABLE where there is no backend', async () => {
    await using ours = await startGrpc('ours')
    await using envoy = await startCase('grpc-backends', [ours.port, 0, 0], module)
    const ask = (path: string) => call(envoy.port(LISTENER), path, {})
    expect(await ask('/ours/Get')).to.include({ by: 'ours', status: '0' })
    for (const service of ['gone', 'half', 'none', 'unready', 'h2c'])
      expect(await ask(`/${service}/Get`), service).to.include({ status: '14' })
    expect(await ask('/else/Get')).to.include({ status: '12' })
  })
})

interface Call {
  headers: IncomingHttpHeaders
  message: string
}

/** A server of every method: answers with what it was sent, and its own name. */
const startGrpc = async (name: string) => {
  const sessions = new Set<ServerHttp2Session>()
  const calls: IncomingHttpHeaders[] = []
  const { promise: first, resolve } = Promise.withResolvers<Call>()
  const server = createServer()
  server.on('session', session => sessions.add(session))
  server.on('stream', (stream, headers) => {
    const chunks: Buffer[] = []
    stream.on('error', () => {})
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      const body = Buffer.concat(chunks)
      calls.push(headers)
      resolve({ headers, message: unframed(body) })
      stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'x-by': name }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
      stream.end(body)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    calls,
    /** The first call that came. */
    first,
    [Symbol.asyncDispose]: async () => {
      for (const session of sessions) session.destroy()
      const closed = once(server, 'close')
      server.close()
      await closed
    },
  }
}

interface Reply {
  headers: IncomingHttpHeaders
  /** `grpc-status`, of the trailers or of a response without a body. */
  status: string | undefined
  by: string | undefined
  message: string
}

/** One unary call over cleartext HTTP/2 with prior knowledge. */
const call = async (port: number, path: string, headers: Record<string, string>): Promise<Reply> => {
  const session = connect(`http://127.0.0.1:${port}`)
  try {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    })
    let answer: IncomingHttpHeaders = {}
    let trailers: IncomingHttpHeaders = {}
    const chunks: Buffer[] = []
    stream.on('response', received => {
      answer = received
    })
    stream.on('trailers', received => {
      trailers = received
    })
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.end(framed('hello'))
    await once(stream, 'end')
    await new Promise(resolve => (stream.closed ? resolve(undefined) : stream.once('close', resolve)))
    const status = trailers['grpc-status'] ?? answer['grpc-status']
    return {
      headers: answer,
      status: status === undefined ? undefined : String(status),
      by: answer['x-by'] === undefined ? undefined : String(answer['x-by']),
      message: unframed(Buffer.concat(chunks)),
    }
  } finally {
    session.destroy()
  }
}

/** Not compressed, then the length (grpc PROTOCOL-HTTP2.md, Length-Prefixed-Message). */
const framed = (text: string): Buffer => {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(Buffer.byteLength(text), 1)
  return Buffer.concat([head, Buffer.from(text)])
}

const unframed = (body: Buffer): string => body.subarray(5).toString()

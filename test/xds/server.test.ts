// Sockets and streams: who may connect, what a broken client does, what a killed process leaves.
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js'
import { expect } from 'chai'
import { createXdsServer, type XdsEvent, type XdsServer, type XdsServerOptions } from '../../controller/serve/server.ts'
import { typeUrl } from '../../envoy/schema/any.ts'
import type { DeltaDiscoveryRequest, DeltaDiscoveryResponse } from '../../envoy/schema/envoy.gen.ts'
import { decodeJson, encodeJson } from '../../envoy/schema/registry.ts'
import { cluster } from './world.ts'

const METHOD = '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources'
const CLUSTER = typeUrl('envoy.config.cluster.v3.Cluster')

interface Stream extends Disposable {
  say(request: DeltaDiscoveryRequest | Buffer): void
  response(): Promise<DeltaDiscoveryResponse>
  ended: Promise<number>
}

const open = (address: string, metadata = new Metadata()): Stream => {
  const client = new Client(address, credentials.createInsecure())
  const call = client.makeBidiStreamRequest<Buffer, Buffer>(
    METHOD,
    bytes => bytes,
    bytes => bytes,
    metadata,
  )
  const heard: Buffer[] = []
  call.on('data', (bytes: Buffer) => {
    heard.push(bytes)
    call.emit('heard')
  })
  const ended = new Promise<number>(done => {
    call.once('error', (error: ServiceError) => done(error.code))
    call.once('end', () => done(status.OK))
  })
  return {
    say: request =>
      call.write(
        Buffer.isBuffer(request)
          ? request
          : Buffer.from(encodeJson('envoy.service.discovery.v3.DeltaDiscoveryRequest', request)),
      ),
    response: async () => {
      if (heard.length === 0) await once(call, 'heard')
      return decodeJson('envoy.service.discovery.v3.DeltaDiscoveryResponse', heard.shift()!)
    },
    ended,
    [Symbol.dispose]: () => {
      call.cancel()
      client.close()
    },
  }
}

describe('the xDS server', () => {
  let folder: string
  let socket: string
  let servers: XdsServer[]
  const serve = async (options?: XdsServerOptions) => {
    const server = createXdsServer(options)
    servers.push(server)
    await server.listen({ type: 'unix', path: socket })
    return server
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-xds-'))
    socket = join(folder, 'xds.sock')
    servers = []
  })
  afterEach(async () => {
    for (const server of servers) await server.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('has a socket that only its user may open', async () => {
    await serve()
    expect((await stat(socket)).mode & 0o777).to.equal(0o600)
  })

  it('takes the place of a process that was killed, not of one that lives', async () => {
    const other = createServer().listen(socket)
    await once(other, 'listening')
    const refusal = await serve().catch((error: Error) => error.message)
    expect(refusal).to.equal(`another process listens on ${socket}`)
    const probe = connect(socket)
    await once(probe, 'connect')
    probe.destroy()
    other.close()
    await once(other, 'close')
    // As a killed process leaves it: a socket that nobody answers on.
    const { execFileSync } = await import('node:child_process')
    execFileSync('python3', ['-c', `import socket; socket.socket(socket.AF_UNIX).bind('${socket}')`])
    await serve()
  })

  it('listens on TCP where it is told to, on a port that it tells', async () => {
    const server = createXdsServer()
    servers.push(server)
    const bound = await server.listen({ type: 'tcp', host: '127.0.0.1', port: 0 })
    expect(bound).to.have.property('port').that.is.greaterThan(0)
    server.set('p', [cluster('c')])
    using stream = open(`127.0.0.1:${(bound as { port: number }).port}`)
    stream.say({ node: { id: 'n', cluster: 'p' }, typeUrl: CLUSTER })
    expect((await stream.response()).resources?.map(({ name }) => name)).to.deep.equal(['c'])
  })

  it('gives each Envoy the configuration of the proxy that it is', async () => {
    const server = await serve()
    server.set('one', [cluster('a')])
    server.set('two', [cluster('b')])
    using one = open(`unix:${socket}`)
    using two = open(`unix:${socket}`)
    one.say({ node: { id: 'n', cluster: 'one' }, typeUrl: CLUSTER })
    two.say({ node: { id: 'n', cluster: 'two' }, typeUrl: CLUSTER })
    expect((await one.response()).resources?.map(({ name }) => name)).to.deep.equal(['a'])
    expect((await two.response()).resources?.map(({ name }) => name)).to.deep.equal(['b'])
  })

  it('turns away whom it does not know', async () => {
    const server = await serve({
      identify: async (node, metadata) => (metadata.get('authorization')[0] === 'Bearer good' ? node.id : undefined),
    })
    server.set('n', [cluster('c')])
    using stranger = open(`unix:${socket}`)
    stranger.say({ node: { id: 'n' }, typeUrl: CLUSTER })
    expect(await stranger.ended).to.equal(status.PERMISSION_DENIED)
    expect(server.status('n')?.envoys).to.deep.equal([])
    const metadata = new Metadata()
    metadata.set('authorization', 'Bearer good')
    using known = open(`unix:${socket}`, metadata)
    known.say({ node: { id: 'n' }, typeUrl: CLUSTER })
    expect((await known.response()).resources).to.have.lengthOf(1)
  })

  it('has it try again when it cannot be found out who it is', async () => {
    await serve({ identify: () => Promise.reject(new Error('nobody to ask')) })
    using stream = open(`unix:${socket}`)
    stream.say({ node: { id: 'n' }, typeUrl: CLUSTER })
    stream.say({ typeUrl: CLUSTER })
    expect(await stream.ended).to.equal(status.UNAVAILABLE)
  })

  it('ends a stream that talks nonsense, and serves the others on', async () => {
    const server = await serve()
    server.set('p', [cluster('c')])
    using good = open(`unix:${socket}`)
    using bad = open(`unix:${socket}`)
    bad.say(Buffer.from('nonsense'))
    expect(await bad.ended).to.equal(status.INVALID_ARGUMENT)
    good.say({ node: { id: 'n', cluster: 'p' }, typeUrl: CLUSTER })
    expect((await good.response()).resources).to.have.lengthOf(1)
  })

  it('leaves types that it does not serve unanswered', async () => {
    const server = await serve()
    server.set('p', [cluster('c')])
    using stream = open(`unix:${socket}`)
    stream.say({ node: { id: 'n', cluster: 'p' }, typeUrl: 'type.googleapis.com/envoy.service.runtime.v3.Runtime' })
    stream.say({ typeUrl: CLUSTER })
    expect((await stream.response()).typeUrl).to.equal(CLUSTER)
  })

  it('tells who came and went', async () => {
    const events: XdsEvent[] = []
    const gone = new Promise<void>(done => {
      void serve({
        onEvent: event => {
          events.push(event)
          if (event.type === 'disconnected') done()
        },
      }).then(server => {
        server.set('p', [])
        const stream = open(`unix:${socket}`)
        stream.say({ node: { id: 'n', cluster: 'p' }, typeUrl: CLUSTER })
        void stream.response().then(() => stream[Symbol.dispose]())
      })
    })
    await gone
    expect(events.map(({ type }) => type)).to.deep.equal(['connected', 'sent', 'disconnected'])
    expect(events[0]).to.include({ proxy: 'p', node: 'n' })
  })
})

// TLSRoutes, TCPRoutes and UDPRoutes in the real Envoy: which backend a connection or a datagram comes to, and which is
// turned away.
import { createSocket, type Socket as Datagrams } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSecureContext, TLSSocket, connect as tlsConnect } from 'node:tls'
import { expect } from 'chai'
import type { Secret } from '../../controller/model/kinds.ts'
import { writeEmptyModules } from './empty-module.ts'
import { startCase } from './golden-envoy.ts'
import { readCase } from './world.ts'

describe('streams in the real Envoy', function () {
  this.timeout(60_000)
  let folder: string
  let module: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-streams-'))
    module = writeEmptyModules(folder)
  })
  after(() => rm(folder, { recursive: true, force: true }))

  it('TCP: the oldest route, shares by weight, closed where nothing is', async () => {
    await using a = await startStream('a')
    await using b = await startStream('b')
    await using envoy = await startCase('tcp', [a.port, b.port, 0], module)
    expect(await greeting(connect(envoy.port('default/web/5432'), '127.0.0.1'))).to.equal('a plain')
    for (const idle of [5434, 5435])
      expect(await greeting(connect(envoy.port(`default/web/${idle}`), '127.0.0.1')), `${idle}`).to.equal('')
    const seen = new Map<string, number>()
    // 7 : 3 : 1 closed. 300 connections: a share of 3/11 is never less than 40 or more than 130 of them.
    for (let n = 0; n < 300; n++) {
      const text = await greeting(connect(envoy.port('default/web/5433'), '127.0.0.1'))
      seen.set(text, (seen.get(text) ?? 0) + 1)
    }
    expect([...seen.keys()].sort()).to.deep.equal(['', 'a plain', 'b plain'])
    expect(seen.get('b plain')).to.be.within(40, 130)
    expect(seen.get('')).to.be.within(5, 70)
  })

  it('TLS: passed on, ended here, and HTTPS beside both on one port', async () => {
    await using a = await startStream('a')
    await using b = await startStream('b')
    await using c = await startStream('c')
    await using envoy = await startCase('tls-routes', [a.port, b.port, c.port], module)
    const ask = (port: number, servername: string) => handshake(envoy.port(`default/web/${port}`), servername)
    expect(await ask(443, 'x.pass.test')).to.deep.equal({ subject: 'example.com', text: 'b tls' })
    expect(await ask(443, 'a.example.com')).to.deep.equal({ subject: '*.example.com', text: 'b plain' })
    expect((await ask(443, 'unknown.test')).subject).to.equal('other.test')
    expect(await ask(443, 'idle.pass.test')).to.deep.equal({})
    expect(await ask(8443, 'nowhere.test')).to.deep.equal({ subject: 'example.com', text: 'b tls' })
    expect(await ask(8443, 'y.pass.test')).to.deep.equal({})
    const answers = new Set<string | undefined>()
    // 2 : 1 closed.
    while (answers.size < 2) answers.add((await ask(443, 'y.pass.test')).text)
    expect([...answers].sort()).to.deep.equal(['c tls', undefined])
  })

  it('UDP: beside TCP on one port, and by weight', async () => {
    await using tcp = await startStream('tcp')
    await using udp = await startDatagrams('udp')
    await using other = await startDatagrams('other')
    await using envoy = await startCase('udp', [tcp.port, udp.port, other.port], module)
    expect(await greeting(connect(envoy.port('default/dns/5353'), '127.0.0.1'))).to.equal('tcp plain')
    await using single = exchange(envoy.port('default/dns/5353/udp'))
    expect(await single.until(({ size }) => size === 1)).to.deep.equal(['udp'])
    await using split = exchange(envoy.port('default/dns/5354/udp'))
    expect(await split.until(({ size }) => size === 2)).to.deep.equal(['other', 'udp'])
    expect(await envoy.admin('/stats?filter=cluster.udp/default/dns/5354/udp.membership_total')).to.include('4')
  })
})

/** Says its name and how it was spoken to: `tls` is a handshake of its own. */
const startStream = async (name: string): Promise<AsyncDisposable & { port: number }> => {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('data', first => {
      socket.pause()
      socket.unshift(first)
      if (first[0] !== HANDSHAKE) return socket.end(`${name} plain`)
      const tls = new TLSSocket(socket, { isServer: true, secureContext })
      tls.on('error', () => {})
      tls.once('secure', () => tls.end(`${name} tls`))
      return tls
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      const closed = once(server, 'close')
      server.close()
      await closed
    },
  }
}

/** The first byte of a TLS record that opens a connection (RFC 8446 5.1). */
const HANDSHAKE = 0x16

const secret = readCase('tls-routes').snapshot.get('Secret', 'default', 'example') as Secret
const secureContext = createSecureContext({
  cert: Buffer.from(secret.data?.['tls.crt'] ?? '', 'base64'),
  key: Buffer.from(secret.data?.['tls.key'] ?? '', 'base64'),
})

/** All that comes after a request, until the end of the connection; empty where it is turned away. */
const greeting = async (socket: Socket): Promise<string> => {
  let text = ''
  socket.on('error', () => {})
  socket.on('data', chunk => {
    text += chunk
  })
  socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
  socket.resume()
  await new Promise(resolve => socket.once('close', resolve))
  return text
}

const handshake = async (port: number, servername: string): Promise<{ subject?: string; text?: string }> => {
  const socket = tlsConnect({ port, host: '127.0.0.1', servername, rejectUnauthorized: false })
  const found: { subject?: string } = {}
  socket.once('secureConnect', () => {
    found.subject = String(socket.getPeerCertificate().subject.CN)
  })
  const text = await greeting(socket)
  return { ...found, ...(text && !text.startsWith('HTTP/') ? { text } : {}) }
}

const startDatagrams = async (name: string): Promise<AsyncDisposable & { port: number }> => {
  const socket = createSocket('udp4')
  socket.on('message', (_, from) => socket.send(name, from.port, from.address))
  await bound(socket)
  return { port: socket.address().port, [Symbol.asyncDispose]: () => ended(socket) }
}

const bound = async (socket: Datagrams): Promise<void> => {
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
}

const ended = async (socket: Datagrams): Promise<void> => {
  const closed = once(socket, 'close')
  socket.close()
  await closed
}

/** Asks from one socket after the other, which is a session each, until the answers are enough. */
const exchange = (port: number) => {
  const answers = new Set<string>()
  const sockets: Datagrams[] = []
  const ask = async (): Promise<void> => {
    const socket = createSocket('udp4')
    sockets.push(socket)
    await bound(socket)
    const answered = once(socket, 'message')
    socket.send('hello', port, '127.0.0.1')
    // A datagram may get lost, or be dropped for good reason: another is asked then.
    const [message] = (await Promise.race([answered, once(AbortSignal.timeout(200), 'abort')])) as [unknown]
    if (message instanceof Buffer) answers.add(message.toString())
  }
  return {
    until: async (isEnough: (answers: ReadonlySet<string>) => boolean): Promise<string[]> => {
      while (!isEnough(answers)) await ask()
      return [...answers].sort()
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(sockets.map(ended))
    },
  }
}

// Both ends of the wire as bytes: a client that sends what it is given and keeps all that comes back, and a backend that
// keeps all that arrives and answers 200.
import { connect, createServer, type Socket } from 'node:net'
import { takeMessage } from '../fuzz/wire.ts'

export interface RawBackend extends AsyncDisposable {
  port: number
  /** Everything that has arrived, one string per connection. */
  streams: { bytes: string }[]
}

export async function rawBackend(answer = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'): Promise<RawBackend> {
  const streams: { bytes: string }[] = []
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, socket => {
    const stream = { bytes: '' }
    let unread = ''
    streams.push(stream)
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      stream.bytes += chunk
      unread += chunk
      for (let message = takeMessage(unread); message; message = takeMessage(unread)) {
        unread = unread.slice(message.length)
        socket.write(answer, 'latin1')
      }
    })
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  return {
    port: (server.address() as { port: number }).port,
    streams,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise(done => server.close(done))
    },
  }
}

/** Sends bytes on a connection of their own and gives all that comes back until Envoy closes it: ask for `connection: close`. */
export const sendRaw = (port: number, bytes: string): Promise<string> =>
  new Promise(resolve => {
    let received = ''
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    socket.setEncoding('latin1').on('data', chunk => (received += chunk))
    socket.on('error', () => {}).on('close', () => resolve(received))
    socket.write(bytes, 'latin1')
  })

export const get = (host: string, target = '/p/a', headers: [string, string][] = []): string => {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return `GET ${target} HTTP/1.1\r\nhost: ${host}\r\n${lines}connection: close\r\n\r\n`
}

export const statusOf = (reply: string): string => reply.slice(9, 12)

/** Results in order, a few at a time. */
export async function inLanes<T>(count: number, run: (n: number) => Promise<T>): Promise<T[]> {
  const results: T[] = []
  let next = 0
  const lane = async (): Promise<void> => {
    for (let n = next++; n < count; n = next++) results[n] = await run(n)
  }
  await Promise.all(Array.from({ length: 16 }, lane))
  return results
}

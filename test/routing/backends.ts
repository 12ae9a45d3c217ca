// The backends of all Services that have endpoints: each request they get is kept under its `x-id` and told back.
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { createServer as createHttp2Server, type ServerHttp2Session } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { Sent } from './model/expected.ts'

/** The headers that worlds and requests speak of. */
export const HEADERS = ['x-a', 'x-b', 'x-c', 'x-d']
export const ID = 'x-id'
/** What every backend answers with. */
export const ANSWERED: Record<string, string> = { 'x-a': 'answered', 'x-c': 'answered' }

export interface Arrival extends Sent {
  to: string
}

export interface Backends extends AsyncDisposable {
  /** By `namespace/name` of the Service. */
  ports: ReadonlyMap<string, number>
  arrivals(id: string): readonly Arrival[]
  forget(): void
}

export async function startBackends(plain: readonly string[], rpc: readonly string[]): Promise<Backends> {
  const arrived = new Map<string, Arrival[]>()
  const take = (to: string, headers: IncomingHttpHeaders, sent: Omit<Sent, 'headers'>): string => {
    const arrival: Arrival = { to, ...sent, headers: known(headers) }
    const id = String(headers[ID])
    arrived.set(id, [...(arrived.get(id) ?? []), arrival])
    return JSON.stringify(arrival)
  }
  const sessions = new Set<ServerHttp2Session>()
  const names = [...plain, ...rpc]
  const servers = [
    ...plain.map(to =>
      createServer((incoming, response) => {
        const { headers, method = '', url = '' } = incoming
        const body = take(to, headers, { method, path: url, host: headers.host ?? '' })
        incoming.resume().on('end', () => response.writeHead(200, ANSWERED).end(body))
      }),
    ),
    ...rpc.map(to =>
      createHttp2Server()
        .on('session', session => sessions.add(session.once('close', () => sessions.delete(session))))
        .on('stream', (stream, headers) => {
          const [method = '', path = '', host = ''] = [':method', ':path', ':authority'].map(name =>
            String(headers[name]),
          )
          const body = take(to, headers, { method, path, host })
          stream.on('error', () => undefined)
          stream.respond({ ...ANSWERED, 'content-type': 'application/grpc' }, { waitForTrailers: true })
          stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
          stream.resume().on('end', () => stream.end(body))
        }),
    ),
  ]
  const ports = new Map<string, number>()
  for (const [index, server] of servers.entries()) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    ports.set(names[index]!, (server.address() as AddressInfo).port)
  }
  return {
    ports,
    arrivals: id => arrived.get(id) ?? [],
    forget: () => arrived.clear(),
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy()
      for (const server of servers) {
        if ('closeAllConnections' in server) server.closeAllConnections()
        await new Promise(done => server.close(done))
      }
    },
  }
}

/** Those we speak of, values of one name joined by a bare comma. */
export const known = (headers: IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(
    HEADERS.flatMap(name => {
      const value = headers[name]
      return value === undefined ? [] : [[name, tidy([value].flat().join(','))]]
    }),
  )

/** RFC 9110 5.6.1: white space around the commas of a list means nothing. */
export const tidy = (value: string): string => value.replace(/\s*,\s*/g, ',')

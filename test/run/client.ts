// Requests as clients of every kind send them, over kept connections: HTTP/1.1, HTTP/2 with prior knowledge, and both over TLS
// with ALPN. A request and an address flow in; status, headers, body and the certificate that was shown flow out.
import { Agent, type IncomingHttpHeaders, request as plainRequest } from 'node:http'
import { type ClientHttp2Session, connect as connectHttp2, constants } from 'node:http2'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'
import type { TLSSocket } from 'node:tls'
import type { Echo } from './world.ts'

export type Protocol = 'HTTP/1.1' | 'HTTP/2'

export interface Wanted {
  protocol: Protocol
  address: string
  port: number
  /** Over TLS, to this server name. */
  serverName?: string
  method: string
  path: string
  host: string
  headers?: Record<string, string | string[]>
  body?: string
}

export interface Reply {
  status: number
  headers: IncomingHttpHeaders
  body: string
  /** Subject of the certificate, where TLS was spoken. */
  certificate: string | undefined
}

export interface Client extends AsyncDisposable {
  /** Rejects where the connection breaks before the answer, or TLS fails. */
  send(wanted: Wanted): Promise<Reply>
}

export const echoOf = (reply: Reply): Echo => JSON.parse(reply.body) as Echo

/** One connection for each protocol, address and server name, kept until the client is disposed of. */
export function createClient(): Client {
  const plain = new Agent({ keepAlive: true, maxSockets: 4 })
  const tls = new TlsAgent({ keepAlive: true, maxSockets: 4, maxCachedSessions: 0 })
  const sessions = new Map<string, ClientHttp2Session>()

  const overHttp1 = (wanted: Wanted): Promise<Reply> =>
    new Promise((done, fail) => {
      const { address, port, serverName, method, path, host, headers, body = '' } = wanted
      const common = { host: address, port, method, path, headers: { ...headers, host } }
      const send =
        serverName === undefined
          ? plainRequest({ ...common, agent: plain })
          : tlsRequest({ ...common, agent: tls, servername: serverName, rejectUnauthorized: false })
      send.once('error', fail)
      send.once('response', incoming => {
        let text = ''
        const certificate = serverName === undefined ? undefined : subjectOf(incoming.socket as TLSSocket)
        incoming.setEncoding('utf8').on('data', chunk => (text += chunk))
        incoming.once('error', fail)
        incoming.once('end', () =>
          done({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: text, certificate }),
        )
      })
      send.end(body)
    })

  const sessionOf = ({ address, port, serverName }: Wanted): ClientHttp2Session => {
    const key = `${address}:${port}/${serverName}`
    const known = sessions.get(key)
    if (known && !known.closed && !known.destroyed) return known
    const session =
      serverName === undefined
        ? connectHttp2(`http://${address}:${port}`)
        : connectHttp2(`https://${address}:${port}`, {
            servername: serverName,
            rejectUnauthorized: false,
            ALPNProtocols: ['h2'],
          })
    // Each stream hears of it, too.
    session.on('error', () => undefined)
    sessions.set(key, session)
    return session
  }

  const overHttp2 = (wanted: Wanted): Promise<Reply> =>
    new Promise((done, fail) => {
      const session = sessionOf(wanted)
      const stream = session.request({
        ...wanted.headers,
        [constants.HTTP2_HEADER_METHOD]: wanted.method,
        [constants.HTTP2_HEADER_PATH]: wanted.path,
        [constants.HTTP2_HEADER_AUTHORITY]: wanted.host,
        [constants.HTTP2_HEADER_SCHEME]: wanted.serverName === undefined ? 'http' : 'https',
      })
      let status = 0
      let headers: IncomingHttpHeaders = {}
      let text = ''
      stream.once('error', fail)
      stream.once('response', answer => {
        status = Number(answer[constants.HTTP2_HEADER_STATUS])
        headers = answer as IncomingHttpHeaders
      })
      stream.setEncoding('utf8').on('data', chunk => (text += chunk))
      stream.once('end', () => {
        const certificate = wanted.serverName === undefined ? undefined : subjectOf(session.socket as TLSSocket)
        if (status > 0) done({ status, headers, body: text, certificate })
        else fail(new Error('the stream ended without an answer'))
      })
      stream.end(wanted.body)
    })

  return {
    send: wanted => (wanted.protocol === 'HTTP/1.1' ? overHttp1(wanted) : overHttp2(wanted)),
    async [Symbol.asyncDispose]() {
      plain.destroy()
      tls.destroy()
      for (const session of sessions.values()) session.destroy()
    },
  }
}

/** The common name. */
const subjectOf = (socket: TLSSocket): string | undefined => {
  const name = socket.getPeerCertificate().subject?.CN
  return Array.isArray(name) ? name[0] : name
}

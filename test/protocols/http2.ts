// Both ends of HTTP/2 in clear text: a backend that remembers, and one request of a client.
import { connect, createServer, type IncomingHttpHeaders, type ServerHttp2Session } from 'node:http2'

export interface Seen {
  headers: IncomingHttpHeaders
  body: string
  trailers: IncomingHttpHeaders
}

export interface H2Backend extends AsyncDisposable {
  port: number
  seen: Seen[]
  /** Resolves with the nth request (from 1) once it is over. */
  nth(n: number): Promise<Seen>
}

/** Answers 200 with the body it was sent, and `grpc-status: 0` in its trailers. */
export async function startH2Backend(): Promise<H2Backend> {
  const seen: Seen[] = []
  const waiting: { n: number; resolve: (one: Seen) => void }[] = []
  const sessions = new Set<ServerHttp2Session>()
  const server = createServer()
  server.on('session', session => {
    sessions.add(session)
    session.on('close', () => sessions.delete(session)).on('error', () => {})
  })
  server.on('stream', (stream, headers) => {
    const one: Seen = { headers, body: '', trailers: {} }
    stream.setEncoding('latin1').on('data', chunk => (one.body += chunk))
    stream.on('trailers', trailers => (one.trailers = trailers))
    // Node tells of trailers after the end.
    stream
      .on('error', () => {})
      .on('close', () => {
        seen.push(one)
        for (const { n, resolve } of waiting) if (n === seen.length) resolve(one)
      })
    stream.on('end', () => {
      stream.respond(
        { ':status': 200, 'content-type': headers['content-type'] ?? 'text/plain' },
        { waitForTrailers: true },
      )
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
      stream.end(one.body, 'latin1')
    })
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  return {
    port: (server.address() as { port: number }).port,
    seen,
    nth: n => (seen[n - 1] ? Promise.resolve(seen[n - 1]!) : new Promise(resolve => waiting.push({ n, resolve }))),
    [Symbol.asyncDispose]: async () => {
      for (const session of sessions) session.destroy()
      await new Promise(done => server.close(done))
    },
  }
}

/** One request over a connection of its own. */
export const callH2 = (
  port: number,
  headers: Record<string, string>,
  body = '',
  trailers?: Record<string, string>,
): Promise<Seen> =>
  new Promise((resolve, reject) => {
    const session = connect(`http://127.0.0.1:${port}`)
    session.on('error', reject)
    const stream = session.request(headers, {
      endStream: body === '' && !trailers,
      waitForTrailers: trailers !== undefined,
    })
    const reply: Seen = { headers: {}, body: '', trailers: {} }
    stream.on('response', received => (reply.headers = received))
    stream.on('trailers', received => (reply.trailers = received))
    stream.on('wantTrailers', () => stream.sendTrailers(trailers ?? {}))
    stream.setEncoding('latin1').on('data', chunk => (reply.body += chunk))
    stream.on('error', reject).on('close', () => {
      session.destroy()
      resolve(reply)
    })
    if (body !== '' || trailers) stream.end(body, 'latin1')
  })

// A backend for tests: answers what the test says and remembers every request as it came off the wire.
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Received {
  method: string
  path: string
  /** Names in lower case, in order of arrival, repeated ones kept apart. */
  headers: [name: string, value: string][]
  body: string
}

export interface Answer {
  status?: number
  headers?: [name: string, value: string][]
  body?: string
}

export interface Upstream extends AsyncDisposable {
  port: number
  /** In order of arrival (of the end of the request). */
  received: Received[]
  /** Resolves with the nth request (from 1) once it has come. */
  nth(n: number): Promise<Received>
}

/** Values of one header, in order. */
export const valuesOf = (message: { headers: [string, string][] }, name: string): string[] =>
  message.headers.filter(([key]) => key === name).map(([, value]) => value)

export async function startUpstream(
  answer: (request: Received) => Answer | Promise<Answer> = () => ({}),
): Promise<Upstream> {
  const received: Received[] = []
  const waiting: { n: number; resolve: (request: Received) => void }[] = []
  const server = createServer(async (message, response) => {
    const request = await read(message)
    received.push(request)
    for (const { n, resolve } of waiting) if (n === received.length) resolve(request)
    const { status = 200, headers = [], body = 'ok' } = await answer(request)
    response.writeHead(status, headers.flat()).end(body)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    received,
    nth: n => {
      const come = received[n - 1]
      return come ? Promise.resolve(come) : new Promise(resolve => waiting.push({ n, resolve }))
    },
    [Symbol.asyncDispose]: () => close(server),
  }
}

export interface Reply {
  status: number
  headers: [name: string, value: string][]
  body: string
}

export interface Call {
  method?: string
  path?: string
  headers?: Record<string, string | string[]>
  /** Several chunks are sent apart. */
  body?: string | string[]
}

/** One request on a connection of its own, byte for byte as asked (paths are not normalised). */
export function call(port: number, { method = 'GET', path = '/', headers = {}, body }: Call = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent: false }, message => {
      read(message).then(({ headers, body }) => resolve({ status: message.statusCode ?? 0, headers, body }), reject)
    })
    request.once('error', reject)
    const chunks = body === undefined ? [] : [body].flat()
    const send = (at: number): void => {
      const chunk = chunks[at]
      if (chunk === undefined) request.end()
      else request.write(chunk, () => setImmediate(send, at + 1))
    }
    send(0)
  })
}

async function read(message: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  const headers: [string, string][] = []
  for (let i = 0; i + 1 < message.rawHeaders.length; i += 2)
    headers.push([(message.rawHeaders[i] ?? '').toLowerCase(), message.rawHeaders[i + 1] ?? ''])
  return { method: message.method ?? '', path: message.url ?? '', headers, body: Buffer.concat(chunks).toString() }
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(() => resolve()))
  server.closeAllConnections()
  await closed
}

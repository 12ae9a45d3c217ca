// The smallest world a route can live in: an echo backend on a free port, and the YAML of a Gateway and Backends around it.
import { once } from 'node:events'
import { type Agent, createServer, type IncomingHttpHeaders, request } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Echo {
  backend: string
  method: string
  path: string
  headers: IncomingHttpHeaders
  body: string
}

export interface EchoBackend extends AsyncDisposable {
  name: string
  port: number
  /** Everything it was asked, in order. */
  seen: readonly Echo[]
  /** Resolves once `count` requests have been seen. */
  reached(count: number): Promise<void>
}

/** Answers 200 with what it was asked, as JSON. */
export async function echoBackend(name: string): Promise<EchoBackend> {
  const seen: Echo[] = []
  const waiting = new Set<() => void>()
  const server = createServer((incoming, response) => {
    let body = ''
    incoming.setEncoding('latin1').on('data', chunk => (body += chunk))
    incoming.on('end', () => {
      const echo: Echo = {
        backend: name,
        method: incoming.method ?? '',
        path: incoming.url ?? '',
        headers: incoming.headers,
        body,
      }
      seen.push(echo)
      for (const look of waiting) look()
      // For timeouts: no answer at all.
      if (incoming.headers['x-hang']) return
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(echo))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    name,
    port: (server.address() as AddressInfo).port,
    seen,
    reached: count =>
      new Promise(done => {
        const look = () => {
          if (seen.length < count) return
          waiting.delete(look)
          done()
        }
        waiting.add(look)
        look()
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(done => server.close(done))
    },
  }
}

export const gateway = (address: string, port = 8080) => `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: web }
spec:
  gatewayClassName: sluice
  addresses: [{ type: IPAddress, value: ${address} }]
  listeners: [{ name: http, protocol: HTTP, port: ${port} }]
`

export const backend = (name: string, port: number) => `
apiVersion: sluice.dev/v1alpha1
kind: Backend
metadata: { name: ${name} }
spec: { endpoints: [{ host: 127.0.0.1, port: ${port} }] }
`

/** A route of one rule for a path prefix; `rest` is the rule's YAML below it, indented by four. */
export const route = (name: string, prefix: string, rest: string) => `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${name} }
spec:
  parentRefs: [{ name: web }]
  rules:
  - matches: [{ path: { type: PathPrefix, value: ${prefix} } }]
${rest}
`

export const to = (name: string) => `    backendRefs: [{ group: sluice.dev, kind: Backend, name: ${name} }]`

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
  /** The body of an echo backend, parsed. */
  echo: Echo
}

export interface Ask {
  /** Keeps connections; without one each request has its own. */
  agent?: Agent
  method?: string
  headers?: Record<string, string | string[]>
  body?: string
}

/** One request. */
export const ask = (url: string, { agent, method = 'GET', headers = {}, body = '' }: Ask = {}) =>
  new Promise<Answer>((resolve, reject) => {
    const outgoing = request(url, { method, headers, agent: agent ?? false }, incoming => {
      let text = ''
      incoming.setEncoding('utf8').on('data', chunk => (text += chunk))
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: text,
          get echo() {
            return JSON.parse(text) as Echo
          },
        }),
      )
      incoming.on('error', reject)
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })

/** Asks until the answer passes; the last answer is in the error otherwise. */
export async function askUntil(url: string, test: (answer: Answer) => boolean, options: Ask = {}): Promise<Answer> {
  let last: unknown
  for (const end = Date.now() + 10_000; Date.now() < end; ) {
    try {
      const answer = await ask(url, options)
      if (test(answer)) return answer
      last = `${answer.status} ${answer.body}`
    } catch (error) {
      last = error
    }
    await new Promise(done => setTimeout(done, 5))
  }
  throw new Error(`no such answer from ${url}; the last: ${last}`)
}

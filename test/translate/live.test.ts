// Golden cases, asked: their bootstraps run in the real Envoy, requests go in, and which route took them and what came
// back is compared. The filters' own work is tested with the module; here they are off.
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { staticBootstrap } from '../../controller/emit/static.ts'
import type { Proxy as ProxyIr } from '../../controller/ir/ir.ts'
import { translate } from '../../controller/translate/translate.ts'
import type { Bootstrap } from '../../envoy/schema/envoy.gen.ts'
import { startEnvoy } from '../envoy/static.ts'
import { writeEmptyModules } from './empty-module.ts'
import { readCase } from './world.ts'

interface Row {
  /** `METHOD path`, with GET left out. */
  ask: string
  headers?: Record<string, string | string[]>
  /** Over TLS, to this server name. */
  to?: string
  status: number
  /** `rule/match` of the route that took it. */
  route?: string
  answers?: Record<string, string | undefined>
}

const worlds: Record<string, Row[]> = {
  'match-precedence': [
    { ask: '/api', status: 200, route: 'shop/1/6' },
    { ask: '/api/v7', status: 200, route: 'shop/1/5' },
    { ask: '/api/v2/x', status: 200, route: 'shop/1/4' },
    { ask: 'POST /api/x', status: 200, route: 'shop/1/2' },
    { ask: '/api/x', headers: { 'x-a': '1' }, status: 200, route: 'shop/1/1' },
    { ask: '/api/x?q=1', status: 200, route: 'shop/1/0' },
    { ask: '/api/', status: 200, route: 'shop/1/3' },
    { ask: '/apis', status: 200, route: 'shop/0/0' },
    { ask: '//api//v2//x', status: 200, route: 'shop/1/4' },
    { ask: '/y/../api/v2/x', status: 200, route: 'shop/1/4' },
    { ask: '/api%2Fv2', status: 200, route: 'shop/0/0' },
  ],
  'match-headers': [
    {
      ask: '/',
      headers: { 'x-version': 'v2', host: 'shop.example', cookie: 'a=b; beta=1' },
      status: 200,
      route: 'shop/0/0',
    },
    { ask: '/', headers: { 'x-version': 'v2', host: 'shop.example', cookie: 'beta=10' }, status: 404 },
    { ask: '/', headers: { 'x-version': 'v3', host: 'shop.example', cookie: 'beta=1' }, status: 404 },
    { ask: '/', headers: { 'x-version': 'v2', host: 'other.example', cookie: 'beta=1' }, status: 404 },
  ],
  'match-headers-repeated': [
    { ask: '/', headers: { 'x-version': ['v1', 'v2'] }, status: 200, route: 'shop/0/0' },
    { ask: '/', headers: { 'x-version': ['v2', 'v1'] }, status: 200, route: 'shop/0/0' },
    { ask: '/', headers: { 'x-version': 'v1, v2' }, status: 404 },
  ],
  'match-query': [
    { ask: '/?Color=blue&color=grey', status: 200, route: 'shop/0/0' },
    { ask: '/?Color=blue&color=grey&color=red', status: 200, route: 'shop/0/0' },
    { ask: '/?Color=blue&color=red', status: 404 },
    { ask: '/?color=blue', status: 404 },
  ],
  'hosts-fall-through': [
    { ask: '/exact', headers: { host: 'www.example.com' }, status: 200, route: 'exact/0/0' },
    { ask: '/exact', headers: { host: 'www.example.com:1234' }, status: 200, route: 'exact/0/0' },
    { ask: '/wild', headers: { host: 'www.example.com' }, status: 200, route: 'wild/0/0' },
    { ask: '/x', headers: { host: 'www.example.com' }, status: 200, route: 'all/0/0' },
    { ask: '/wild', headers: { host: 'a.b.com' }, status: 200, route: 'wild/0/0' },
    { ask: '/wild', headers: { host: 'other.test' }, status: 200, route: 'all/0/0' },
  ],
  'listener-isolation': [
    { ask: '/any', headers: { host: 'bar.com' }, status: 200, route: 'any/0/0' },
    { ask: '/any', headers: { host: 'x.example.com' }, status: 404 },
    { ask: '/example', headers: { host: 'x.example.com' }, status: 200, route: 'example/0/0' },
    { ask: '/example', headers: { host: 'x.foo.example.com' }, status: 404 },
    { ask: '/abc', headers: { host: 'abc.foo.example.com' }, status: 200, route: 'abc/0/0' },
    { ask: '/any', headers: { host: 'abc.foo.example.com' }, status: 404 },
  ],
  'backend-missing': [{ ask: '/gone', status: 500 }],
  'backend-empty': [{ ask: '/', status: 503 }],
  'filter-headers-framing': [
    { ask: '/bad', status: 500 },
    { ask: '/', status: 200, route: 'shop/1/0' },
  ],
  redirect: [
    {
      ask: '/scheme?q=1',
      headers: { host: 'h.example' },
      status: 301,
      answers: { location: 'https://h.example/scheme?q=1' },
    },
    {
      ask: '/scheme',
      headers: { host: 'h.example:8080' },
      status: 301,
      answers: { location: 'https://h.example:443/scheme' },
    },
    {
      ask: '/host',
      headers: { host: 'h.example' },
      status: 302,
      answers: { location: 'http://other.example:8080/host' },
    },
    {
      ask: '/port',
      headers: { host: 'h.example:1' },
      status: 308,
      answers: { location: 'https://h.example:8443/port' },
    },
    {
      ask: '/full/x?q',
      headers: { host: 'h.example' },
      status: 303,
      answers: { location: 'http://h.example:8080/new?q' },
    },
    {
      ask: '/old/x/',
      headers: { host: 'h.example' },
      status: 307,
      answers: { location: 'http://h.example:8080/new/x/' },
    },
    { ask: '/old', headers: { host: 'h.example' }, status: 307, answers: { location: 'http://h.example:8080/new' } },
    { ask: '/a.b+c/x', headers: { host: 'h.example' }, status: 302, answers: { location: 'http://h.example:8080/x' } },
    { ask: '/a.b+c', headers: { host: 'h.example' }, status: 302, answers: { location: 'http://h.example:8080/' } },
    {
      ask: '/x/y',
      headers: { host: 'h.example' },
      status: 302,
      answers: { location: 'http://h.example:8080/all/x/y' },
    },
  ],
  cors: [
    {
      ask: 'OPTIONS /narrow',
      headers: {
        origin: 'https://a.b.bar.com',
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'x-header-1',
      },
      status: 200,
      answers: {
        'access-control-allow-origin': 'https://a.b.bar.com',
        'access-control-allow-methods': 'GET, OPTIONS',
        'access-control-allow-headers': 'x-header-1, x-header-2',
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': 'x-header-3',
        'access-control-max-age': '3600',
      },
    },
    {
      ask: '/narrow',
      headers: { origin: 'https://bar.com.evil.test' },
      status: 200,
      answers: { 'access-control-allow-origin': undefined },
    },
    {
      ask: '/narrow',
      headers: { origin: 'http://any.test:8080' },
      status: 200,
      answers: { 'access-control-allow-origin': 'http://any.test:8080' },
    },
    {
      ask: 'OPTIONS /narrow',
      headers: { origin: 'https://evil.test', 'access-control-request-method': 'GET' },
      status: 200,
      answers: { 'access-control-allow-origin': undefined },
    },
    {
      ask: 'OPTIONS /wide',
      headers: { origin: 'https://any.test:1234', 'access-control-request-method': 'POST' },
      status: 200,
      answers: {
        'access-control-allow-origin': 'https://any.test:1234',
        'access-control-allow-credentials': undefined,
        'access-control-max-age': '5',
      },
    },
  ],
  'cors-credentials': [
    {
      ask: 'OPTIONS /',
      headers: {
        origin: 'https://any.test',
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'x-one, x-two',
      },
      status: 200,
      answers: {
        'access-control-allow-origin': 'https://any.test',
        'access-control-allow-methods': 'PUT',
        'access-control-allow-headers': 'x-one, x-two',
        'access-control-allow-credentials': 'true',
      },
    },
  ],
  tls: [
    { ask: '/', to: 'a.example.com', headers: { host: 'a.example.com' }, status: 200, route: 'shop/0/0' },
    { ask: '/', to: 'a.example.com', headers: { host: 'b.example.com' }, status: 200, route: 'shop/0/0' },
    { ask: '/', to: 'a.example.com', headers: { host: 'example.com' }, status: 421 },
    { ask: '/', to: 'a.example.com', headers: { host: 'unknown.test' }, status: 421 },
    { ask: '/', to: 'example.com', headers: { host: 'example.com' }, status: 404 },
    { ask: '/', to: 'unknown.test', headers: { host: 'unknown.test' }, status: 404 },
    { ask: '/', to: 'unknown.test', headers: { host: 'a.example.com' }, status: 421 },
    {
      ask: '/x',
      to: 'unknown.test',
      headers: { host: 'old.test' },
      status: 301,
      answers: { location: 'https://old.test/x' },
    },
  ],
  timeouts: [
    { ask: '/request', headers: { 'x-hang': '1' }, status: 504 },
    { ask: '/backend', headers: { 'x-hang': '1' }, status: 504 },
    { ask: '/never', status: 200, route: 'shop/2/0' },
  ],
}

describe('golden worlds in the real Envoy', function () {
  this.timeout(60_000)
  let folder: string
  let module: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-live-'))
    module = writeEmptyModules(folder)
  })
  after(() => rm(folder, { recursive: true, force: true }))

  for (const [name, rows] of Object.entries(worlds))
    it(name, async () => {
      await using backend = await startBackend()
      const [proxy] = translationOf(name).proxies
      const listener = proxy!.listeners[0]!.id
      await using envoy = await startEnvoy(bootstrapOf(proxy!, module, backend.port))
      for (const row of rows) {
        const reply = await ask(envoy.port(listener), row)
        const told = { status: reply.statusCode, ...(row.route ? { route: reply.headers['x-route'] } : {}) }
        const wanted = { status: row.status, ...(row.route ? { route: `HTTPRoute/default/${row.route}` } : {}) }
        expect(told, row.ask).to.deep.equal(wanted)
        for (const [key, value] of Object.entries(row.answers ?? {}))
          expect(reply.headers[key], `${row.ask}: ${key}`).to.equal(value)
      }
    })
})

const translationOf = (name: string) => {
  const { snapshot, options } = readCase(name)
  return translate(snapshot, options)
}

const ask = async (port: number, row: Row): Promise<IncomingMessage> => {
  const [path, method = 'GET'] = row.ask.split(' ').reverse() as [string, string?]
  const options = { host: '127.0.0.1', port, path, method, headers: row.headers ?? {}, agent: false }
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const request = row.to
    ? httpsRequest({ ...options, servername: row.to, rejectUnauthorized: false }, resolve)
    : httpRequest(options, resolve)
  request.once('error', reject).end()
  const reply = await promise
  reply.resume()
  return reply
}

/** Answers 200, but nothing at all to who asks it to hang. */
const startBackend = async (): Promise<AsyncDisposable & { port: number }> => {
  const server = createServer((request, response) => {
    if (!request.headers['x-hang']) response.end('ok')
  })
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

/** The case's bootstrap on free ports, all its endpoints one backend; a route says its name in `x-route`. */
const bootstrapOf = (proxy: ProxyIr, module: string, backend: number): Bootstrap => {
  const bootstrap = staticBootstrap(proxy, { module, reusePort: false, accessLog: 'None', systemCertificates: '' })
  const text = JSON.stringify(bootstrap)
    .replace(/"address":"127\.0\.0\.1","portValue":90\d\d/g, `"address":"127.0.0.1","portValue":${backend}`)
    .replace(
      /("name":"default\/web\/\d+","address":\{"socketAddress":\{"address":"127\.0\.0\.1","portValue":)\d+/g,
      '$10',
    )
    .replaceAll(
      '"ignorePortInHostMatching":true',
      '"ignorePortInHostMatching":true,"responseHeadersToAdd":[{"header":{"key":"x-route","value":"%ROUTE_NAME%"}}]',
    )
  return JSON.parse(text) as Bootstrap
}

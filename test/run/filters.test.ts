// Each of the four filters, from YAML to the wire: `sluice run`, a real Envoy, the modules in Wasm.

import { get } from 'node:http'
import { expect } from 'chai'
import { eventually } from '../eventually.ts'
import { type Folder, folder, type Running, runSluice } from './sluice.ts'
import { ask, backend, type EchoBackend, echoBackend, gateway, route, to } from './world.ts'

describe('sluice run: the four filters', () => {
  let shop: EchoBackend
  let shadow: EchoBackend
  let dir: Folder
  let sluice: Running
  let url: string

  before(async () => {
    shop = await echoBackend('shop')
    shadow = await echoBackend('shadow')
    dir = await folder()
    await dir.write(
      'world.yaml',
      [
        gateway(dir.address),
        backend('shop', shop.port),
        backend('shadow', shadow.port),
        route(
          'headers',
          '/headers',
          `    filters:
    - type: RequestHeaderModifier
      requestHeaderModifier:
        set: [{ name: x-set, value: new }]
        add: [{ name: x-add, value: two }]
        remove: [x-gone]
    - type: ResponseHeaderModifier
      responseHeaderModifier: { set: [{ name: cache-control, value: no-store }] }
${to('shop')}`,
        ),
        route(
          'rewrite',
          '/shop',
          `    filters:
    - type: URLRewrite
      urlRewrite: { hostname: shop.internal, path: { type: ReplacePrefixMatch, replacePrefixMatch: /api/v2 } }
${to('shop')}`,
        ),
        route(
          'mirror',
          '/mirrored',
          `    filters:
    - type: RequestMirror
      requestMirror: { backendRef: { group: sluice.dev, kind: Backend, name: shadow } }
${to('shop')}`,
        ),
        route(
          'limit',
          '/limited',
          `    filters:
    - type: ResponseHeaderModifier
      responseHeaderModifier: { set: [{ name: x-limited-by, value: sluice }] }
    - type: ExtensionRef
      extensionRef: { group: sluice.dev, kind: RateLimit, name: tenant }
${to('shop')}`,
        ),
        route(
          'limit-too',
          '/limited-too',
          `    filters:
    - { type: ExtensionRef, extensionRef: { group: sluice.dev, kind: RateLimit, name: tenant } }
${to('shop')}`,
        ),
        `
apiVersion: sluice.dev/v1alpha1
kind: RateLimit
metadata: { name: tenant }
spec:
  limits:
  - { name: tenant, requests: 3, unit: Hour, key: [{ type: Header, name: x-tenant }] }
`,
      ].join('---\n'),
    )
    sluice = runSluice(dir.path)
    url = (await sluice.live)[0] ?? ''
  })

  after(async () => {
    await sluice?.stop()
    await dir?.[Symbol.asyncDispose]()
    await shop?.[Symbol.asyncDispose]()
    await shadow?.[Symbol.asyncDispose]()
  })

  it('says where it listens', () => {
    expect(url).to.equal(`http://${dir.address}:8080`)
  })

  it('sets, adds and removes request headers, sets response headers', async () => {
    const answer = await ask(`${url}/headers`, { headers: { 'x-set': 'old', 'x-add': 'one', 'x-gone': '1' } })
    expect(answer.status).to.equal(200)
    expect(answer.echo.headers).to.include({ 'x-set': 'new', 'x-add': 'one, two' })
    expect(answer.echo.headers).not.to.have.property('x-gone')
    expect(answer.headers['cache-control']).to.equal('no-store')
  })

  it('rewrites host and path, and keeps the query', async () => {
    const { echo } = await ask(`${url}/shop/items?page=2`)
    expect(echo.path).to.equal('/api/v2/items?page=2')
    expect(echo.headers.host).to.equal('shop.internal')
  })

  it('copies a request to the mirror, body included', async () => {
    const before = shadow.seen.length
    const answer = await ask(`${url}/mirrored/x`, { method: 'POST', body: 'hello' })
    expect(answer.echo).to.include({ backend: 'shop', body: 'hello' })
    await shadow.reached(before + 1)
    expect(shadow.seen.at(-1)).to.include({ method: 'POST', path: '/mirrored/x', body: 'hello' })
  })

  it('limits each tenant on its own, and edits the headers of its own reply', async () => {
    const statuses = []
    for (let i = 0; i < 5; i++) statuses.push((await ask(`${url}/limited`, { headers: { 'x-tenant': 'a' } })).status)
    expect(statuses).to.deep.equal([200, 200, 200, 429, 429])
    const limited = await ask(`${url}/limited`, { headers: { 'x-tenant': 'a' } })
    expect(limited.headers).to.have.property('retry-after')
    expect(limited.headers['x-limited-by']).to.equal('sluice')
    expect((await ask(`${url}/limited`, { headers: { 'x-tenant': 'b' } })).status).to.equal(200)
  })

  it('has one bucket for all routes that refer to the same limit', async () => {
    const statuses = []
    for (const path of ['/limited', '/limited-too', '/limited', '/limited-too', '/limited'])
      statuses.push((await ask(`${url}${path}`, { headers: { 'x-tenant': 'shared' } })).status)
    expect(statuses).to.deep.equal([200, 200, 200, 429, 429])
  })

  it('counts what each filter decided, by policy and outcome, for Prometheus', async () => {
    const { admin } = await sluice.logged(line => typeof line.admin === 'string')
    const query = { socketPath: String(admin), path: '/stats/prometheus?filter=sluice' }
    const stats = (): Promise<string> =>
      new Promise((done, fail) => {
        get(query, response => {
          let body = ''
          response.setEncoding('utf8').on('data', chunk => (body += chunk))
          response.on('end', () => done(body))
        }).on('error', fail)
      })
    const row = /^sluice_decisions_total\{(.*policy="default\/tenant".*outcome="limited".*)\} (\d+)$/m
    await eventually(async () => {
      const limited = row.exec(await stats())
      expect(limited?.[1]).to.include('filter="rate-limit"')
      expect(Number(limited?.[2])).to.be.at.least(3)
    })
  })

  it('answers 404 where no rule matches', async () => {
    expect((await ask(`${url}/elsewhere`)).status).to.equal(404)
  })
})

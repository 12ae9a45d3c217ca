// Shares of requests, counted: weights and sampled mirrors. Each count lies within five standard deviations of what is expected:
// one run in two million would not.
import { expect } from 'chai'
import { filesOf } from './cases.ts'
import { type Client, createClient, echoOf, type Protocol } from './client.ts'
import { type Folder, folder, runSluice } from './sluice.ts'
import { type EchoBackend, echoBackend } from './world.ts'

const REQUESTS = 1_500

const ref = (name: string) => `group: sluice.dev, kind: Backend, name: ${name}`
const mirror = (name: string, share: string) =>
  `{ type: RequestMirror, requestMirror: { backendRef: { ${ref(name)} }${share} } }`
const mirrored = (path: string, share: string) => `
  - matches: [{ path: { value: ${path} } }]
    filters: [${mirror('c', share)}]
    backendRefs: [{ ${ref('a')} }]`

const world = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: web }
spec: { listeners: [{ name: http, protocol: HTTP, port: 8080 }] }
---
apiVersion: sluice.dev/v1alpha1
kind: Backend
metadata: { name: c, namespace: elsewhere }
spec: { endpoints: [{ host: 127.0.0.1, port: PORT_c }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: shares }
spec:
  parentRefs: [{ name: web }]
  rules:
  - matches: [{ path: { value: /nine-to-one } }]
    backendRefs: [{ ${ref('a')}, weight: 9 }, { ${ref('b')}, weight: 1 }]
  - matches: [{ path: { value: /with-filters } }]
    backendRefs:
    - { ${ref('a')}, weight: 1 }
    - { ${ref('b')}, weight: 2, filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x-of, value: b }] } }] }
  - matches: [{ path: { value: /never-b } }]
    backendRefs: [{ ${ref('a')}, weight: 1 }, { ${ref('b')}, weight: 0 }]
  - matches: [{ path: { value: /partly-missing } }]
    backendRefs: [{ ${ref('a')}, weight: 3 }, { ${ref('gone')}, weight: 1 }]
${[
  mirrored('/percent', ', percent: 25'),
  mirrored('/fraction', ', fraction: { numerator: 1, denominator: 3 }'),
  mirrored('/no-percent', ', percent: 0'),
  mirrored('/no-fraction', ', fraction: { numerator: 0, denominator: 7 }'),
  mirrored('/all', ''),
].join('')}
  - matches: [{ path: { value: /forbidden } }]
    filters: [{ type: RequestMirror, requestMirror: { backendRef: { ${ref('c')}, namespace: elsewhere } } }]
    backendRefs: [{ ${ref('a')} }]
`

/** Five standard deviations around the mean of a binomial distribution. */
const around = (share: number, of = REQUESTS): [number, number] => {
  const spread = 5 * Math.sqrt(of * share * (1 - share))
  return [of * share - spread, of * share + spread]
}

describe('sluice run: shares', function () {
  this.timeout(120_000)
  const stack = new AsyncDisposableStack()
  let dir: Folder
  let client: Client
  let c: EchoBackend

  before(async () => {
    const [a, b, copies] = await Promise.all(['a', 'b', 'c'].map(async name => stack.use(await echoBackend(name))))
    c = copies!
    dir = stack.use(await folder())
    client = stack.use(createClient())
    const backends = { a: a!, b: b!, c }
    await dir.write(
      'world.yaml',
      filesOf({ name: 'here', yaml: world, rows: [] }, { addressOf: () => dir.address, backends }),
    )
    await stack.use(runSluice(dir.path)).live
  })
  after(() => stack.disposeAsync())

  /** By status, or by backend and what it saw of the filter of its own. */
  const count = async (path: string, protocol: Protocol, requests = REQUESTS): Promise<Map<string, number>> => {
    const found = new Map<string, number>()
    const one = async () => {
      const reply = await client.send({ protocol, address: dir.address, port: 8080, method: 'GET', path, host: 'x' })
      const echo = reply.status === 200 ? echoOf(reply) : undefined
      const what = echo ? `${echo.backend}${echo.headers['x-of'] ? '+' : ''}` : String(reply.status)
      found.set(what, (found.get(what) ?? 0) + 1)
    }
    for (let sent = 0; sent < requests; sent += 50) await Promise.all(Array.from({ length: 50 }, one))
    return found
  }

  for (const protocol of ['HTTP/1.1', 'HTTP/2'] as const) {
    it(`go by weight, over ${protocol}`, async () => {
      const counts = await count('/nine-to-one', protocol)
      expect([...counts.keys()].sort()).to.deep.equal(['a', 'b'])
      expect(counts.get('b')).to.be.within(...around(0.1))
    })
  }

  it('go by weight where a backend has filters of its own, which no other gets', async () => {
    const counts = await count('/with-filters', 'HTTP/2')
    expect([...counts.keys()].sort()).to.deep.equal(['a', 'b+'])
    expect(counts.get('a')).to.be.within(...around(1 / 3))
  })

  it('of weight 0 are none', async () => {
    expect([...(await count('/never-b', 'HTTP/1.1', 500))]).to.deep.equal([['a', 500]])
  })

  it('of a backend that is missing are answered with 500', async () => {
    const counts = await count('/partly-missing', 'HTTP/2')
    expect([...counts.keys()].sort()).to.deep.equal(['500', 'a'])
    expect(counts.get('500')).to.be.within(...around(0.25))
  })

  /** Copies come late: until one of a request that came afterwards is there, and as many as have to be. */
  const copiesOf = async (path: string, least: number): Promise<number> => {
    const seen = () => c.seen.filter(echo => echo.path === path).length
    await count('/all', 'HTTP/2', 50)
    for (const end = Date.now() + 10_000; Date.now() < end && seen() < least; )
      await new Promise(done => setTimeout(done, 10))
    return seen()
  }

  for (const [path, share] of [
    ['/percent', 0.25],
    ['/fraction', 1 / 3],
  ] as const)
    it(`are copied: ${path}`, async () => {
      const [least, most] = around(share)
      expect([...(await count(path, 'HTTP/2'))]).to.deep.equal([['a', REQUESTS]])
      expect(await copiesOf(path, least)).to.be.within(least, most)
    })

  for (const path of ['/no-percent', '/no-fraction', '/forbidden'])
    it(`are never copied: ${path}`, async () => {
      expect([...(await count(path, 'HTTP/1.1', 300))]).to.deep.equal([['a', 300]])
      const all = c.seen.filter(echo => echo.path === '/all').length
      await copiesOf('/all', all + 50)
      expect(c.seen.filter(echo => echo.path === path)).to.deep.equal([])
    })
})

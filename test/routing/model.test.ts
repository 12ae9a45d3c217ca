// The model against the specification's own examples: its tables and sentences, word for word where there are any.
import { expect } from 'chai'
import { bareHost, intersect, matchesHost } from './model/hostnames.ts'
import { takes } from './model/match.ts'
import { expected } from './model/model.ts'
import { changedPath, normalPath } from './model/paths.ts'
import type { Match, Request, Rule, World } from './objects.ts'

const GET: Request = {
  protocol: 'HTTP/1.1',
  gateway: 'default/g1',
  port: 80,
  method: 'GET',
  path: '/',
  host: 'a.example',
  headers: [],
}

const world = (rules: Rule[], hostname?: string): World => ({
  namespaces: [],
  gateways: [
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: { name: 'g1', namespace: 'default' },
      spec: {
        gatewayClassName: 'sluice',
        addresses: [],
        listeners: [{ name: 'l1', protocol: 'HTTP', port: 80, ...(hostname ? { hostname } : {}) }],
      },
    },
  ],
  routes: [
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'r1', namespace: 'default' },
      spec: { parentRefs: [{ name: 'g1' }], rules },
    },
  ],
  rpcRoutes: [],
  services: [],
  slices: [],
  grants: [],
})

const ruleOf = (world: World, request: Partial<Request>): string => {
  const found = expected(world, { ...GET, ...request })
  return found.type === 'Closed' ? 'closed' : found.rule
}

const locationOf = (rule: Rule, request: Partial<Request> = {}): string => {
  const found = expected(world([rule]), { ...GET, ...request })
  const [answer] = found.type === 'Open' ? found.answers : []
  return answer?.type === 'Redirect' ? `${answer.status} ${answer.location}` : 'no redirect'
}

describe('the routing model', () => {
  it('compares host names as HTTPRouteSpec.hostnames has it', () => {
    expect(matchesHost('*.example.com', 'test.example.com')).to.equal(true)
    expect(matchesHost('*.example.com', 'foo.test.example.com')).to.equal(true)
    expect(matchesHost('*.example.com', 'example.com')).to.equal(false)
    expect(intersect('test.example.com', '*.example.com')).to.equal(true)
    expect(intersect('*.example.com', '*.foo.example.com')).to.equal(true)
    expect(intersect('*.example.com', 'test.example.net')).to.equal(false)
    expect(bareHost('A.Example:8080')).to.equal('a.example')
  })

  it('rewrites prefixes by the table of HTTPPathModifier', () => {
    const table = [
      ['/foo/bar', '/foo', '/xyz', '/xyz/bar'],
      ['/foo/bar', '/foo', '/xyz/', '/xyz/bar'],
      ['/foo/bar', '/foo/', '/xyz', '/xyz/bar'],
      ['/foo/bar', '/foo/', '/xyz/', '/xyz/bar'],
      ['/foo', '/foo', '/xyz', '/xyz'],
      ['/foo/', '/foo', '/xyz', '/xyz/'],
      ['/foo/bar', '/foo', '', '/bar'],
      ['/foo/', '/foo', '', '/'],
      ['/foo', '/foo', '', '/'],
      ['/foo/', '/foo', '/', '/'],
      ['/foo', '/foo', '/', '/'],
    ] as const
    for (const [path, value, replacePrefixMatch, result] of table) {
      const match: Match = { path: { type: 'PathPrefix', value } }
      const change = { type: 'ReplacePrefixMatch', replacePrefixMatch } as const
      expect(changedPath(change, match, path), `${path} ${value} ${replacePrefixMatch}`).to.equal(result)
    }
  })

  it('matches prefixes element by element, and reads paths as a client’s rules would', () => {
    const prefix = (path: string) => takes({ path: { value: '/abc' } }, { ...GET, path })
    expect(['/abc', '/abc/', '/abc/def', '/abc?q', '/abcd', '/Abc', '/'].map(prefix)).to.deep.equal([
      true,
      true,
      true,
      true,
      false,
      false,
      false,
    ])
    expect(['/a/../b', '/a/./b/', '//a//b', '/a/%2e%2e/b', '/a/..', '/a%2Fb', '/../a'].map(normalPath)).to.deep.equal([
      '/b',
      '/a/b/',
      '/a/b',
      '/b',
      '/',
      '/a%2Fb',
      '/a',
    ])
  })

  it('takes the rule that comes first, criterion by criterion', () => {
    const rules: Rule[] = [
      {},
      { matches: [{ path: { value: '/a' } }] },
      { matches: [{ path: { value: '/a' }, queryParams: [{ name: 'q', value: '1' }] }] },
      { matches: [{ path: { value: '/a' }, headers: [{ name: 'x', value: '1' }] }] },
      { matches: [{ path: { value: '/a' }, method: 'GET' }] },
      { matches: [{ path: { value: '/a/b' } }] },
      { matches: [{ path: { type: 'Exact', value: '/a/b' } }] },
      { matches: [{ path: { value: '/a' }, method: 'GET' }] },
    ]
    const at = (request: Partial<Request>) => Number(/rule (\d)/.exec(ruleOf(world(rules), request))?.[1])
    const headers: Request['headers'] = [['X', '1']]
    expect(at({ path: '/a/b', headers })).to.equal(6)
    expect(at({ path: '/a/b/', headers })).to.equal(5)
    expect(at({ path: '/a?q=1', headers })).to.equal(4)
    expect(at({ path: '/a?q=1', headers, method: 'PUT' })).to.equal(3)
    expect(at({ path: '/a?q=1', method: 'PUT' })).to.equal(2)
    expect(at({ path: '/a?q=2&q=1', method: 'PUT' })).to.equal(1)
    expect(at({ path: '/ab' })).to.equal(0)
  })

  it('isolates listeners, and knows what is closed', () => {
    const one = world([{}], '*.example')
    expect(ruleOf(one, {})).to.equal('default/r1 rule 0 match 0 on l1')
    expect(ruleOf(one, { host: 'other.test' })).to.equal('no listener takes the host')
    expect(ruleOf(one, { port: 81 })).to.equal('closed')
    one.gateways[0]!.spec.listeners.push({ name: 'l2', protocol: 'HTTP', port: 80, hostname: 'a.example' })
    one.routes[0]!.spec.parentRefs = [{ name: 'g1', sectionName: 'l1' }]
    expect(ruleOf(one, {})).to.equal('no rule on listener l2')
    one.gateways[0]!.spec.listeners.push({ name: 'l3', protocol: 'HTTP', port: 80, hostname: 'a.example' })
    expect(ruleOf(one, {})).to.equal('default/r1 rule 0 match 0 on l1')
  })

  it('redirects by the rules for ports', () => {
    const to = (requestRedirect: object): Rule => ({ filters: [{ type: 'RequestRedirect', requestRedirect }] })
    expect(locationOf(to({}))).to.equal('302 http://a.example/')
    expect(locationOf(to({ scheme: 'https', statusCode: 301 }))).to.equal('301 https://a.example/')
    expect(locationOf(to({ port: 8443, scheme: 'https' }))).to.equal('302 https://a.example:8443/')
    expect(locationOf(to({ port: 80, hostname: 'b.test' }), { host: 'a.example:10080', path: '/x?q' })).to.equal(
      '302 http://b.test/x?q',
    )
  })

  it('answers 421 where another listener of the port takes the host, 404 where none does', () => {
    const one = world([{}])
    const tls = { certificateRefs: [{ name: 'c' }] }
    one.gateways[0]!.spec.listeners = [
      { name: 'wild', protocol: 'HTTPS', port: 443, hostname: '*.example', tls },
      { name: 'exact', protocol: 'HTTPS', port: 443, hostname: 'a.example', tls },
    ]
    const to = (serverName: string, host: string) => ruleOf(one, { port: 443, serverName, host })
    expect(to('b.example', 'b.example')).to.equal('default/r1 rule 0 match 0 on wild')
    expect(to('b.example', 'a.example')).to.equal('misdirected to wild')
    expect(to('a.example', 'b.example')).to.equal('misdirected to exact')
    expect(to('b.example', 'other.test')).to.equal('no listener takes the host')
    expect(to('other.test', 'a.example')).to.equal('closed')
  })
})

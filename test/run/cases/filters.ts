// Every filter, alone, on backendRefs and together with others; weights; timeouts.
import type { Case } from '../cases.ts'

const gateway = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: web }
spec: { listeners: [{ name: http, protocol: HTTP, port: 8080 }] }
`
const ref = (name: string) => `group: sluice.dev, kind: Backend, name: ${name}`
const to = (name: string) => `backendRefs: [{ ${ref(name)} }]`

const world = (rules: string) =>
  [
    gateway,
    `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: shop }
spec:
  parentRefs: [{ name: web }]
  rules:
${rules}
`,
  ].join('---\n')

const redirect = (path: string, fields: string) => `
  - matches: [{ path: { value: ${path} } }]
    filters: [{ type: RequestRedirect, requestRedirect: { ${fields} } }]`

const accepted = { 'HTTPRoute/shop': ['Accepted=True/Accepted', 'ResolvedRefs=True/ResolvedRefs'] }
const location = (value: string) => ({ answers: { location: value } })

export const filters: Case[] = [
  {
    name: 'redirects',
    yaml: world(
      [
        redirect('/default', 'hostname: other.test'),
        ...[301, 302, 303, 307, 308].map(code =>
          redirect(`/code-${code}`, `hostname: other.test, statusCode: ${code}`),
        ),
        redirect('/scheme', 'scheme: https'),
        redirect('/port', 'port: 8443'),
        redirect('/well-known', 'scheme: https, port: 443'),
        redirect('/full', 'path: { type: ReplaceFullPath, replaceFullPath: /new }'),
        redirect('/old', 'path: { type: ReplacePrefixMatch, replacePrefixMatch: /new }'),
        redirect('/gone', 'path: { type: ReplacePrefixMatch, replacePrefixMatch: / }'),
        redirect(
          '/all',
          'scheme: https, hostname: all.test, port: 9443, path: { type: ReplacePrefixMatch, replacePrefixMatch: /x }, statusCode: 308',
        ),
      ].join(''),
    ),
    rows: [
      { ask: '/default', status: 302, ...location('http://other.test:8080/default') },
      ...[301, 302, 303, 307, 308].map(code => ({
        ask: `POST /code-${code}?q=1`,
        status: code,
        ...location(`http://other.test:8080/code-${code}?q=1`),
      })),
      { ask: '/scheme/x?q=1', status: 302, ...location('https://any.test/scheme/x?q=1') },
      { ask: '/port', status: 302, ...location('http://any.test:8443/port') },
      { ask: '/well-known', status: 302, ...location('https://any.test/well-known') },
      { ask: '/full/x?q=1', status: 302, ...location('http://any.test:8080/new?q=1') },
      { ask: '/old/x?q=1', status: 302, ...location('http://any.test:8080/new/x?q=1') },
      { ask: '/gone/x', status: 302, ...location('http://any.test:8080/x') },
      { ask: '/gone', status: 302, ...location('http://any.test:8080/') },
      { ask: '/all/y', status: 308, ...location('https://all.test:9443/x/y') },
    ],
    status: accepted,
  },
  {
    name: 'header-modifiers',
    yaml: world(`
  - matches: [{ path: { value: /rule } }]
    filters:
    - type: RequestHeaderModifier
      requestHeaderModifier: { set: [{ name: X-Set, value: new }], add: [{ name: x-add, value: two }], remove: [x-gone] }
    - type: ResponseHeaderModifier
      responseHeaderModifier: { set: [{ name: x-answer, value: set }], add: [{ name: x-more, value: '1' }], remove: [content-type] }
    ${to('a')}
  - matches: [{ path: { value: /backend } }]
    backendRefs:
    - ${`{ ${ref('a')}, filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x-of, value: a }] } }, { type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: x-from, value: a }] } }] }`}
    - ${`{ ${ref('b')}, weight: 0, filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x-of, value: b }] } }] }`}
  - matches: [{ path: { value: /rewrite-backend } }]
    backendRefs:
    - ${`{ ${ref('b')}, filters: [{ type: URLRewrite, urlRewrite: { hostname: b.internal } }] }`}
`),
    rows: [
      {
        ask: '/rule',
        headers: { 'x-set': 'old', 'x-add': 'one', 'x-gone': '1' },
        status: 200,
        backend: 'a',
        sees: { 'x-set': 'new', 'x-gone': undefined },
        answers: { 'x-answer': 'set', 'x-more': '1', 'content-type': undefined },
      },
      { ask: '/backend', status: 200, backend: 'a', sees: { 'x-of': 'a' }, answers: { 'x-from': 'a' } },
      { ask: '/rewrite-backend', status: 200, backend: 'b', sees: { host: 'b.internal' }, path: '/rewrite-backend' },
    ],
    status: accepted,
  },
  {
    name: 'rewrites',
    yaml: world(`
  - matches: [{ path: { value: /prefix } }]
    filters: [{ type: URLRewrite, urlRewrite: { path: { type: ReplacePrefixMatch, replacePrefixMatch: /api/v2 } } }]
    ${to('a')}
  - matches: [{ path: { value: /strip } }]
    filters: [{ type: URLRewrite, urlRewrite: { path: { type: ReplacePrefixMatch, replacePrefixMatch: / } } }]
    ${to('a')}
  - matches: [{ path: { value: /full } }]
    filters: [{ type: URLRewrite, urlRewrite: { hostname: full.internal, path: { type: ReplaceFullPath, replaceFullPath: /one } } }]
    ${to('b')}
  - matches: [{ path: { value: /host } }]
    filters: [{ type: URLRewrite, urlRewrite: { hostname: host.internal } }]
    ${to('b')}
`),
    rows: [
      { ask: '/prefix/x?q=1', status: 200, path: '/api/v2/x?q=1' },
      { ask: '/prefix', status: 200, path: '/api/v2' },
      { ask: '/prefix/', status: 200, path: '/api/v2/' },
      { ask: '/prefix/a%2Fb', status: 200, path: '/api/v2/a%2Fb' },
      { ask: '/strip/x', status: 200, path: '/x' },
      { ask: '/strip', status: 200, path: '/' },
      { ask: '/full/x?q=1', status: 200, path: '/one?q=1', sees: { host: 'full.internal' } },
      { ask: '/host/x', status: 200, path: '/host/x', sees: { host: 'host.internal' } },
    ],
    status: accepted,
  },
  {
    name: 'mirrors',
    yaml: world(`
  - matches: [{ path: { value: /several } }]
    filters:
    - { type: RequestMirror, requestMirror: { backendRef: { ${ref('b')} } } }
    - { type: RequestMirror, requestMirror: { backendRef: { ${ref('c')} }, percent: 100 } }
    ${to('a')}
  - matches: [{ path: { value: /never } }]
    filters:
    - { type: RequestMirror, requestMirror: { backendRef: { ${ref('b')} }, percent: 0 } }
    - { type: RequestMirror, requestMirror: { backendRef: { ${ref('c')} }, fraction: { numerator: 0, denominator: 10 } } }
    ${to('a')}
  - matches: [{ path: { value: /fraction } }]
    filters:
    - { type: RequestMirror, requestMirror: { backendRef: { ${ref('c')} }, fraction: { numerator: 10, denominator: 10 } } }
    ${to('a')}
`),
    rows: [
      { ask: 'POST /several', body: 'hello', status: 200, backend: 'a', copies: ['b', 'c'] },
      { ask: '/never', status: 200, backend: 'a' },
      { ask: '/fraction', status: 200, backend: 'a', copies: ['c'] },
    ],
    status: accepted,
  },
  {
    name: 'together',
    yaml: world(`
  - matches: [{ path: { value: /shop } }]
    filters:
    - { type: RequestHeaderModifier, requestHeaderModifier: { add: [{ name: x-one, value: '1' }] } }
    - { type: URLRewrite, urlRewrite: { hostname: in.internal, path: { type: ReplacePrefixMatch, replacePrefixMatch: /in } } }
    - { type: RequestMirror, requestMirror: { backendRef: { ${ref('b')} } } }
    - { type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: x-two, value: '2' }] } }
    - { type: CORS, cors: { allowOrigins: ['https://ok.test'] } }
    timeouts: { request: 10s }
    ${to('a')}
`),
    rows: [
      {
        ask: 'PUT /shop/x',
        headers: { origin: 'https://ok.test' },
        body: 'b',
        status: 200,
        backend: 'a',
        path: '/in/x',
        sees: { host: 'in.internal', 'x-one': '1' },
        answers: { 'x-two': '2', 'access-control-allow-origin': 'https://ok.test' },
        copies: ['b'],
      },
    ],
    status: accepted,
  },
  {
    // Their plugins are turned on once for all; the others say that they want none, or turn them on by themselves.
    name: 'most-routes-filtered',
    yaml: world(`
  - matches: [${Array.from({ length: 20 }, (_, n) => `{ path: { value: /most/${n} } }`).join(', ')}]
    filters:
    - { type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x-up, value: "1" }] } }
    - { type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: x-down, value: "1" }] } }
    ${to('a')}
  - { matches: [{ path: { value: /plain } }], ${to('a')} }
  - matches: [{ path: { value: /down } }]
    filters: [{ type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: x-down, value: "2" }] } }]
    ${to('a')}
  - matches: [{ path: { value: /up } }]
    filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x-up, value: "2" }] } }]
    ${to('a')}
  - matches: [{ path: { value: /shared } }]
    backendRefs:
    - { ${ref('a')}, filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x-up, value: shared }] } }] }
    - { ${ref('b')}, filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x-up, value: shared }] } }] }
  - { matches: [{ path: { value: /none } }] }
`),
    rows: [
      { ask: '/most/0', status: 200, backend: 'a', sees: { 'x-up': '1' }, answers: { 'x-down': '1' } },
      { ask: '/most/19/x', status: 200, backend: 'a', sees: { 'x-up': '1' }, answers: { 'x-down': '1' } },
      { ask: '/plain', status: 200, backend: 'a', sees: { 'x-up': undefined }, answers: { 'x-down': undefined } },
      { ask: '/down', status: 200, backend: 'a', sees: { 'x-up': undefined }, answers: { 'x-down': '2' } },
      { ask: '/up', status: 200, backend: 'a', sees: { 'x-up': '2' }, answers: { 'x-down': undefined } },
      ...Array.from({ length: 4 }, () => ({ ask: '/shared', status: 200, sees: { 'x-up': 'shared' } })),
      { ask: '/none', status: 500, answers: { 'x-down': undefined } },
      { ask: '/elsewhere', status: 404, answers: { 'x-down': undefined } },
    ],
    status: accepted,
  },
  {
    name: 'cors',
    yaml: world(`
  - filters:
    - type: CORS
      cors:
        allowOrigins: ['https://ok.test', 'https://*.wild.test']
        allowMethods: [GET, PUT]
        allowHeaders: [x-one]
        exposeHeaders: [x-two]
        allowCredentials: true
        maxAge: 60
    ${to('a')}
`),
    rows: [
      {
        ask: 'OPTIONS /',
        headers: { origin: 'https://a.wild.test', 'access-control-request-method': 'PUT' },
        status: 200,
        answers: {
          'access-control-allow-origin': 'https://a.wild.test',
          'access-control-allow-methods': 'GET, PUT',
          'access-control-allow-headers': 'x-one',
          'access-control-expose-headers': 'x-two',
          'access-control-allow-credentials': 'true',
          'access-control-max-age': '60',
        },
      },
      {
        ask: '/',
        headers: { origin: 'https://ok.test' },
        status: 200,
        backend: 'a',
        answers: { 'access-control-allow-origin': 'https://ok.test', 'access-control-expose-headers': 'x-two' },
      },
      {
        ask: '/',
        headers: { origin: 'https://evil.test' },
        status: 200,
        backend: 'a',
        answers: { 'access-control-allow-origin': undefined },
      },
    ],
    status: accepted,
  },
  {
    name: 'timeouts',
    yaml: world(`
  - { matches: [{ path: { value: /request } }], timeouts: { request: 100ms }, ${to('a')} }
  - { matches: [{ path: { value: /attempt } }], timeouts: { request: 10s, backendRequest: 100ms }, ${to('a')} }
  - { matches: [{ path: { value: /none } }], timeouts: { request: 0s }, ${to('a')} }
`),
    rows: [
      { ask: '/request', headers: { 'x-hang': '1' }, status: 504 },
      { ask: '/attempt', headers: { 'x-hang': '1' }, status: 504 },
      { ask: '/request', status: 200, backend: 'a' },
      { ask: '/none', status: 200, backend: 'a' },
    ],
    status: accepted,
  },
  {
    name: 'weights',
    yaml: world(`
  - matches: [{ path: { value: /zero } }]
    backendRefs: [{ ${ref('a')}, weight: 0 }, { ${ref('b')}, weight: 1 }]
  - matches: [{ path: { value: /nothing } }]
    backendRefs: [{ ${ref('a')}, weight: 0 }]
  - matches: [{ path: { value: /none } }]
  - matches: [{ path: { value: /missing } }]
    backendRefs: [{ ${ref('gone')} }]
`),
    rows: [
      ...Array.from({ length: 5 }, () => ({ ask: '/zero', status: 200, backend: 'b' })),
      { ask: '/nothing', status: 500 },
      { ask: '/none', status: 500 },
      { ask: '/missing', status: 500 },
    ],
    status: { 'HTTPRoute/shop': ['Accepted=True/Accepted', 'ResolvedRefs=False/BackendNotFound'] },
  },
]

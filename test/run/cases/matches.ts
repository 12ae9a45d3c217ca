// Every type of match, and the order in which rules are tried (HTTPRouteRule.matches).
import type { Case } from '../cases.ts'

const gateway = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: web }
spec: { listeners: [{ name: http, protocol: HTTP, port: 8080 }] }
`
const to = (name: string) => `backendRefs: [{ group: sluice.dev, kind: Backend, name: ${name} }]`

const routeOf = (rules: string, name = 'shop', more = '') => `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${name} }
spec:
  parentRefs: [{ name: web }]
${more}
  rules:
${rules}
`

export const matches: Case[] = [
  {
    name: 'paths',
    yaml: [
      gateway,
      routeOf(`
  - { matches: [{ path: { type: Exact, value: /exact } }], ${to('a')} }
  - { matches: [{ path: { type: PathPrefix, value: /prefix/ } }], ${to('b')} }
  - { matches: [{ path: { type: RegularExpression, value: '/regex/[a-z]+/\\d{2,3}' } }], ${to('c')} }
  - { matches: [{ path: { type: PathPrefix, value: /exact } }, { path: { type: Exact, value: /or } }], ${to('c')} }
`),
    ].join('---\n'),
    rows: [
      { ask: '/exact', status: 200, backend: 'a' },
      { ask: '/exact?q', status: 200, backend: 'a' },
      { ask: '/exact/', status: 200, backend: 'c' },
      { ask: '/exactly', status: 404 },
      { ask: '/Exact', status: 404 },
      { ask: '/prefix', status: 200, backend: 'b' },
      { ask: '/prefix/x/y', status: 200, backend: 'b' },
      { ask: '/prefixed', status: 404 },
      { ask: '/regex/shoes/42', status: 200, backend: 'c' },
      { ask: '/regex/shoes/42?x=1', status: 200, backend: 'c' },
      { ask: '/regex/shoes/42/more', status: 404 },
      { ask: '/regex/Shoes/42', status: 404 },
      { ask: '/or', status: 200, backend: 'c' },
      { ask: '/', status: 404 },
    ],
    status: { 'HTTPRoute/shop': ['Accepted=True/Accepted', 'ResolvedRefs=True/ResolvedRefs'] },
  },
  {
    name: 'headers-and-query',
    yaml: [
      gateway,
      routeOf(`
  - { matches: [{ headers: [{ name: X-Version, value: v2 }, { name: x-user, type: RegularExpression, value: 'u[0-9]+' }] }], ${to('a')} }
  - { matches: [{ headers: [{ name: cookie, type: RegularExpression, value: '(^|.*; )beta=1(;.*|$)' }] }], ${to('b')} }
  - { matches: [{ queryParams: [{ name: color, value: blue }, { name: size, type: RegularExpression, value: '[0-9]+' }] }], ${to('c')} }
  - { matches: [{ method: DELETE }], ${to('b')} }
  - { matches: [{ method: POST, path: { value: /all }, headers: [{ name: x-a, value: '1' }], queryParams: [{ name: q, value: '1' }] }], ${to('a')} }
`),
    ].join('---\n'),
    rows: [
      { ask: '/', headers: { 'x-version': 'v2', 'x-user': 'u17' }, status: 200, backend: 'a' },
      { ask: '/', headers: { 'x-version': 'v2', 'x-user': 'xu17' }, status: 404 },
      { ask: '/', headers: { 'x-version': 'V2', 'x-user': 'u17' }, status: 404 },
      { ask: '/', headers: { 'x-version': 'v2' }, status: 404 },
      { ask: '/', headers: { cookie: 'a=1; beta=1' }, status: 200, backend: 'b' },
      { ask: '/', headers: { cookie: 'a=1; beta=11' }, status: 404 },
      { ask: '/?color=blue&size=42', status: 200, backend: 'c' },
      { ask: '/?size=42&color=blue', status: 200, backend: 'c' },
      { ask: '/?color=blue&size=xl', status: 404 },
      { ask: '/?Color=blue&size=42', status: 404 },
      { ask: 'DELETE /x', status: 200, backend: 'b' },
      { ask: 'POST /all/x?q=1', headers: { 'x-a': '1' }, body: 'x', status: 200, backend: 'a' },
      { ask: 'POST /all/x', headers: { 'x-a': '1' }, status: 404 },
      { ask: 'GET /all/x?q=1', headers: { 'x-a': '1' }, status: 404 },
    ],
  },
  {
    name: 'precedence',
    yaml: [
      gateway,
      routeOf(`
  - { matches: [{ path: { value: / } }], ${to('a')} }
  - { matches: [{ path: { value: /api } }], ${to('a')} }
  - { matches: [{ path: { value: /api }, headers: [{ name: x-a, value: '1' }, { name: x-b, value: '1' }] }], ${to('b')} }
  - { matches: [{ path: { value: /api }, method: GET, headers: [{ name: x-a, value: '1' }] }], ${to('c')} }
  - { matches: [{ path: { type: Exact, value: /api/v2 } }], ${to('b')} }
`),
      routeOf(
        `
  - { matches: [{ path: { value: /api/v2 } }], ${to('c')} }
  - { matches: [{ path: { value: /api } }], ${to('c')} }
`,
        'later',
      ),
    ].join('---\n'),
    rows: [
      { ask: '/x', status: 200, backend: 'a' },
      // Equal matches: `later` sorts before `shop`.
      { ask: '/api', status: 200, backend: 'c' },
      { ask: '/api', headers: { 'x-a': '1' }, status: 200, backend: 'c' },
      { ask: 'POST /api', headers: { 'x-a': '1', 'x-b': '1' }, status: 200, backend: 'b' },
      { ask: '/api', headers: { 'x-a': '1', 'x-b': '1' }, status: 200, backend: 'c' },
      { ask: '/api/v2', status: 200, backend: 'b' },
      { ask: '/api/v2/x', status: 200, backend: 'c' },
    ],
  },
  {
    name: 'hostnames',
    yaml: [
      gateway,
      routeOf(`  - { ${to('a')} }`, 'exact', `  hostnames: [shop.example.com]`),
      routeOf(`  - { ${to('b')} }`, 'wildcard', `  hostnames: ["*.example.com"]`),
      routeOf(`  - { matches: [{ path: { value: /any } }], ${to('c')} }`, 'any'),
    ].join('---\n'),
    rows: [
      { ask: '/', host: 'shop.example.com', status: 200, backend: 'a' },
      { ask: '/', host: 'SHOP.example.com', status: 200, backend: 'a' },
      { ask: '/', host: 'shop.example.com:8080', status: 200, backend: 'a' },
      { ask: '/', host: 'other.example.com', status: 200, backend: 'b' },
      { ask: '/', host: 'very.deep.example.com', status: 200, backend: 'b' },
      { ask: '/', host: 'example.com', status: 404 },
      { ask: '/any', host: 'example.com', status: 200, backend: 'c' },
      { ask: '/any', host: 'shop.example.com', status: 200, backend: 'a' },
    ],
  },
]

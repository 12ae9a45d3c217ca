// Every kind of listener: isolation of nested hostnames, TLS by server name, who may attach, ListenerSets, conflicts.
import type { Case } from '../cases.ts'

const ref = (name: string) => `group: sluice.dev, kind: Backend, name: ${name}`
const gatewayOf = (listeners: string, more = '') => `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: web }
spec:
${more}
  listeners:
${listeners}
`
const routeOf = (name: string, backend: string, fields: string) => `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${name} }
spec: { ${fields}, rules: [{ backendRefs: [{ ${ref(backend)} }] }] }
`
const tls = (secret: string) => `tls: { certificateRefs: [{ name: ${secret} }] }`

export const listeners: Case[] = [
  {
    name: 'isolation',
    yaml: [
      gatewayOf(`
  - { name: any, protocol: HTTP, port: 8080 }
  - { name: wild, protocol: HTTP, port: 8080, hostname: "*.example.com" }
  - { name: nested, protocol: HTTP, port: 8080, hostname: "*.foo.example.com" }
  - { name: exact, protocol: HTTP, port: 8080, hostname: abc.foo.example.com }
`),
      `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: any }
spec: { parentRefs: [{ name: web, sectionName: any }], rules: [{ matches: [{ path: { value: /any } }], backendRefs: [{ ${ref('a')} }] }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: wild }
spec: { parentRefs: [{ name: web, sectionName: wild }], rules: [{ matches: [{ path: { value: /wild } }], backendRefs: [{ ${ref('b')} }] }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: exact }
spec: { parentRefs: [{ name: web, sectionName: exact }], rules: [{ matches: [{ path: { value: /exact } }], backendRefs: [{ ${ref('c')} }] }] }
`,
    ].join('---\n'),
    rows: [
      { ask: '/any', host: 'bar.com', status: 200, backend: 'a' },
      { ask: '/wild', host: 'bar.com', status: 404 },
      { ask: '/wild', host: 'x.example.com', status: 200, backend: 'b' },
      { ask: '/any', host: 'x.example.com', status: 404 },
      { ask: '/wild', host: 'x.foo.example.com', status: 404 },
      { ask: '/any', host: 'x.foo.example.com', status: 404 },
      { ask: '/exact', host: 'abc.foo.example.com', status: 200, backend: 'c' },
      { ask: '/wild', host: 'abc.foo.example.com', status: 404 },
    ],
    status: {
      'Gateway/web': [
        'Accepted=True/Accepted',
        'Programmed=True/Programmed',
        'any:Programmed=True/Programmed',
        'nested:Conflicted=False/NoConflicts',
      ],
    },
  },
  {
    name: 'https',
    yaml: [
      'CERTIFICATES',
      gatewayOf(`
  - { name: exact, protocol: HTTPS, port: 8443, hostname: example.com, ${tls('example')} }
  - { name: wild, protocol: HTTPS, port: 8443, hostname: "*.example.com", ${tls('wildcard-example')} }
  - { name: rest, protocol: HTTPS, port: 8443, ${tls('other')} }
`),
      routeOf('exact', 'a', 'parentRefs: [{ name: web, sectionName: exact }]'),
      routeOf('wild', 'b', 'parentRefs: [{ name: web, sectionName: wild }]'),
      routeOf('rest', 'c', 'parentRefs: [{ name: web, port: 8443, sectionName: rest }]'),
    ].join('---\n'),
    rows: [
      {
        ask: '/',
        serverName: 'example.com',
        host: 'example.com',
        status: 200,
        backend: 'a',
        certificate: 'example.com',
      },
      {
        ask: '/',
        serverName: 'x.example.com',
        host: 'x.example.com',
        status: 200,
        backend: 'b',
        certificate: '*.example.com',
      },
      { ask: '/', serverName: 'x.example.com', host: 'y.example.com', status: 200, backend: 'b' },
      { ask: '/', serverName: 'other.test', host: 'other.test', status: 200, backend: 'c', certificate: 'other.test' },
      // A connection made for one listener, a host of another: RFC 9110, 15.5.20.
      { ask: '/', serverName: 'x.example.com', host: 'example.com', status: 421 },
      { ask: '/', serverName: 'example.com', host: 'x.example.com', status: 421 },
      { ask: '/', serverName: 'other.test', host: 'example.com', status: 421 },
    ],
    status: { 'Gateway/web': ['Programmed=True/Programmed', 'exact:ResolvedRefs=True/ResolvedRefs'] },
  },
  {
    name: 'certificates-bad',
    yaml: [
      'CERTIFICATES',
      gatewayOf(`
  - { name: good, protocol: HTTPS, port: 8443, hostname: example.com, ${tls('example')} }
  - { name: mismatched, protocol: HTTPS, port: 8443, hostname: bad.test, ${tls('mismatched')} }
  - { name: missing, protocol: HTTPS, port: 8443, hostname: gone.test, ${tls('nobody')} }
  - { name: plain, protocol: HTTP, port: 8080 }
`),
      routeOf('shop', 'a', 'parentRefs: [{ name: web }]'),
    ].join('---\n'),
    rows: [
      { ask: '/', serverName: 'example.com', host: 'example.com', status: 200, backend: 'a' },
      { ask: '/', host: 'example.com', status: 200, backend: 'a' },
      { ask: '/', serverName: 'bad.test', host: 'bad.test', status: 'none' },
      { ask: '/', serverName: 'gone.test', host: 'gone.test', status: 'none' },
    ],
    status: {
      'Gateway/web': [
        'good:Programmed=True/Programmed',
        'plain:Programmed=True/Programmed',
        'mismatched:ResolvedRefs=False/InvalidCertificateRef',
        'mismatched:Programmed=False/Invalid',
        'missing:ResolvedRefs=False/InvalidCertificateRef',
      ],
    },
  },
  {
    name: 'allowed-routes',
    yaml: [
      `
apiVersion: v1
kind: Namespace
metadata: { name: guests, labels: { guest: welcome } }
`,
      gatewayOf(`
  - { name: same, protocol: HTTP, port: 8080, hostname: same.test }
  - { name: all, protocol: HTTP, port: 8080, hostname: all.test, allowedRoutes: { namespaces: { from: All } } }
  - { name: some, protocol: HTTP, port: 8080, hostname: some.test, allowedRoutes: { namespaces: { from: Selector, selector: { matchLabels: { guest: welcome } } } } }
  - { name: kinds, protocol: HTTP, port: 8080, hostname: kinds.test, allowedRoutes: { kinds: [{ kind: GRPCRoute }] } }
`),
      routeOf('own', 'a', 'parentRefs: [{ name: web }], hostnames: [same.test, kinds.test]'),
      ...['guests', 'strangers'].map(
        namespace => `
apiVersion: sluice.dev/v1alpha1
kind: Backend
metadata: { name: ${namespace}, namespace: ${namespace} }
spec: { endpoints: [{ host: 127.0.0.1, port: 1 }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: visitor, namespace: ${namespace} }
spec:
  parentRefs: [{ name: web, namespace: allowed-routes }]
  rules:
  - matches: [{ path: { value: /${namespace} } }]
    filters: [{ type: RequestRedirect, requestRedirect: { statusCode: 307, path: { type: ReplaceFullPath, replaceFullPath: /${namespace} } } }]
`,
      ),
      `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: turned-away, namespace: strangers }
spec: { parentRefs: [{ name: web, namespace: allowed-routes, sectionName: some }] }
`,
    ].join('---\n'),
    rows: [
      { ask: '/', host: 'same.test', status: 200, backend: 'a' },
      { ask: '/guests', host: 'same.test', status: 200, backend: 'a' },
      { ask: '/guests', host: 'all.test', status: 307 },
      { ask: '/strangers', host: 'all.test', status: 307 },
      { ask: '/guests', host: 'some.test', status: 307 },
      { ask: '/strangers', host: 'some.test', status: 404 },
      { ask: '/', host: 'kinds.test', status: 404 },
    ],
    status: {
      'HTTPRoute/strangers/turned-away': ['Accepted=False/NotAllowedByListeners'],
      'HTTPRoute/guests/visitor': ['Accepted=True/Accepted'],
    },
  },
  {
    name: 'listener-sets',
    yaml: [
      gatewayOf(
        `
  - { name: own, protocol: HTTP, port: 8080, hostname: own.test }
`,
        '  allowedListeners: { namespaces: { from: Same } }',
      ),
      `
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: { name: extra }
spec:
  parentRef: { kind: Gateway, name: web }
  listeners:
  - { name: http, protocol: HTTP, port: 8080, hostname: extra.test }
  - { name: other, protocol: HTTP, port: 8081, hostname: extra.test }
`,
      routeOf('of-gateway', 'a', 'parentRefs: [{ name: web }]'),
      routeOf('of-set', 'b', 'parentRefs: [{ kind: ListenerSet, name: extra }]'),
    ].join('---\n'),
    rows: [
      { ask: '/', host: 'own.test', status: 200, backend: 'a' },
      { ask: '/', host: 'extra.test', status: 200, backend: 'b' },
      { ask: '/', host: 'extra.test', port: 8081, status: 200, backend: 'b' },
      { ask: '/', host: 'own.test', port: 8081, status: 404 },
    ],
    status: {
      'ListenerSet/extra': ['Accepted=True/Accepted', 'Programmed=True/Programmed'],
      'Gateway/web': ['Programmed=True/Programmed'],
    },
  },
  {
    name: 'sections-and-ports',
    yaml: [
      gatewayOf(`
  - { name: one, protocol: HTTP, port: 8080 }
  - { name: two, protocol: HTTP, port: 8081 }
  - { name: first, protocol: HTTP, port: 8082 }
  - { name: second, protocol: HTTPS, port: 8082, tls: { certificateRefs: [{ name: nobody }] } }
  - { name: other, protocol: example.test/other, port: 8083 }
`),
      routeOf('by-section', 'a', 'parentRefs: [{ name: web, sectionName: one }]'),
      routeOf('by-port', 'b', 'parentRefs: [{ name: web, port: 8081 }]'),
      routeOf('nowhere', 'c', 'parentRefs: [{ name: web, sectionName: three }]'),
      routeOf('no-host', 'c', 'hostnames: [x.test], parentRefs: [{ name: gone }]'),
    ].join('---\n'),
    rows: [
      { ask: '/', status: 200, backend: 'a' },
      { ask: '/', port: 8081, status: 200, backend: 'b' },
      // HTTP and HTTPS on one port: neither is served.
      { ask: '/', port: 8082, status: 'none' },
      { ask: '/', port: 8082, serverName: 'x.test', status: 'none' },
      { ask: '/', port: 8083, status: 'none' },
    ],
    status: {
      'Gateway/web': [
        'Accepted=True/ListenersNotValid',
        'first:Conflicted=True/ProtocolConflict',
        'second:Conflicted=True/ProtocolConflict',
        'other:Accepted=False/UnsupportedProtocol',
        'one:Programmed=True/Programmed',
      ],
      'HTTPRoute/nowhere': ['Accepted=False/NoMatchingParent'],
    },
  },
]

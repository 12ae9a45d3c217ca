// What a Gateway is a Gateway of, has several of, or may refer to: classes, addresses, certificates, permissions.
import type { Case } from '../cases.ts'

const ref = (name: string) => `group: sluice.dev, kind: Backend, name: ${name}`
const routeOf = (name: string, rules: string) => `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${name} }
spec: { parentRefs: [{ name: web }], rules: [${rules}] }
`
const grantOf = (name: string, namespace: string, from: string, to: string) => `
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: { name: ${name}, namespace: ${namespace} }
spec: { from: [{ group: gateway.networking.k8s.io, ${from} }], to: [{ ${to} }] }
`
const secretIn = (namespace: string) => `metadata: { namespace: ${namespace}, name: other }`
const https = (name: string, refs: string) =>
  `{ name: ${name}, protocol: HTTPS, port: 8443, hostname: ${name}.test, tls: { certificateRefs: [${refs}] } }`

export const references: Case[] = [
  {
    name: 'classes',
    yaml: `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: sluice }
spec: { controllerName: sluice.dev/gateway-controller }
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: theirs }
spec: { controllerName: example.com/controller }
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: tuned }
spec: { controllerName: sluice.dev/gateway-controller, parametersRef: { group: example.com, kind: Tuning, name: t } }
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: web }
spec: { listeners: [{ name: http, protocol: HTTP, port: 8080 }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: theirs }
spec: { gatewayClassName: theirs, listeners: [{ name: http, protocol: HTTP, port: 8081 }] }
---
${routeOf('shop', `{ backendRefs: [{ ${ref('a')} }] }`)}`,
    rows: [
      { ask: '/', status: 200, backend: 'a' },
      { ask: '/', port: 8081, status: 'none' },
    ],
    status: {
      'GatewayClass/_/sluice': ['Accepted=True/Accepted', 'SupportedVersion=True/SupportedVersion'],
      'GatewayClass/_/tuned': ['Accepted=False/InvalidParameters', 'SupportedVersion=True/SupportedVersion'],
    },
  },
  {
    name: 'several-addresses',
    yaml: `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: web }
spec:
  addresses: [{ type: IPAddress, value: ADDRESS }, { value: SECOND }]
  listeners: [{ name: http, protocol: HTTP, port: 8080 }, { name: more, protocol: HTTP, port: 8081 }]
---
${routeOf('shop', `{ backendRefs: [{ ${ref('a')} }] }`)}`,
    rows: [
      { ask: '/', status: 200, backend: 'a' },
      { ask: '/', port: 8081, status: 200, backend: 'a' },
      { ask: '/', address: 'second', status: 200, backend: 'a' },
      { ask: '/', address: 'second', port: 8081, status: 200, backend: 'a' },
    ],
    status: { 'Gateway/web': ['Programmed=True/Programmed', 'http:Programmed=True/Programmed'] },
  },
  {
    name: 'several-certificates',
    yaml: `
CERTIFICATES
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: web }
spec:
  listeners:
  - name: https
    protocol: HTTPS
    port: 8443
    tls: { certificateRefs: [{ name: example }, { name: wildcard-example }, { name: other }] }
---
${routeOf('shop', `{ backendRefs: [{ ${ref('a')} }] }`)}`,
    rows: [
      { name: 'example.com', certificate: 'example.com' },
      { name: 'x.example.com', certificate: '*.example.com' },
      { name: 'other.test', certificate: 'other.test' },
      // Of none of them: the first.
      { name: 'nobody.test', certificate: 'example.com' },
    ].map(({ name, certificate }) => ({
      ask: '/',
      serverName: name,
      host: name,
      status: 200,
      backend: 'a',
      certificate,
    })),
    status: { 'Gateway/web': ['https:ResolvedRefs=True/ResolvedRefs', 'https:Programmed=True/Programmed'] },
  },
  {
    name: 'grants-for-secrets',
    yaml: [
      `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: web }
spec:
  listeners:
  - ${https('granted', '{ name: other, namespace: secrets-granted }')}
  - ${https('another-name', '{ name: other, namespace: secrets-name }')}
  - ${https('another-kind', '{ name: other, namespace: secrets-kind }')}
  - ${https('another-from', '{ name: other, namespace: secrets-from }')}
  - ${https('without', '{ name: other, namespace: secrets-without }')}
  - ${https('partly', '{ name: other, namespace: secrets-without }, { name: other, namespace: secrets-granted }')}
`,
      ...['granted', 'name', 'kind', 'from', 'without'].map(name => `SECRET ${secretIn(`secrets-${name}`)}\n`),
      grantOf('g', 'secrets-granted', 'kind: Gateway, namespace: grants-for-secrets', 'group: "", kind: Secret'),
      grantOf('g', 'secrets-name', 'kind: Gateway, namespace: grants-for-secrets', 'group: "", kind: Secret, name: x'),
      grantOf('g', 'secrets-kind', 'kind: HTTPRoute, namespace: grants-for-secrets', 'group: "", kind: Secret'),
      grantOf('g', 'secrets-from', 'kind: Gateway, namespace: secrets-from', 'group: "", kind: Secret'),
      routeOf('shop', `{ backendRefs: [{ ${ref('a')} }] }`),
    ].join('---\n'),
    rows: [
      { ask: '/', serverName: 'granted.test', host: 'granted.test', status: 200, certificate: 'other.test' },
      { ask: '/', serverName: 'partly.test', host: 'partly.test', status: 200, certificate: 'other.test' },
      ...['another-name', 'another-kind', 'another-from', 'without'].map(name => ({
        ask: '/',
        serverName: `${name}.test`,
        host: `${name}.test`,
        status: 'none' as const,
      })),
    ],
    status: {
      'Gateway/web': [
        'granted:ResolvedRefs=True/ResolvedRefs',
        ...['another-name', 'another-kind', 'another-from', 'without'].flatMap(name => [
          `${name}:ResolvedRefs=False/RefNotPermitted`,
          `${name}:Programmed=False/Invalid`,
        ]),
        'partly:ResolvedRefs=False/RefNotPermitted',
        'partly:Programmed=True/Programmed',
      ],
    },
  },
  {
    name: 'grants-for-mirrors',
    yaml: [
      `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: web }
spec: { listeners: [{ name: http, protocol: HTTP, port: 8080 }] }
`,
      ...['open', 'closed'].map(
        name => `
apiVersion: sluice.dev/v1alpha1
kind: Backend
metadata: { name: shadow, namespace: mirrors-${name} }
spec: { endpoints: [{ host: 127.0.0.1, port: PORT_b }] }
`,
      ),
      grantOf(
        'g',
        'mirrors-open',
        'kind: HTTPRoute, namespace: grants-for-mirrors',
        'group: sluice.dev, kind: Backend',
      ),
      grantOf(
        'g',
        'mirrors-closed',
        'kind: GRPCRoute, namespace: grants-for-mirrors',
        'group: sluice.dev, kind: Backend',
      ),
      ...['open', 'closed'].map(name =>
        routeOf(
          name,
          `{ matches: [{ path: { value: /${name} } }], filters: [{ type: RequestMirror, requestMirror: { backendRef: { ${ref('shadow')}, namespace: mirrors-${name} } } }], backendRefs: [{ ${ref('a')} }] }`,
        ),
      ),
    ].join('---\n'),
    rows: [
      { ask: '/open', status: 200, backend: 'a', copies: ['b'] },
      // "must be dropped": the mirror is, the rule works (HTTPRequestMirrorFilter.backendRef). See shares.test.ts, too.
      { ask: '/closed', status: 200, backend: 'a' },
    ],
    status: {
      'HTTPRoute/open': ['ResolvedRefs=True/ResolvedRefs'],
      'HTTPRoute/closed': ['ResolvedRefs=False/RefNotPermitted'],
    },
  },
  {
    name: 'hostname-conflicts',
    // Within a Gateway the schema refuses it.
    yaml: `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: web }
spec:
  allowedListeners: { namespaces: { from: Same } }
  listeners: [{ name: own, protocol: HTTP, port: 8080, hostname: same.test }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: { name: extra }
spec:
  parentRef: { kind: Gateway, name: web }
  listeners:
  - { name: same, protocol: HTTP, port: 8080, hostname: same.test }
  - { name: other, protocol: HTTP, port: 8080, hostname: other.test }
---
${routeOf('shop', `{ backendRefs: [{ ${ref('a')} }] }`)}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: of-set }
spec: { parentRefs: [{ kind: ListenerSet, name: extra }], rules: [{ backendRefs: [{ ${ref('b')} }] }] }
`,
    rows: [
      { ask: '/', host: 'same.test', status: 200, backend: 'a' },
      { ask: '/', host: 'other.test', status: 200, backend: 'b' },
    ],
    status: {
      'Gateway/web': ['Accepted=True/Accepted', 'own:Conflicted=False/NoConflicts', 'own:Programmed=True/Programmed'],
      'ListenerSet/extra': [
        'Accepted=True/ListenersNotValid',
        'same:Conflicted=True/HostnameConflict',
        'same:Programmed=False/HostnameConflict',
        'other:Programmed=True/Programmed',
      ],
    },
  },
]

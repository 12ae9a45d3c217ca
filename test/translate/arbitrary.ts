// Arbitrary worlds for properties: objects of every kind that translation reads, from a few names, so that references
// meet their targets about as often as not. Admission decides which of them count.
import fc from 'fast-check'
import { createAdmission } from '../../controller/admit/admit.ts'
import type { KubeObject } from '../../controller/model/object.ts'

const admit = createAdmission({ channel: 'experimental', defaultNamespace: 'default' })

/** Undefined where the API server would refuse it. */
export const admitted = (value: unknown): KubeObject | undefined => {
  const verdict = admit(JSON.parse(JSON.stringify(value)), () => undefined)
  return verdict.type === 'admitted' ? verdict.object : undefined
}

const namespace = fc.constantFrom('default', 'other')
const name = fc.constantFrom('a', 'b', 'c')
const host = fc.constantFrom('a.example.com', 'b.example.com', '*.example.com', '*.a.example.com', '*.com', 'x.test')
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const some = <T>(value: fc.Arbitrary<T>, maxLength = 3) => fc.array(value, { maxLength })
/** Lists whose keys admission wants to be unique. */
const named = <T extends { name: string }>(value: fc.Arbitrary<T>, maxLength: number, minLength = 0) =>
  fc.uniqueArray(value, { minLength, maxLength, selector: ({ name }) => name })

const object = (apiVersion: string, kind: string, spec: fc.Arbitrary<unknown>) =>
  fc.record({
    apiVersion: fc.constant(apiVersion),
    kind: fc.constant(kind),
    metadata: fc.record({ name, namespace, generation: fc.nat(3) }),
    spec,
  })

const GATEWAY = 'gateway.networking.k8s.io/v1'

const secretRef = fc.record({ name, namespace: maybe(namespace) })
const listener = fc
  .record(
    {
      name: fc.constantFrom('l1', 'l2', 'l3'),
      hostname: host,
      port: fc.constantFrom(80, 443, 8080, 10080),
      protocol: fc.constantFrom('HTTP', 'HTTP', 'HTTPS', 'TLS', 'TCP', 'UDP', 'example.com/odd'),
      certificateRefs: fc.array(secretRef, { minLength: 1, maxLength: 2 }),
      mode: fc.constantFrom('Terminate', 'Passthrough'),
      allowedRoutes: fc.record(
        {
          namespaces: fc.oneof(
            fc.record({ from: fc.constantFrom('All', 'Same') }),
            fc.constant({ from: 'Selector', selector: { matchLabels: { team: 'blue' } } }),
          ),
          kinds: some(fc.record({ kind: fc.constantFrom('HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute') }), 2),
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: ['name', 'port', 'protocol', 'certificateRefs', 'mode'] },
  )
  .map(({ certificateRefs, mode, hostname, ...rest }) => ({
    ...rest,
    ...(rest.protocol === 'HTTPS' ? { tls: { certificateRefs } } : {}),
    ...(rest.protocol === 'TLS' ? { tls: mode === 'Terminate' ? { mode, certificateRefs } : { mode } } : {}),
    ...(hostname && rest.protocol !== 'TCP' && rest.protocol !== 'UDP' ? { hostname } : {}),
  }))

const gateway = object(
  GATEWAY,
  'Gateway',
  fc.record(
    {
      gatewayClassName: fc.constantFrom('sluice', 'sluice', 'other'),
      listeners: named(listener, 3, 1),
      addresses: some(
        fc.record({ type: fc.constantFrom('IPAddress', 'Hostname'), value: fc.constantFrom('127.0.0.9') }),
      ),
      allowedListeners: fc.constant({ namespaces: { from: 'All' } }),
    },
    { requiredKeys: ['gatewayClassName', 'listeners'] },
  ),
)

const listenerSet = object(
  GATEWAY,
  'ListenerSet',
  fc.record({
    parentRef: fc.record({ name, namespace: maybe(namespace) }),
    listeners: named(listener, 2, 1),
  }),
)

const backendRef = fc.record(
  {
    group: fc.constantFrom('', 'sluice.dev'),
    kind: fc.constantFrom('Service', 'Backend', 'Bucket'),
    name,
    namespace,
    port: fc.constantFrom(80, 81),
    weight: fc.nat(3),
  },
  { requiredKeys: ['name', 'port'] },
)

const header = fc.record({
  name: fc.constantFrom('x-a', 'X-A', 'host', 'connection'),
  value: fc.oneof({ arbitrary: fc.constantFrom('1', 'a b'), weight: 9 }, fc.string({ minLength: 1, maxLength: 5 })),
})
const headers = fc.record({
  set: named(header, 3),
  add: named(header, 3),
  remove: fc.uniqueArray(fc.constantFrom('x-b', ':path', 'te')),
})
const path = fc.oneof(
  fc.record({
    type: fc.constant('ReplaceFullPath'),
    replaceFullPath: fc.oneof(fc.constantFrom('/x', '', '//y'), fc.string()),
  }),
  fc.record({ type: fc.constant('ReplacePrefixMatch'), replacePrefixMatch: fc.constantFrom('/x/', '', '/') }),
)
const filter = fc.oneof(
  fc.record({ type: fc.constant('RequestHeaderModifier'), requestHeaderModifier: headers }),
  fc.record({ type: fc.constant('ResponseHeaderModifier'), responseHeaderModifier: headers }),
  fc.record({ type: fc.constant('URLRewrite'), urlRewrite: fc.record({ path }) }),
  fc.record({
    type: fc.constant('RequestRedirect'),
    requestRedirect: fc.record({
      scheme: maybe(fc.constantFrom('http', 'https')),
      port: maybe(fc.constantFrom(80, 9)),
      path: maybe(path),
    }),
  }),
  fc.record({
    type: fc.constant('RequestMirror'),
    requestMirror: fc.record({
      backendRef: fc.record({ name, port: fc.constantFrom(80, 81) }),
      percent: maybe(fc.nat(100)),
    }),
  }),
  fc.record({
    type: fc.constant('ExtensionRef'),
    extensionRef: fc.record({ group: fc.constantFrom('sluice.dev', 'x.dev'), kind: fc.constant('RateLimit'), name }),
  }),
  fc.constant({ type: 'CORS', cors: { allowOrigins: ['https://*.example.com'] } }),
)
const text = fc.record({
  name: fc.constantFrom('x-a', 'X-A', 'q'),
  type: fc.constantFrom('Exact', 'RegularExpression'),
  value: fc.constantFrom('1', '[', '(a|b)+', '(?=x)'),
})
const match = fc.record(
  {
    path: fc.oneof(
      fc.record({
        type: fc.constantFrom('Exact', 'PathPrefix'),
        value: fc.constantFrom('/', '/a', '/a/', '/a/b', '/a.*'),
      }),
      fc.record({ type: fc.constant('RegularExpression'), value: fc.constantFrom('/a.*', '/[', '(') }),
    ),
    method: fc.constantFrom('GET', 'POST'),
    headers: named(text, 2),
    queryParams: named(text, 2),
  },
  { requiredKeys: [] },
)
const rule = fc.record(
  {
    matches: some(match),
    filters: fc.oneof(some(filter, 1), some(filter, 4)),
    backendRefs: some(
      fc.oneof(
        backendRef,
        backendRef.chain(ref => some(filter, 2).map(filters => ({ ...ref, filters }))),
      ),
    ),
    timeouts: fc.record({ request: fc.constantFrom('0s', '1m', '10m') }),
    retry: fc.record({ attempts: fc.integer({ min: 1, max: 3 }) }),
  },
  { requiredKeys: [] },
)
const parentRefs = some(
  fc.record(
    {
      kind: fc.constantFrom('Gateway', 'ListenerSet'),
      name,
      namespace,
      sectionName: fc.constantFrom('l1', 'l2'),
      port: fc.constantFrom(80, 8080),
    },
    { requiredKeys: ['name'] },
  ),
  1,
)
const route = object(
  GATEWAY,
  'HTTPRoute',
  fc.record(
    { parentRefs, hostnames: some(host), rules: fc.array(rule, { minLength: 1, maxLength: 2 }) },
    { requiredKeys: ['rules'] },
  ),
)

const grpcRule = fc.record(
  {
    matches: some(
      fc.record(
        {
          method: fc.record(
            {
              type: fc.constantFrom('Exact', 'RegularExpression'),
              service: fc.constantFrom('a.B', 'C'),
              method: fc.constantFrom('Get', 'Set'),
            },
            { requiredKeys: [] },
          ),
          headers: named(text, 2),
        },
        { requiredKeys: [] },
      ),
    ),
    backendRefs: some(backendRef),
  },
  { requiredKeys: [] },
)
const grpcRoute = object(
  GATEWAY,
  'GRPCRoute',
  fc.record({ parentRefs, hostnames: some(host), rules: some(grpcRule, 2) }, { requiredKeys: [] }),
)
const streamRules = fc.record({ backendRefs: fc.array(backendRef, { minLength: 1, maxLength: 3 }) }).map(one => [one])
const streamRoute = fc.constantFrom('TLSRoute', 'TCPRoute', 'UDPRoute').chain(kind =>
  object(
    GATEWAY,
    kind,
    kind === 'TLSRoute'
      ? fc.record({
          parentRefs,
          hostnames: fc.uniqueArray(fc.constantFrom('a.example.com', '*.example.com', 'b.test'), { minLength: 1 }),
          rules: streamRules,
        })
      : fc.record({ parentRefs, rules: streamRules }),
  ),
)
const tlsPolicy = object(
  GATEWAY,
  'BackendTLSPolicy',
  fc.record({
    targetRefs: fc.tuple(fc.record({ group: fc.constant(''), kind: fc.constant('Service'), name })),
    validation: fc.oneof(
      fc.constant({ hostname: 'a.test', wellKnownCACertificates: 'System' }),
      fc.constant({ hostname: 'a.test', caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'gone' }] }),
    ),
  }),
)

const service = object(
  'v1',
  'Service',
  fc.record({
    ports: fc.constantFrom(
      [{ port: 80 }],
      [
        { name: 't', port: 80 },
        { name: 'u', port: 80, protocol: 'UDP' },
      ],
    ),
  }),
)
const slice = fc
  .record({ name, namespace, service: name, ready: fc.boolean(), address: fc.constantFrom('10.0.0.1', '10.0.0.2') })
  .map(({ name, namespace, service, ready, address }) => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, namespace, labels: { 'kubernetes.io/service-name': service } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [address], conditions: { ready } }],
    ports: [{ port: 8080 }],
  }))
const backend = object(
  'sluice.dev/v1alpha1',
  'Backend',
  fc.record({
    endpoints: fc.constant([{ host: 'one.example', port: 1 }]),
    protocol: fc.constantFrom('HTTP', 'H2C', 'TLS'),
  }),
)
const rateLimit = object(
  'sluice.dev/v1alpha1',
  'RateLimit',
  fc.constant({ limits: [{ name: 'l', requests: 1, unit: 'Hour' }] }),
)
const grant = object(
  GATEWAY,
  'ReferenceGrant',
  fc.record({
    from: fc.constant([{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'default' }]),
    to: fc.constant([{ group: '', kind: 'Service' }]),
  }),
)
const space = fc.record({
  apiVersion: fc.constant('v1'),
  kind: fc.constant('Namespace'),
  metadata: fc.record({ name: namespace, labels: fc.constantFrom({}, { team: 'blue' }) }),
})

/** An object as one would write it; most are admitted. */
export const anyObject: fc.Arbitrary<unknown> = fc.oneof(
  { arbitrary: gateway, weight: 3 },
  { arbitrary: route, weight: 6 },
  { arbitrary: grpcRoute, weight: 2 },
  { arbitrary: streamRoute, weight: 3 },
  tlsPolicy,
  { arbitrary: service, weight: 2 },
  { arbitrary: slice, weight: 2 },
  listenerSet,
  backend,
  rateLimit,
  grant,
  space,
)

// Worlds and requests to try, from alphabets so small that hosts, paths and names collide, nest and just miss each other all
// the time. Everything an API server would admit; what shrinks, shrinks towards one plain route.
import fc from 'fast-check'
import type {
  BackendRef,
  Filter,
  Gateway,
  GRPCRoute,
  HeaderEdits,
  HTTPRoute,
  Listener,
  Match,
  Mirror,
  NamedMatch,
  ParentRef,
  PathChange,
  Redirect,
  ReferenceGrant,
  Request,
  RpcMatch,
  RpcRule,
  Rule,
  World,
} from './objects.ts'
import { NAMESPACES, SERVICES, SLICES, SUBJECTS } from './surroundings.ts'

export interface Case {
  world: World
  requests: Request[]
}

const GATEWAY_API = 'gateway.networking.k8s.io/v1'
const namespace = fc.constantFrom('default', 'other')
const port = fc.constantFrom(80, 80, 80, 443, 443, 443, 8080)
const hostname = fc.constantFrom('a.example', '*.example', 'b.example', '*.a.example', 'x.a.example')
const method = fc.constantFrom('GET', 'POST', 'PUT')
const text = fc.constantFrom('1', '2', '12')

/** Some of the fields, by their weight in ten. */
const some = <T>(value: fc.Arbitrary<T>, inTen: number): fc.Arbitrary<T | undefined> =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: 10 - inTen }, { arbitrary: value, weight: inTen })

type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}
/** Without the members that are undefined, as they are in YAML. */
const present = <T extends object>(value: T): Present<T> =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Present<T>

const allowedRoutes = fc
  .record({
    namespaces: some(
      fc.oneof(
        { arbitrary: fc.constant({ from: 'All' as const }), weight: 3 },
        fc.constant({ from: 'Same' as const }),
        fc
          .constantFrom('blue', 'red')
          .map(team => ({ from: 'Selector' as const, selector: { matchLabels: { team } } })),
      ),
      8,
    ),
    kinds: some(
      fc.constantFrom('HTTPRoute', 'GRPCRoute').map(kind => [{ kind }]),
      1,
    ),
  })
  .map(present)

const certificate = fc.constantFrom(...Object.keys(SUBJECTS))
const listenerOn = (port: fc.Arbitrary<number>): fc.Arbitrary<Omit<Listener, 'name'>> =>
  fc
    .record({ port, hostname: some(hostname, 5), allowedRoutes: some(allowedRoutes, 6), certificate })
    .map(({ port, certificate, ...rest }) => ({
      ...(port === 443
        ? { protocol: 'HTTPS', port, tls: { certificateRefs: [{ name: certificate }] } }
        : { protocol: 'HTTP', port }),
      ...present(rest),
    }))

/** The API server refuses two of one port and hostname. */
const listenersOn = (...ports: fc.Arbitrary<number>[]) =>
  fc
    .tuple(fc.tuple(...ports.map(listenerOn)), fc.array(listenerOn(fc.oneof(...ports)), { maxLength: 3, size: 'max' }))
    .map(([some, more]) => {
      const all = [...some, ...more]
      return all.filter(
        (one, index) => all.findIndex(other => other.port === one.port && other.hostname === one.hostname) === index,
      )
    })

const gateway = (name: string, namespace: string, ...ports: fc.Arbitrary<number>[]): fc.Arbitrary<Gateway> =>
  listenersOn(...ports).map(listeners => ({
    apiVersion: GATEWAY_API,
    kind: 'Gateway',
    metadata: { name, namespace },
    spec: {
      gatewayClassName: 'sluice',
      addresses: [],
      listeners: listeners.map((listener, index) => ({ name: `l${index + 1}`, ...listener })),
    },
  }))

const section = fc.constantFrom('l1', 'l2', 'l3')
const parentRefs: fc.Arbitrary<ParentRef[]> = fc.oneof(
  { arbitrary: fc.constant<ParentRef[]>([{ name: 'g1', namespace: 'default' }]), weight: 5 },
  {
    arbitrary: fc
      .record({ sectionName: some(section, 5), port: some(port, 4) })
      .map(rest => [{ name: 'g1', namespace: 'default', ...present(rest) }]),
    weight: 3,
  },
  {
    arbitrary: fc
      .uniqueArray(section, { minLength: 1, maxLength: 2 })
      .map(names => names.map(sectionName => ({ name: 'g1', namespace: 'default', sectionName }))),
    weight: 1,
  },
  {
    arbitrary: fc.constant<ParentRef[]>([
      { name: 'g1', namespace: 'default' },
      { name: 'g2', namespace: 'other' },
    ]),
    weight: 2,
  },
)

const named = (names: string[]): fc.Arbitrary<NamedMatch[]> =>
  fc.uniqueArray(
    fc.oneof(
      fc.record({ name: fc.constantFrom(...names), value: text }),
      fc.record({
        name: fc.constantFrom(...names),
        type: fc.constant('RegularExpression' as const),
        value: fc.constantFrom('1|2', '[0-9]+', '1.*'),
      }),
    ),
    { selector: ({ name }) => name, maxLength: 2 },
  )

const plainPath = fc.constantFrom('/a', '/', '/', '/a/', '/a/b', '/ab', '/a/b/')
const anyPath: fc.Arbitrary<Match['path'] & object> = fc.oneof(
  { arbitrary: fc.record({ type: fc.constant('PathPrefix' as const), value: plainPath }), weight: 4 },
  { arbitrary: fc.record({ type: fc.constant('Exact' as const), value: plainPath }), weight: 4 },
  {
    arbitrary: fc.record({
      type: fc.constant('RegularExpression' as const),
      value: fc.constantFrom('/a.*', '/a/?', '/[ab]+', '/a(/b)?', '/|/ab'),
    }),
    weight: 2,
  },
)
const matchWith = (path: fc.Arbitrary<Match['path']>): fc.Arbitrary<Match> =>
  fc
    .record({
      path,
      method: some(method, 3),
      headers: some(named(['x-a', 'X-A', 'x-b']), 3),
      queryParams: some(named(['q', 'Q', 'r']), 3),
    })
    .map(present)

const matches: fc.Arbitrary<Match[] | undefined> = fc.oneof(
  { arbitrary: fc.constant(undefined), weight: 1 },
  { arbitrary: fc.array(matchWith(some(anyPath, 8)), { maxLength: 3 }), weight: 9 },
)
/** What `replacePrefixMatch` may be used with. */
const onePrefix: fc.Arbitrary<Match[]> = matchWith(
  fc.record({ type: fc.constant('PathPrefix' as const), value: plainPath }),
).map(match => [match])

const edits: fc.Arbitrary<HeaderEdits> = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom('x-a', 'X-B', 'x-c', 'x-d'),
      does: fc.constantFrom('set', 'add', 'remove'),
      value: fc.constantFrom('new', 'one, two'),
    }),
    { selector: ({ name }) => name, minLength: 1, maxLength: 3 },
  )
  .map(list => {
    const of = (wanted: string) => list.filter(({ does }) => does === wanted)
    const pairs = (wanted: string) => of(wanted).map(({ name, value }) => ({ name, value }))
    return {
      ...(of('set').length > 0 ? { set: pairs('set') } : {}),
      ...(of('add').length > 0 ? { add: pairs('add') } : {}),
      ...(of('remove').length > 0 ? { remove: of('remove').map(({ name }) => name) } : {}),
    }
  })

const fullPath: fc.Arbitrary<PathChange> = fc
  .constantFrom('/full', '/', '/full/')
  .map(replaceFullPath => ({ type: 'ReplaceFullPath', replaceFullPath }))
const prefixChange: fc.Arbitrary<PathChange> = fc
  .constantFrom('/new', '', '/', '/new/', '/a')
  .map(replacePrefixMatch => ({ type: 'ReplacePrefixMatch', replacePrefixMatch }))

const headerFilters: fc.Arbitrary<Filter | undefined>[] = [
  some(
    edits.map((requestHeaderModifier): Filter => ({ type: 'RequestHeaderModifier', requestHeaderModifier })),
    3,
  ),
  some(
    edits.map((responseHeaderModifier): Filter => ({ type: 'ResponseHeaderModifier', responseHeaderModifier })),
    3,
  ),
]
const rewrite = (path: fc.Arbitrary<PathChange>): fc.Arbitrary<Filter | undefined> =>
  some(
    fc
      .record({ hostname: some(fc.constantFrom('new.test', 'a.example'), 4), path: some(path, 7) })
      .map((urlRewrite): Filter => ({ type: 'URLRewrite', urlRewrite: present(urlRewrite) })),
    4,
  )

const serviceRef = fc.oneof(
  { arbitrary: fc.constantFrom({ name: 's1', port: 80 }, { name: 's2', port: 80 }), weight: 10 },
  {
    arbitrary: fc.constantFrom(
      { name: 's3', namespace: 'other', port: 80 },
      { name: 's1', namespace: 'default', port: 80 },
    ),
    weight: 4,
  },
  {
    arbitrary: fc.constantFrom(
      { name: 'gone', port: 80 },
      { name: 's1', port: 81 },
      { name: 'idle', port: 80 },
      { group: 'x.dev', kind: 'Bucket', name: 's1' },
    ),
    weight: 2,
  },
)
const mirror: fc.Arbitrary<Mirror> = fc
  .record({
    backendRef: serviceRef,
    share: fc.oneof(
      { arbitrary: fc.constant({}), weight: 3 },
      fc.constantFrom<Omit<Mirror, 'backendRef'>>(
        { percent: 0 },
        { percent: 50 },
        { percent: 100 },
        { fraction: { numerator: 3, denominator: 3 } },
        { fraction: { numerator: 0, denominator: 3 } },
      ),
    ),
  })
  .map(({ backendRef, share }) => ({ backendRef, ...share }))
const mirrors: fc.Arbitrary<Filter[]> = fc
  .array(mirror, { maxLength: 2 })
  .map(list => list.map(requestMirror => ({ type: 'RequestMirror', requestMirror })))

const missingExtension = some(
  fc.constant<Filter>({ type: 'ExtensionRef', extensionRef: { group: 'sluice.dev', kind: 'RateLimit', name: 'gone' } }),
  1,
)
const redirect = (path: fc.Arbitrary<PathChange>): fc.Arbitrary<Filter> =>
  fc
    .record({
      scheme: some(fc.constantFrom('http' as const, 'https' as const), 5),
      hostname: some(fc.constantFrom('new.test', 'a.example'), 5),
      port: some(fc.constantFrom(80, 443, 8443), 4),
      path: some(path, 6),
      statusCode: some(fc.constantFrom(301, 302, 303, 307, 308), 6),
    })
    .map((value): Filter => ({ type: 'RequestRedirect', requestRedirect: present(value) as Redirect }))

const isFilter = (filter: Filter | undefined): filter is Filter => filter !== undefined
const filtersOf = (path: fc.Arbitrary<PathChange>): fc.Arbitrary<Filter[]> =>
  fc
    .tuple(...headerFilters, rewrite(path), missingExtension, some(mirrors, 2))
    .map(list => list.flatMap(one => one ?? []))
    .chain(filters => fc.shuffledSubarray(filters, { minLength: filters.length, maxLength: filters.length }))

const backendRef = (path: fc.Arbitrary<PathChange>): fc.Arbitrary<BackendRef> =>
  fc
    .record({
      ref: serviceRef,
      weight: some(fc.constantFrom(0, 1, 3), 5),
      filters: some(
        fc.tuple(...headerFilters, rewrite(path)).map(filters => filters.filter(isFilter)),
        2,
      ),
    })
    .map(({ ref, ...rest }) => ({ ...ref, ...present(rest) }))

/** Which of two rewrites of one request is the first is nowhere said: the rule's own stands alone. */
const withoutSecondRewrite = (rule: Rule): Rule =>
  rule.filters?.some(({ type }) => type === 'URLRewrite')
    ? {
        ...rule,
        backendRefs: (rule.backendRefs ?? []).map(ref =>
          ref.filters ? { ...ref, filters: ref.filters.filter(({ type }) => type !== 'URLRewrite') } : ref,
        ),
      }
    : rule

const ruleWith = (matches: fc.Arbitrary<Match[] | undefined>, path: fc.Arbitrary<PathChange>): fc.Arbitrary<Rule> =>
  fc.oneof(
    {
      arbitrary: fc
        .record({
          matches,
          filters: some(filtersOf(path), 5),
          backendRefs: fc.oneof(
            { arbitrary: fc.array(backendRef(path), { minLength: 1, maxLength: 1 }), weight: 6 },
            { arbitrary: fc.array(backendRef(path), { minLength: 2, maxLength: 3 }), weight: 5 },
            fc.constant<BackendRef[]>([]),
          ),
        })
        .map(value => withoutSecondRewrite(present(value))),
      weight: 8,
    },
    {
      arbitrary: fc
        .record({ matches, filters: fc.tuple(redirect(path), missingExtension).map(list => list.filter(isFilter)) })
        .map(present),
      weight: 2,
    },
  )

const rule: fc.Arbitrary<Rule> = fc.oneof(
  { arbitrary: ruleWith(matches, fullPath), weight: 7 },
  { arbitrary: ruleWith(onePrefix, prefixChange), weight: 3 },
)

const routeSpec = fc.record({
  namespace: fc.oneof({ arbitrary: fc.constant('default'), weight: 3 }, { arbitrary: namespace, weight: 1 }),
  created: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'),
  parentRefs,
  hostnames: some(fc.uniqueArray(hostname, { minLength: 1, maxLength: 3 }), 5),
  rules: fc.array(rule, { minLength: 1, maxLength: 3 }),
})
const routes: fc.Arbitrary<HTTPRoute[]> = fc
  .array(routeSpec, { minLength: 1, maxLength: 5, size: 'max' })
  // Not in the order of their names, which is the last criterion but one.
  .map(list =>
    list.map(({ namespace, created, parentRefs, hostnames, rules }, index) => ({
      apiVersion: GATEWAY_API,
      kind: 'HTTPRoute',
      metadata: { name: `r${(index * 3) % 5}`, namespace, creationTimestamp: created },
      spec: { parentRefs, ...(hostnames ? { hostnames } : {}), rules },
    })),
  )

const rpcMethod = fc
  .record({
    type: some(fc.constant('Exact' as const), 3),
    service: some(fc.constantFrom('a.B', 'a.Bc', 'B'), 8),
    method: some(fc.constantFrom('Get', 'GetAll'), 6),
  })
  .map(present)
const rpcPattern = fc
  .record({
    type: fc.constant('RegularExpression' as const),
    service: some(fc.constantFrom('a\\..+', '.*B'), 8),
    method: some(fc.constantFrom('Get.*', 'Set|Get'), 6),
  })
  .map(present)
const rpcMatch: fc.Arbitrary<RpcMatch> = fc
  .record({
    method: some(
      fc
        .oneof({ arbitrary: rpcMethod, weight: 3 }, rpcPattern)
        .filter(({ service, method }) => service !== undefined || method !== undefined),
      8,
    ),
    headers: some(named(['x-a', 'X-A', 'x-b']), 3),
  })
  .map(present)
const rpcBackend: fc.Arbitrary<BackendRef> = fc
  .record({
    ref: fc.oneof(
      { arbitrary: fc.constantFrom({ name: 'rpc1', port: 80 }, { name: 'rpc2', port: 80 }), weight: 6 },
      fc.constantFrom({ name: 'gone', port: 80 }, { name: 'rpc1', port: 81 }, { name: 'idle', port: 80 }),
      fc.constant({ name: 'rpc1', namespace: 'default', port: 80 }),
    ),
    weight: some(fc.constantFrom(0, 1, 3), 4),
  })
  .map(({ ref, ...rest }) => ({ ...ref, ...present(rest) }))
const rpcRule: fc.Arbitrary<RpcRule> = fc
  .record({
    matches: some(fc.array(rpcMatch, { maxLength: 3 }), 9),
    filters: some(
      fc.tuple(...headerFilters).map(list => list.filter(isFilter)),
      4,
    ),
    backendRefs: fc.array(rpcBackend, { minLength: 1, maxLength: 2 }),
  })
  .map(present)
const rpcRoutes: fc.Arbitrary<GRPCRoute[]> = fc
  .array(
    fc.record({
      namespace: fc.constantFrom('default', 'default', 'other'),
      created: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'),
      parentRefs,
      hostnames: some(fc.uniqueArray(hostname, { minLength: 1, maxLength: 2 }), 8),
      rules: fc.array(rpcRule, { minLength: 1, maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map(list =>
    list.map(({ namespace, created, parentRefs, hostnames, rules }, index) => ({
      apiVersion: GATEWAY_API,
      kind: 'GRPCRoute',
      metadata: { name: `${index % 2 ? 'p' : 'z'}${index}`, namespace, creationTimestamp: created },
      spec: { parentRefs, ...(hostnames ? { hostnames } : {}), rules },
    })),
  )

const grant = (name: string): fc.Arbitrary<ReferenceGrant> =>
  fc.record({
    apiVersion: fc.constant(GATEWAY_API),
    kind: fc.constant('ReferenceGrant'),
    metadata: fc.record({ name: fc.constant(name), namespace }),
    spec: fc.record({
      from: fc.array(
        fc.record({
          group: fc.constant('gateway.networking.k8s.io'),
          kind: fc.constantFrom('HTTPRoute', 'HTTPRoute', 'GRPCRoute'),
          namespace,
        }),
        { minLength: 1, maxLength: 2 },
      ),
      to: fc.array(
        fc
          .record({
            group: fc.constant(''),
            kind: fc.constantFrom('Service', 'Service', 'Secret'),
            name: some(fc.constantFrom('s1', 's3'), 5),
          })
          .map(present),
        { minLength: 1, maxLength: 2 },
      ),
    }),
  }) as fc.Arbitrary<ReferenceGrant>

const world: fc.Arbitrary<World> = fc
  .record({
    g1: gateway('g1', 'default', fc.constant(80), fc.constant(443), port),
    g2: some(gateway('g2', 'other', fc.constantFrom(80, 8080)), 3),
    routes,
    rpcRoutes: some(rpcRoutes, 3),
    first: some(grant('one'), 5),
    second: some(grant('two'), 2),
  })
  .map(({ g1, g2, routes, rpcRoutes, first, second }) => ({
    namespaces: NAMESPACES,
    gateways: [g1, ...(g2 ? [g2] : [])],
    routes,
    rpcRoutes: rpcRoutes ?? [],
    services: SERVICES,
    slices: SLICES,
    grants: [first, second].filter(one => one !== undefined),
  }))

const plainRequest: fc.Arbitrary<Request> = fc.record({
  protocol: fc.oneof(
    { arbitrary: fc.constant('HTTP/1.1' as const), weight: 2 },
    { arbitrary: fc.constant('HTTP/2' as const), weight: 1 },
  ),
  gateway: fc.oneof(
    { arbitrary: fc.constant('default/g1'), weight: 12 },
    { arbitrary: fc.constant('other/g2'), weight: 1 },
  ),
  port,
  method: fc.oneof({ arbitrary: fc.constant('GET'), weight: 2 }, { arbitrary: method, weight: 1 }),
  path: fc
    .tuple(
      fc.oneof(
        { arbitrary: fc.constantFrom('/a', '/', '/a/', '/a/b', '/ab', '/a/b/', '/a/b/c'), weight: 5 },
        {
          arbitrary: fc.constantFrom(
            ...[
              '/b',
              '/A',
              '//a',
              '/a//b',
              '/a/./b',
              '/a/../b',
              '/a/%2e%2E/ab',
              '/a%2Fb',
              '/a/b/..',
              '/a/b/.',
              '/%61',
              '/%7E',
              '/a%2d',
              '/a/%5F',
              '/a%25',
              '/a/%2E',
              '/a/%C3%A4',
            ],
          ),
          weight: 2,
        },
      ),
      fc.oneof(
        { arbitrary: fc.constant(''), weight: 2 },
        fc.constantFrom('?q=1', '?q=2', '?q=1&q=2', '?r=1&q=2', '?q', '?Q=1', '?q=12', '?', '?q=a/../b'),
      ),
    )
    .map(parts => parts.join('')),
  host: fc.oneof(
    { arbitrary: fc.constantFrom('a.example', 'b.example', 'x.a.example'), weight: 5 },
    {
      arbitrary: fc.constantFrom('y.x.a.example', 'c.example', 'A.Example', 'a.example:8080', 'example', 'other.test'),
      weight: 2,
    },
  ),
  headers: fc.array(fc.tuple(fc.constantFrom('x-a', 'x-b', 'x-c'), text), { maxLength: 3 }),
})

/** Port 443 speaks TLS, most often to the host that is asked for. */
const overTls: fc.Arbitrary<Request> = fc
  .tuple(plainRequest, some(fc.constantFrom('a.example', 'b.example', 'x.a.example', 'c.example', 'other.test'), 3))
  .map(([request, other]) => {
    const serverName = other ?? request.host.replace(/:.*/, '').toLowerCase()
    return request.port === 443 ? { ...request, serverName } : request
  })

const call: fc.Arbitrary<Request> = fc
  .tuple(overTls, fc.constantFrom('/a.B/Get', '/a.B/GetAll', '/a.Bc/Get', '/B/Get', '/B/Set', '/a.B/Gets'))
  .map(([request, path]) => ({ ...request, speaks: 'gRPC', protocol: 'HTTP/2', method: 'POST', path }))

/** `requests` is how many there are on average. Calls are made where there are GRPCRoutes. */
export const caseOf = (requests: number): fc.Arbitrary<Case> =>
  world.chain(world => {
    const request = world.rpcRoutes.length > 0 ? fc.oneof(overTls, call) : overTls
    const [minLength, maxLength] = [Math.ceil(requests / 2), Math.floor(requests * 1.5)]
    return fc.array(request, { minLength, maxLength, size: 'max' }).map(requests => ({ world, requests }))
  })

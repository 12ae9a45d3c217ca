// A world and the requests that it is asked: everything is something an API server would admit.
import fc from 'fast-check'
import type { ReferenceGrant, Request, World } from '../objects.ts'
import { NAMESPACES, SERVICES, SLICES } from '../surroundings.ts'
import { gateway } from './gateways.ts'
import { rpcRoutes } from './grpc-routes.ts'
import { routes } from './http-routes.ts'
import { GATEWAY_API, method, namespace, port, present, some, text } from './words.ts'

export interface Case {
  world: World
  requests: Request[]
}
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

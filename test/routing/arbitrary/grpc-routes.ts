// GRPCRoutes: rules for services and methods.
import fc from 'fast-check'
import type { BackendRef, GRPCRoute, RpcMatch, RpcRule } from '../objects.ts'
import { headerFilters, isFilter } from './filters.ts'
import { named, parentRefs } from './matches.ts'
import { GATEWAY_API, hostname, present, some } from './words.ts'

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
export const rpcRoutes: fc.Arbitrary<GRPCRoute[]> = fc
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

// Gateways: listeners with nested host names on few ports, and what routes they allow.
import fc from 'fast-check'
import type { Gateway, Listener } from '../objects.ts'
import { SUBJECTS } from '../surroundings.ts'
import { GATEWAY_API, hostname, present, some } from './words.ts'

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

export const gateway = (name: string, namespace: string, ...ports: fc.Arbitrary<number>[]): fc.Arbitrary<Gateway> =>
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

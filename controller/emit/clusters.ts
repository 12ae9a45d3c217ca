// A backend of the IR in, Envoy's cluster and its endpoints out.
import { packAny } from '../../envoy/schema/any.ts'
import type { Any, Cluster, ClusterLoadAssignment, HttpProtocolOptions } from '../../envoy/schema/envoy.gen.ts'
import { UPSTREAM } from '../../filters/suite/plugins.ts'
import type { Backend, Endpoint } from '../ir/ir.ts'
import type { Delivery } from './delivery.ts'
import { upstreamTls } from './tls.ts'

export const clusterJson = (backend: Backend, delivery: Delivery, systemCertificates: string): Cluster => ({
  name: backend.id,
  connectTimeout: '5s',
  ...(isNamed(backend) ? namedEndpoints(backend) : delivery.endpoints(backend)),
  lbPolicy: 'ROUND_ROBIN',
  // Envoy's own limit of 1,024 requests would answer 503 where nobody asked for a limit.
  circuitBreakers: { thresholds: [UNLIMITED] },
  ignoreHealthOnHostRemoval: true,
  typedExtensionProtocolOptions: {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': protocolOptions(backend, delivery),
  },
  ...(backend.tls ? { transportSocket: upstreamTls(backend.tls, delivery, systemCertificates) } : {}),
})

const MAX = 4_294_967_295
const UNLIMITED = { maxConnections: MAX, maxPendingRequests: MAX, maxRequests: MAX, maxRetries: MAX }

/** Whether EDS can carry its endpoints: it takes addresses only. */
export const isNamed = ({ endpoints }: Pick<Backend, 'endpoints'>): boolean =>
  endpoints.some(({ host }) => !isAddress(host))

/** Host names of a Backend are no addresses by its schema; what is left is IPv4 or holds a colon. */
const isAddress = (host: string): boolean => host.includes(':') || /^[0-9.]+$/.test(host)

const namedEndpoints = (
  backend: Backend,
): Pick<Cluster, 'type' | 'dnsLookupFamily' | 'waitForWarmOnInit' | 'loadAssignment'> => ({
  type: 'STRICT_DNS',
  dnsLookupFamily: 'ALL',
  // A name that does not resolve must not hold up everything else.
  waitForWarmOnInit: false,
  loadAssignment: endpointsJson(backend.id, backend.endpoints),
})

export const endpointsJson = (name: string, endpoints: readonly Endpoint[]): ClusterLoadAssignment => ({
  clusterName: name,
  endpoints:
    endpoints.length === 0
      ? []
      : [
          {
            lbEndpoints: endpoints.map(({ host, port }) => ({
              endpoint: { address: { socketAddress: { address: host, portValue: port } } },
            })),
          },
        ],
})

const protocolOptions = (backend: Backend, delivery: Delivery): Any => {
  const options: HttpProtocolOptions = {
    explicitHttpConfig: backend.protocol === 'HTTP2' ? { http2ProtocolOptions: {} } : { httpProtocolOptions: {} },
    httpFilters: [
      ...delivery.filters([UPSTREAM]),
      {
        name: 'envoy.filters.http.upstream_codec',
        typedConfig: packAny('envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec', {}),
      },
    ],
  }
  return packAny('envoy.extensions.upstreams.http.v3.HttpProtocolOptions', options)
}

// An HTTP chain in, Envoy's connection manager out: how an edge proxy reads requests before any route sees them.
import { packAny } from '../../envoy/schema/any.ts'
import type { Filter, HttpConnectionManager } from '../../envoy/schema/envoy.gen.ts'
import { DOWNSTREAM } from '../../filters/suite/plugins.ts'
import type { HttpChain } from '../ir/ir.ts'
import { stdoutAccessLog } from './access-log.ts'
import { CORS_FILTER } from './cors.ts'
import type { Delivery } from './delivery.ts'
import type { EmitOptions } from './options.ts'

export const connectionManager = (chain: HttpChain, delivery: Delivery, options: EmitOptions): Filter => ({
  name: 'envoy.filters.network.http_connection_manager',
  typedConfig: packAny('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
    statPrefix: chain.id,
    ...delivery.routes(chain),
    httpFilters: filters(delivery),
    ...edge,
    ...(options.accessLog === 'Stdout' ? { accessLog: [stdoutAccessLog] } : {}),
  }),
})

const filters = (delivery: Delivery): HttpConnectionManager['httpFilters'] & object => [
  {
    name: CORS_FILTER,
    typedConfig: packAny('envoy.extensions.filters.http.cors.v3.Cors', {}),
    disabled: true,
  },
  ...delivery.filters([DOWNSTREAM]),
  {
    name: 'envoy.filters.http.router',
    // Backends and clients get the headers that routes ask for, and no others.
    typedConfig: packAny('envoy.extensions.filters.http.router.v3.Router', { suppressEnvoyHeaders: true }),
  },
]

/** envoyproxy.io/docs/envoy/latest/configuration/best_practices/edge, and where we choose. */
const edge: Partial<HttpConnectionManager> = {
  // The client's address is the connection's; x-forwarded-for is appended to, x-envoy-* of clients is removed.
  useRemoteAddress: true,
  internalAddressConfig: {},
  serverName: 'sluice',
  // A backend's own `server` stays.
  serverHeaderTransformation: 'APPEND_IF_ABSENT',
  // Routes must not be evaded by `/a/../b` or `//b`; the backend sees what was matched.
  normalizePath: true,
  mergeSlashes: true,
  // `%2F` is data within a segment (RFC 3986 2.2), not a separator: neither matching nor rewriting decodes it.
  pathWithEscapedSlashesAction: 'KEEP_UNCHANGED',
  commonHttpProtocolOptions: {
    // They are legal in names, and routes may match on them.
    headersWithUnderscoresAction: 'ALLOW',
    idleTimeout: '3600s',
  },
  http2ProtocolOptions: {
    maxConcurrentStreams: 100,
    initialStreamWindowSize: 65_536,
    initialConnectionWindowSize: 1_048_576,
  },
  streamIdleTimeout: '300s',
  // Slow headers are an attack; slow bodies may be uploads.
  requestHeadersTimeout: '10s',
  upgradeConfigs: [{ upgradeType: 'websocket' }],
}

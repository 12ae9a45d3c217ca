// The bootstrap of a Gateway's Envoy. In: which Gateway, and a directory of its own. Out: the file's content. It finds
// the xDS servers in a file that the keeper writes, because controllers come and go while it runs, and shows them its
// ServiceAccount's token, which is renewed in another one.
import { bootstrap, XDS_CLUSTER } from '../../../envoy/bootstrap.ts'

export interface EnvoyFiles {
  admin: string
  /** ClusterLoadAssignment: the sockets of the controllers that live. */
  servers: string
  /** The token as an SDS secret. */
  token: string
  /** Holds both of them: they are replaced by renaming. */
  directory: string
}

const typed = (name: string, rest: object = {}) => ({ '@type': `type.googleapis.com/${name}`, ...rest })

export const bootstrapFor = (id: string, files: EnvoyFiles): object => ({
  ...bootstrap({
    nodeId: id,
    proxy: id,
    xds: { type: 'unix', path: files.servers },
    admin: { type: 'unix', path: files.admin },
  }),
  staticResources: { clusters: [xdsCluster(files)] },
})

const xdsCluster = (files: EnvoyFiles): object => ({
  name: XDS_CLUSTER,
  type: 'EDS',
  edsClusterConfig: {
    serviceName: XDS_CLUSTER,
    edsConfig: { pathConfigSource: fileSource(files.servers, files.directory), resourceApiVersion: 'V3' },
  },
  connectTimeout: '1s',
  typedExtensionProtocolOptions: {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': typed(
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
      {
        // A controller that froze is noticed, and another one asked.
        explicitHttpConfig: { http2ProtocolOptions: { connectionKeepalive: { interval: '5s', timeout: '5s' } } },
        httpFilters: [credentials(files), { name: 'codec', typedConfig: typed(UPSTREAM_CODEC) }],
      },
    ),
  },
})

const UPSTREAM_CODEC = 'envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec'

const fileSource = (path: string, directory: string) => ({ path, watchedDirectory: { path: directory } })

/** Adds `authorization: Bearer …` to the stream's headers, of the token that is valid when it begins. */
const credentials = ({ token, directory }: EnvoyFiles) => ({
  name: 'token',
  typedConfig: typed('envoy.extensions.filters.http.credential_injector.v3.CredentialInjector', {
    overwrite: true,
    credential: {
      name: 'envoy.http.injected_credentials.generic',
      typedConfig: typed('envoy.extensions.http.injected_credentials.generic.v3.Generic', {
        credential: {
          name: 'token',
          sdsConfig: { pathConfigSource: fileSource(token, directory), resourceApiVersion: 'V3' },
        },
      }),
    },
  }),
})

export const serversFile = (sockets: readonly string[], version: string): object => ({
  version_info: version,
  resources: [
    typed('envoy.config.endpoint.v3.ClusterLoadAssignment', {
      cluster_name: XDS_CLUSTER,
      endpoints: [{ lb_endpoints: sockets.map(path => ({ endpoint: { address: { pipe: { path } } } })) }],
    }),
  ],
})

export const tokenFile = (token: string, version: string): object => ({
  version_info: version,
  resources: [
    typed('envoy.extensions.transport_sockets.tls.v3.Secret', {
      name: 'token',
      generic_secret: { secret: { inline_string: `Bearer ${token}` } },
    }),
  ],
})

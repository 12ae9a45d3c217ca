// The bootstrap of a Gateway's Envoy. In: which Gateway, and a directory of its own. Out: the file's content. It finds
// the xDS servers in a file that the keeper writes, because controllers come and go while it runs, and shows them its
// ServiceAccount's token, which is renewed in another one.

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

const XDS = 'xds'

export const bootstrapFor = (id: string, files: EnvoyFiles): object => ({
  node: { id, cluster: 'sluice' },
  admin: { address: { pipe: { path: files.admin, mode: 0o600 } } },
  dynamic_resources: {
    ads_config: {
      api_type: 'DELTA_GRPC',
      transport_api_version: 'V3',
      grpc_services: [{ envoy_grpc: { cluster_name: XDS } }],
    },
    lds_config: { ads: {}, resource_api_version: 'V3' },
    cds_config: { ads: {}, resource_api_version: 'V3' },
  },
  static_resources: {
    clusters: [
      {
        name: XDS,
        type: 'EDS',
        eds_cluster_config: {
          service_name: XDS,
          eds_config: { path_config_source: fileSource(files.servers, files.directory), resource_api_version: 'V3' },
        },
        connect_timeout: '1s',
        typed_extension_protocol_options: {
          'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': typed(
            'envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
            {
              explicit_http_config: {
                // A controller that froze is noticed, and another one asked.
                http2_protocol_options: { connection_keepalive: { interval: '5s', timeout: '5s' } },
              },
              http_filters: [credentials(files), { name: 'codec', typed_config: typed(UPSTREAM_CODEC) }],
            },
          ),
        },
      },
    ],
  },
})

const UPSTREAM_CODEC = 'envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec'

const fileSource = (path: string, directory: string) => ({ path, watched_directory: { path: directory } })

/** Adds `authorization: Bearer …` to the stream's headers, of the token that is valid when it begins. */
const credentials = ({ token, directory }: EnvoyFiles) => ({
  name: 'token',
  typed_config: typed('envoy.extensions.filters.http.credential_injector.v3.CredentialInjector', {
    overwrite: true,
    credential: {
      name: 'envoy.http.injected_credentials.generic',
      typed_config: typed('envoy.extensions.http.injected_credentials.generic.v3.Generic', {
        credential: {
          name: 'token',
          sds_config: { path_config_source: fileSource(token, directory), resource_api_version: 'V3' },
        },
      }),
    },
  }),
})

export const serversFile = (sockets: readonly string[], version: string): object => ({
  version_info: version,
  resources: [
    typed('envoy.config.endpoint.v3.ClusterLoadAssignment', {
      cluster_name: XDS,
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

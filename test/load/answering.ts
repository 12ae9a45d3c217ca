// A backend that costs little and never waits: an Envoy that answers every request itself.
import { type StaticEnvoy, startEnvoy } from '../envoy/static.ts'

/** Its listener is `up`. */
export const startAnswering = (concurrency = 1): Promise<StaticEnvoy> =>
  startEnvoy(
    {
      static_resources: {
        listeners: [
          {
            name: 'up',
            address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
            enable_reuse_port: false,
            filter_chains: [
              {
                filters: [
                  {
                    name: 'hcm',
                    typed_config: {
                      '@type':
                        'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
                      stat_prefix: 'up',
                      route_config: {
                        virtual_hosts: [
                          {
                            name: 'all',
                            domains: ['*'],
                            routes: [
                              {
                                match: { prefix: '/' },
                                direct_response: { status: 200, body: { inline_string: 'ok' } },
                              },
                            ],
                          },
                        ],
                      },
                      http_filters: [
                        {
                          name: 'router',
                          typed_config: {
                            '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router',
                          },
                        },
                      ],
                    },
                  },
                ],
              },
            ],
          },
        ],
      },
    },
    { concurrency, logLevel: 'error' },
  )

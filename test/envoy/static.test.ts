import { expect } from 'chai'
import { startEnvoy, validate } from './static.ts'
import { call, startUpstream, valuesOf } from './upstream.ts'

const manager = (cluster: string) => ({
  name: 'hcm',
  typed_config: {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    stat_prefix: 'test',
    route_config: {
      virtual_hosts: [{ name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster } }] }],
    },
    http_filters: [
      {
        name: 'router',
        typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
      },
    ],
  },
})

const socket = (port_value: number) => ({ socket_address: { address: '127.0.0.1', port_value } })

const bootstrap = (upstreamPort: number) => ({
  static_resources: {
    listeners: [{ name: 'main', address: socket(0), filter_chains: [{ filters: [manager('up')] }] }],
    clusters: [
      {
        name: 'up',
        load_assignment: {
          cluster_name: 'up',
          endpoints: [{ lb_endpoints: [{ endpoint: { address: socket(upstreamPort) } }] }],
        },
      },
    ],
  },
})

describe('a static Envoy', () => {
  it('serves on a free port, tells what it received, and ends with its scope', async () => {
    await using upstream = await startUpstream(() => ({
      status: 201,
      headers: [
        ['x-a', '1'],
        ['x-a', '2'],
      ],
      body: 'made',
    }))
    let pid = 0
    {
      await using envoy = await startEnvoy(bootstrap(upstream.port))
      pid = envoy.pid
      const reply = await call(envoy.port('main'), {
        method: 'POST',
        path: '/p?q',
        headers: { 'x-b': ['3', '4'] },
        body: ['ab', 'cd'],
      })
      expect(reply.status).to.equal(201)
      expect(valuesOf(reply, 'x-a')).to.deep.equal(['1', '2'])
      expect(await upstream.nth(1)).to.deep.include({ method: 'POST', path: '/p?q', body: 'abcd' })
      expect(await envoy.admin('/stats?filter=cluster.up.upstream_rq_total')).to.contain('upstream_rq_total: 1')
    }
    expect(() => process.kill(pid, 0)).to.throw('ESRCH')
  })

  it('says why Envoy did not start', async () => {
    let message = ''
    try {
      await using _ = await startEnvoy({ static_resources: { listeners: [{ name: 'bad' }] } })
    } catch (error) {
      message = String(error)
    }
    expect(message).to.match(/Envoy ended with 1[\s\S]*address/)
  })

  it('validates without starting', async () => {
    expect(await validate(bootstrap(1))).to.equal('')
    expect(await validate({ static_resources: { listeners: [{ name: 'bad' }] } })).to.contain('address')
  })
})

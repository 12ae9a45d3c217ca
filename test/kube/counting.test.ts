// What the bench of a cluster counts by watching, where the API server ends its watches.
import { expect } from 'chai'
import type { KubeObject } from '../../controller/model/object.ts'
import { connect } from '../../controller/sources/kube/api.ts'
import { statusWrites } from '../bench/controller/cluster-figures.ts'
import { startServer, type TestServer } from './api-server.ts'
import { until } from './until.ts'

const FOLDER = '/apis/gateway.networking.k8s.io/v1/namespaces/default'
const route = (name: string, status: 'True' | 'False'): KubeObject => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name, namespace: 'default', uid: name, generation: 1 },
  status: { parents: [{ conditions: [{ type: 'Accepted', status }] }] },
})

describe('counting the writes of statuses', () => {
  let server: TestServer
  const stop = new AbortController()
  const watches = () => server.asked.filter(({ query }) => query.has('watch'))
  before(async () => {
    server = await startServer()
  })
  after(async () => {
    stop.abort()
    await server.close()
  })

  it('goes on, and counts each once, when the API server ends a watch', async () => {
    const put = (name: string, status: 'True' | 'False') => server.put(`${FOLDER}/httproutes`, route(name, status))
    for (const name of ['a', 'b', 'c']) put(name, 'False')
    const counted = statusWrites(connect(server.config), FOLDER, stop.signal)
    await counted.ready
    put('a', 'True')
    await until(() => counted.acceptedRoutes() === 1)
    server.endWatches()
    put('b', 'True')
    await until(() => counted.acceptedRoutes() === 2)
    server.endWatches()
    await until(() => watches().length === 6)
    put('c', 'True')
    await until(() => counted.acceptedRoutes() === 3)
    expect(counted.writes()).to.deep.equal({ routeWrites: 3, gatewayWrites: 0 })
  })
})

// A Service and its EndpointSlices as the place that requests go to; endpoints come and go without a request lost.
import { expect } from 'chai'
import { startLoad } from './load.ts'
import { folder, runSluice } from './sluice.ts'
import { ask, askUntil, echoBackend, gateway, route } from './world.ts'

const service = `
apiVersion: v1
kind: Service
metadata: { name: shop }
spec: { ports: [{ name: http, port: 80 }] }
`

/** Loopback addresses, which an API server would refuse: a folder describes one machine. */
const slice = (port: number) => `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: shop-1, labels: { kubernetes.io/service-name: shop } }
addressType: IPv4
ports: [{ name: http, port: ${port} }]
endpoints: [{ addresses: [127.0.0.1], conditions: { ready: true } }]
`

const shopRoute = route('shop', '/', '    backendRefs: [{ name: shop, port: 80 }]')

describe('sluice run: Services', () => {
  it('sends requests to the endpoints of a Service, and moves with them under load', async () => {
    await using first = await echoBackend('first')
    await using second = await echoBackend('second')
    await using dir = await folder()
    await dir.write('world.yaml', [gateway(dir.address), service, shopRoute].join('---\n'))
    await dir.write('slice.yaml', slice(first.port))
    await using sluice = runSluice(dir.path)
    const [url = ''] = await sluice.live
    expect((await ask(url)).echo.backend).to.equal('first')
    const load = startLoad({ host: dir.address, port: 8080, path: '/', rate: 500, connections: 8 })
    await dir.write('slice.yaml', slice(second.port))
    await askUntil(url, answer => answer.echo.backend === 'second')
    const { statuses, lost } = await load.stop()
    expect([...statuses.keys()]).to.deep.equal([200])
    expect([...lost]).to.deep.equal([])
  })

  it('answers 503 while a Service has no endpoint that is ready, and 500 while there is no Service', async () => {
    await using dir = await folder()
    await dir.write('world.yaml', [gateway(dir.address), service, shopRoute].join('---\n'))
    await using sluice = runSluice(dir.path)
    const [url = ''] = await sluice.live
    expect((await ask(url)).status).to.equal(503)
    await dir.write('world.yaml', [gateway(dir.address), shopRoute].join('---\n'))
    await askUntil(url, answer => answer.status === 500)
    const line = await sluice.logged(({ msg }) => msg.includes('BackendNotFound'))
    expect(line.msg).to.match(/world\.yaml:\d+: HTTPRoute default\/shop: ResolvedRefs: BackendNotFound/)
  })
})

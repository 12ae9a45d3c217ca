// The server and a real Envoy: what comes when, and what a restart of either costs.
import { expect } from 'chai'
import { ads, answers, ask, backend, cluster, endpoints, host, listener, table, to, world } from './world.ts'

describe('delta ADS with a real Envoy', () => {
  it('serves a route, and the change of it', async () => {
    await using one = await backend('one')
    await using all = await world()
    const rest = [cluster('c'), endpoints('c', one.port), listener('l', 'r')]
    all.set(...rest, table('r', host('*', to('c'))))
    await using envoy = await all.envoy()
    await all.settled()
    expect(await ask(envoy.url('l'))).to.equal('200 one')
    all.set(...rest, table('r', host('*', answers('two'))))
    await all.settled()
    expect(await ask(envoy.url('l'))).to.equal('200 two')
  })

  it('tells Envoy what does not exist, rather than to let it wait', async () => {
    await using all = await world()
    all.set(cluster('c'), listener('l', 'r'), table('r', host('*', to('c'), answers('x', '/x'))))
    await using envoy = await all.envoy()
    await all.settled()
    expect(await ask(envoy.url('l'))).to.match(/^503 /)
    expect(await envoy.admin('/stats?filter=init_fetch_timeout')).not.to.match(/: [1-9]/)
  })

  it('sends endpoints again when a cluster changes, or shares them: Envoy waits for them without asking', async () => {
    await using one = await backend('one')
    await using all = await world()
    const rest = [endpoints('c', one.port), listener('l', 'r')]
    all.set(...rest, cluster('c'), table('r', host('*', to('c'))))
    await using envoy = await all.envoy()
    await all.settled()
    const sent = (from: number) =>
      all.events.slice(from).flatMap(event => (event.type === 'sent' ? [`${event.xds} ${event.changed}`] : []))
    let before = all.events.length
    all.set(...rest, cluster('c', { connectTimeout: '2s' }), table('r', host('*', to('c'))))
    await all.settled()
    expect(sent(before)).to.deep.equal(['Cluster 1', 'ClusterLoadAssignment 1'])
    before = all.events.length
    const alias = cluster('alias', { edsClusterConfig: { edsConfig: ads, serviceName: 'c' } })
    all.set(...rest, cluster('c', { connectTimeout: '2s' }), alias, table('r', host('*', to('alias'))))
    await all.settled()
    expect(sent(before)).to.deep.equal(['Cluster 1', 'ClusterLoadAssignment 1', 'RouteConfiguration 1'])
    expect(await ask(envoy.url('l'))).to.equal('200 one')
    expect(await envoy.admin('/stats?filter=init_fetch_timeout')).not.to.match(/: [1-9]/)
  })
})

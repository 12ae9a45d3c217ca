// The server and a real Envoy: what comes when, and what a restart of either costs.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect } from 'chai'
import type { Resource } from '../../controller/serve/resource.ts'
import { eventually } from '../eventually.ts'
import { ads, answers, ask, backend, cluster, endpoints, host, listener, PROXY, table, to, world } from './world.ts'

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

  it('restarts without sending anything again, and then sends what has changed', async () => {
    await using one = await backend('one')
    await using all = await world()
    const rest = [cluster('c'), endpoints('c', one.port), listener('l', 'r')]
    all.set(...rest, table('r', host('*', to('c'))))
    await using envoy = await all.envoy()
    await all.settled()
    const before = all.events.length
    await all.restart()
    await all.settled()
    expect(all.events.slice(before).filter(({ type }) => type === 'sent')).to.deep.equal([])
    expect(await ask(envoy.url('l'))).to.equal('200 one')
    all.set(...rest, table('r', host('*', answers('two'))))
    await all.settled()
    expect(await ask(envoy.url('l'))).to.equal('200 two')
  })

  it('sends nothing, and takes nothing away, before it has been told what there should be', async () => {
    await using all = await world()
    all.set(listener('l', 'r'), table('r', host('*', answers('one'))))
    await using envoy = await all.envoy()
    await all.settled()
    const before = all.events.length
    await all.restart({}, [])
    await all.until(({ envoys }) => envoys.length === 1)
    expect(await ask(envoy.url('l'))).to.equal('200 one')
    expect(all.events.slice(before).filter(({ type }) => type === 'sent')).to.deep.equal([])
    all.set(listener('l', 'r'), table('r', host('*', answers('two'))))
    await all.settled()
    expect(await ask(envoy.url('l'))).to.equal('200 two')
  })

  it('gives an Envoy that starts anew the same as the one before', async () => {
    await using all = await world()
    all.set(listener('l', 'r'), table('r', host('*', answers('one'))))
    const first = await all.envoy('node')
    await all.settled()
    await first[Symbol.asyncDispose]()
    await all.until(({ envoys }) => envoys.length === 0)
    await using second = await all.envoy('node')
    await all.settled()
    expect(await ask(second.url('l'))).to.equal('200 one')
  })

  it('acknowledges a generation only when every Envoy has it', async () => {
    await using all = await world()
    all.set(listener('l', 'r'), table('r', host('*', answers('one'))))
    await using first = await all.envoy('first')
    await all.settled()
    await using second = await all.envoy('second')
    const { envoys } = await all.settled(2)
    expect(envoys.map(({ node }) => node).sort()).to.deep.equal(['first', 'second'])
    for (const envoy of [first, second]) expect(await ask(envoy.url('l'))).to.equal('200 one')
    const early = all.statuses.find(status => status.envoys.length === 2)
    expect(early?.envoys.map(({ acknowledged }) => acknowledged).sort()).to.deep.equal([0, 1])
  })

  it('swaps clusters, endpoints and listeners under load without a failure', async () => {
    await using a = await backend('a')
    await using b = await backend('b')
    await using all = await world()
    const states = [
      [cluster('a'), endpoints('a', a.port), table('r', host('*', to('a')))],
      [cluster('b'), endpoints('b', b.port), table('r', host('*', to('b')))],
      [cluster('b', { connectTimeout: '3s' }), endpoints('b', a.port, b.port), table('r', host('*', to('b')))],
      [cluster('a'), endpoints('a', b.port), listener('other', 'r'), table('r', host('*', to('a')))],
    ]
    const put = (n: number) => all.set(...states[n % states.length]!, listener('l', 'r'))
    put(0)
    await using envoy = await all.envoy()
    await all.settled()
    const answersSeen = new Map<string, number>()
    let isDone = false
    const url = envoy.url('l')
    const load = Promise.all(
      Array.from({ length: 4 }, async () => {
        while (!isDone) {
          const answer = await ask(url)
          answersSeen.set(answer, (answersSeen.get(answer) ?? 0) + 1)
        }
      }),
    )
    for (let n = 1; n <= 40; n++) {
      put(n)
      // Every third change comes while the one before it is under way.
      if (n % 3 !== 0) await all.settled()
    }
    await all.settled()
    isDone = true
    await load
    expect([...answersSeen.keys()].sort()).to.deep.equal(['200 a', '200 b'])
    expect([...answersSeen.values()].reduce((sum, count) => sum + count)).to.be.greaterThan(40)
  })

  it('takes clusters away again', async () => {
    await using all = await world()
    const rest = [listener('l', 'r'), table('r', host('*', answers('x')))]
    all.set(...rest, cluster('c'), endpoints('c', 1), cluster('d'), endpoints('d', 1))
    await using envoy = await all.envoy()
    await all.settled()
    all.set(...rest, cluster('d'), endpoints('d', 1))
    await all.settled()
    const clusters = await envoy.admin('/clusters')
    expect(clusters).to.contain('d::').and.not.to.contain('c::')
  })

  it('does not let a cluster that never becomes warm hold up the others', async () => {
    const silent = createSocket('udp4').bind(0, '127.0.0.1')
    await once(silent, 'listening')
    try {
      await using one = await backend('one')
      await using all = await world({ patienceMs: 100 })
      const entry = listener('l', 'r')
      all.set(entry, table('r', host('*', answers('one'))))
      await using envoy = await all.envoy()
      await all.settled()
      const resolver = { socketAddress: { address: '127.0.0.1', portValue: silent.address().port } }
      const slow: Resource = {
        type: 'Cluster',
        name: 'slow',
        json: {
          name: 'slow',
          type: 'STRICT_DNS',
          connectTimeout: '1s',
          dnsResolutionConfig: { resolvers: [resolver] },
          loadAssignment: {
            clusterName: 'slow',
            endpoints: [
              {
                lbEndpoints: [
                  { endpoint: { address: { socketAddress: { address: 'nobody.invalid', portValue: 80 } } } },
                ],
              },
            ],
          },
        },
      }
      all.set(slow, entry, table('r', host('*', to('slow', '/slow'), answers('two'))))
      const rest = [slow, entry, table('r', host('*', to('slow', '/slow'), to('c')))]
      await eventually(async () => expect(await ask(envoy.url('l'))).to.equal('200 two'))
      all.set(...rest, cluster('c'), endpoints('c', one.port))
      await eventually(async () => expect(await ask(envoy.url('l'))).to.equal('200 one'))
      const { generation, envoys } = all.server.status(PROXY)!
      expect(envoys[0]?.acknowledged).to.be.lessThan(generation)
    } finally {
      silent.close()
    }
  })
})

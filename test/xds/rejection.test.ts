// What a real Envoy rejects: found among many, kept out, said; all others are live, and nobody's last good state is lost.
import { expect } from 'chai'
import type { Resource } from '../../controller/serve/resource.ts'
import { packAny } from '../../envoy/schema/any.ts'
import type { Route } from '../../envoy/schema/envoy.gen.ts'
import { pairOf } from '../tls/pair.ts'
import {
  answers,
  ask,
  backend,
  badRoute,
  cluster,
  endpoints,
  host,
  listener,
  nameShown,
  secret,
  table,
  tlsListener,
  to,
  type World,
  world,
} from './world.ts'

const sentRoutes = ({ events }: World): number =>
  events.filter(event => event.type === 'sent' && event.xds === 'RouteConfiguration').length

const tenants = (count: number, version: string): Route[] =>
  Array.from({ length: count }, (_, n) => answers(`${version}${n}`, `/${n}/`))

const entry = (...routes: Route[]): Resource[] => [listener('l', 'r'), table('r', host('*', ...routes))]

describe('what a real Envoy rejects', () => {
  it('is one route of a hundred: 99 change, the bad one keeps its last good form, and its name is told', async () => {
    await using all = await world()
    all.set(...entry(...tenants(100, 'a')))
    await using envoy = await all.envoy()
    await all.settled()
    const before = sentRoutes(all)
    const bad = { ...badRoute('x'), name: '/42/' }
    all.set(...entry(...tenants(100, 'b').with(42, bad)))
    const { rejections } = await all.settled()
    expect(rejections).to.have.lengthOf(1)
    expect(rejections[0]).to.include({ type: 'RouteConfiguration', name: 'r', virtualHost: '*', route: '/42/' })
    expect(rejections[0]?.message).to.contain('missing )')
    expect(await ask(`${envoy.url('l')}/41/`)).to.equal('200 b41')
    expect(await ask(`${envoy.url('l')}/42/`)).to.equal('200 a42')
    // Halving a hundred takes seven steps, and each takes at most two responses.
    expect(sentRoutes(all) - before).to.be.lessThan(16)
  })

  it('is several routes at once', async () => {
    await using all = await world()
    all.set(...entry(...tenants(20, 'a')))
    await using envoy = await all.envoy()
    await all.settled()
    const bad = [3, 4, 17]
    const next = tenants(20, 'b').map((route, n) =>
      bad.includes(n) ? { ...badRoute(`x${n}`), name: route.name! } : route,
    )
    all.set(...entry(...next))
    const { rejections } = await all.settled()
    expect(rejections.map(({ route }) => route)).to.deep.equal(['/3/', '/4/', '/17/'])
    for (const n of [0, 2, 5, 16, 18]) expect(await ask(`${envoy.url('l')}/${n}/`)).to.equal(`200 b${n}`)
    for (const n of bad) expect(await ask(`${envoy.url('l')}/${n}/`)).to.equal(`200 a${n}`)
  })

  it('answers 500 where it never was good: requests do not fall through to a wider rule', async () => {
    await using all = await world()
    const bad: Route = { ...answers('never', '/bad/'), requestHeadersToAdd: [{ header: { key: ':bad', value: 'x' } }] }
    all.set(...entry(bad, answers('wide')))
    await using envoy = await all.envoy()
    const { rejections } = await all.settled()
    expect(rejections.map(({ route }) => route)).to.deep.equal(['/bad/'])
    expect(await ask(`${envoy.url('l')}/bad/x`)).to.match(/^500 /)
    expect(await ask(`${envoy.url('l')}/other`)).to.equal('200 wide')
  })

  it('is left out where Envoy takes not even its match', async () => {
    await using all = await world()
    all.set(...entry(badRoute('x'), answers('wide')))
    await using envoy = await all.envoy()
    const { rejections } = await all.settled()
    expect(rejections.map(({ route }) => route)).to.deep.equal(['x'])
    expect(await ask(`${envoy.url('l')}/x`)).to.equal('200 wide')
  })

  it('leaves its last good form what that needs: a cluster that nobody else wants any more', async () => {
    await using one = await backend('one')
    await using all = await world()
    all.set(cluster('c'), endpoints('c', one.port), ...entry(to('c', '/x'), answers('a')))
    await using envoy = await all.envoy()
    await all.settled()
    all.set(...entry({ ...badRoute('x'), name: '/x' }, answers('b')))
    const { rejections } = await all.settled()
    expect(rejections.map(({ route }) => route)).to.deep.equal(['/x'])
    expect(await ask(envoy.url('l'))).to.equal('200 b')
    expect(await ask(`${envoy.url('l')}/x`)).to.equal('200 one')
    await all.restart({}, entry({ ...badRoute('x'), name: '/x' }, answers('c')))
    await all.settled()
    expect(await ask(envoy.url('l'))).to.equal('200 c')
    expect(await ask(`${envoy.url('l')}/x`)).to.equal('200 one')
    all.set(...entry(answers('d')))
    await all.settled()
    expect(await envoy.admin('/clusters')).not.to.contain('c::')
  })

  it('is free again as soon as it is mended, and is not sent a second time before', async () => {
    await using all = await world()
    all.set(...entry(badRoute('x'), answers('one')))
    await using envoy = await all.envoy()
    await all.settled()
    const rejectedSoFar = () => all.events.filter(({ type }) => type === 'rejected').length
    const before = rejectedSoFar()
    all.set(...entry(badRoute('x'), answers('two')))
    const { rejections } = await all.settled()
    expect(rejections.map(({ route }) => route)).to.deep.equal(['x'])
    expect(rejectedSoFar()).to.equal(before)
    expect(await ask(envoy.url('l'))).to.equal('200 two')
    all.set(...entry({ ...answers('mended', '/x'), name: 'x' }, answers('two')))
    expect((await all.settled()).rejections).to.deep.equal([])
    expect(await ask(`${envoy.url('l')}/x`)).to.equal('200 mended')
  })

  it('is a host: the others stay', async () => {
    await using all = await world()
    const twice = { name: 'b', domains: ['b', 'b'], routes: [answers('b')] }
    all.set(listener('l', 'r'), table('r', host('a', answers('a')), twice, host('c', answers('c'))))
    await using envoy = await all.envoy()
    const { rejections } = await all.settled()
    expect(rejections.map(({ virtualHost, route }) => [virtualHost, route])).to.deep.equal([['b', undefined]])
    expect(await ask(envoy.url('l'), 'a')).to.equal('200 a')
    expect(await ask(envoy.url('l'), 'c')).to.equal('200 c')
    expect(await ask(envoy.url('l'), 'b')).to.match(/^404 /)
  })

  it('is a cluster: routes to it answer 503, others work', async () => {
    await using all = await world()
    const bad = cluster('bad', { connectTimeout: '0s' })
    all.set(bad, ...entry(to('bad', '/bad'), answers('good')))
    await using envoy = await all.envoy()
    const { rejections } = await all.settled()
    expect(rejections).to.have.lengthOf(1)
    expect(rejections[0]).to.include({ type: 'Cluster', name: 'bad' })
    expect(await ask(`${envoy.url('l')}/bad`)).to.match(/^503 /)
    expect(await ask(envoy.url('l'))).to.equal('200 good')
  })

  it('is a secret: its listener keeps the good one, others never notice', async () => {
    await using all = await world()
    const good = pairOf('one.example.com')
    const tls = tlsListener('t', 'r', 's')
    all.set(secret('s', good), tls, ...entry(answers('a')))
    await using envoy = await all.envoy()
    await all.settled()
    expect(await nameShown(envoy.port('t'))).to.equal('one.example.com')
    all.set(secret('s', { crt: pairOf('two.example.com').crt, key: good.key }), tls, ...entry(answers('b')))
    const { rejections } = await all.settled()
    expect(rejections).to.have.lengthOf(1)
    expect(rejections[0]).to.include({ type: 'Secret', name: 's' })
    expect(await ask(envoy.url('l'))).to.equal('200 b')
    expect(await nameShown(envoy.port('t'))).to.equal('one.example.com')
    all.set(secret('s', pairOf('two.example.com')), tls, ...entry(answers('b')))
    expect((await all.settled()).rejections).to.deep.equal([])
    expect(await nameShown(envoy.port('t'))).to.equal('two.example.com')
  })

  it('is found while another Envoy is served, too', async () => {
    await using all = await world()
    all.set(...entry(...tenants(10, 'a')))
    await using one = await all.envoy()
    await using two = await all.envoy()
    await all.settled(2)
    all.set(...entry(...tenants(10, 'b').with(5, badRoute('x'))))
    const { rejections } = await all.settled(2)
    expect(rejections.map(({ route }) => route)).to.deep.equal(['x'])
    for (const envoy of [one, two]) expect(await ask(`${envoy.url('l')}/4/`)).to.equal('200 b4')
  })

  it('is known to the next process, which sends nothing', async () => {
    await using all = await world()
    all.set(...entry(...tenants(10, 'a')))
    await using envoy = await all.envoy()
    await all.settled()
    all.set(...entry(...tenants(10, 'b').with(5, { ...badRoute('x'), name: '/5/' })))
    await all.settled()
    const before = all.events.length
    await all.restart()
    const { rejections } = await all.settled()
    expect(rejections.map(({ route }) => route)).to.deep.equal(['/5/'])
    expect(all.events.slice(before).filter(event => event.type === 'sent' && event.changed > 0)).to.deep.equal([])
    expect(await ask(`${envoy.url('l')}/5/`)).to.equal('200 a5')
  })

  it('takes the same road when it is not even of the schema', async () => {
    await using all = await world()
    all.set(...entry({ name: 'x', match: { prefix: 1 } } as object, answers('good')))
    await using envoy = await all.envoy()
    const { rejections } = await all.settled()
    expect(rejections.map(({ route }) => route)).to.deep.equal(['x'])
    expect(all.events.filter(({ type }) => type === 'rejected')).to.deep.equal([])
    expect(await ask(envoy.url('l'))).to.equal('200 good')
  })

  it('is tried again when the cause may pass: a port in use', async () => {
    await using all = await world({ retryMs: 50 })
    await using other = await world()
    other.set(...entry(answers('other')))
    const first = await other.envoy()
    await other.settled()
    const port = first.port('l')
    all.set(listener('l', 'r', port), listener('free', 'r'), table('r', host('*', answers('ours'))))
    await using envoy = await all.envoy()
    const { rejections } = await all.settled()
    expect(rejections[0]?.message).to.contain('Address already in use')
    expect(await ask(envoy.url('free'))).to.equal('200 ours')
    const attempts = () => all.events.filter(({ type }) => type === 'rejected').length
    const before = attempts()
    const from = all.statuses.length
    await all.until(() => attempts() > before + 2)
    // Trying again makes it no better: what is told does not change in between.
    for (const status of all.statuses.slice(from)) expect(status.rejections).to.have.lengthOf(1)
    await first[Symbol.asyncDispose]()
    await all.until(status => status.rejections.length === 0)
    await all.settled()
    expect(await ask(`http://127.0.0.1:${port}`)).to.equal('200 ours')
  })

  for (const [what, bad] of [
    ['an expression', badRoute('x')],
    ['a value that the schema bounds', { ...answers('x', '/x'), directResponse: { status: 99 } }],
    ['a header', { ...answers('x', '/x'), requestHeadersToAdd: [{ header: { key: ':path', value: 'x' } }] }],
    ['a filter', { ...answers('x', '/x'), typedPerFilterConfig: { unknown: packAny('google.protobuf.Empty', {}) } }],
  ] as [string, Route][]) {
    it(`is ${what}: found without a moment in which a route was missing, also by a process that knows nothing`, async () => {
      await using all = await world()
      const good = tenants(30, 'a')
      all.set(...entry(...good))
      await using envoy = await all.envoy()
      await all.settled()
      const reloads = async () => Number(/: (\d+)/.exec(await envoy.admin('/stats?filter=rds.r.config_reload$'))?.[1])
      const before = await reloads()
      await all.restart({ saved: {} }, entry(...good.toSpliced(20, 0, { ...bad, name: 'x' })))
      const { rejections } = await all.settled()
      expect(rejections.map(({ route }) => route)).to.deep.equal(['x'])
      expect(await reloads()).to.be.lessThan(before + 2)
      for (const n of [0, 19, 20, 29]) expect(await ask(`${envoy.url('l')}/${n}/`)).to.equal(`200 a${n}`)
    })
  }
})

// Which response is due in which situation, written down one by one; proxy.test.ts tries all the others.
import { expect } from 'chai'
import { ABSENT, isSettled, next, type Subscription, type Wanted } from '../../controller/serve/next.ts'
import type { XdsType } from '../../controller/serve/resource.ts'

type Versions = Record<string, string | undefined>

const wanted = (
  all: Partial<Record<XdsType, Versions>>,
  references: Record<string, string> = {},
  pending: XdsType[] = [],
): Wanted => ({
  pending: new Set(pending),
  entries: new Map(
    Object.entries(all).map(([type, versions]) => [
      type as XdsType,
      new Map(
        Object.entries(versions).map(([name, version]) => {
          const [to, toName] = references[name]?.split(' ') ?? []
          return [name, { version, references: to && toName ? [{ type: to as XdsType, name: toName }] : [] }]
        }),
      ),
    ]),
  ),
})

const all = (has: Record<string, string> = {}, more: Partial<Subscription> = {}): Subscription => ({
  wildcard: true,
  names: new Set(),
  has: new Map(Object.entries(has)),
  unanswered: false,
  inFlight: [],
  ...more,
})

const some = (names: string[], has: Record<string, string> = {}, more: Partial<Subscription> = {}): Subscription =>
  all(has, { wildcard: false, names: new Set(names), ...more })

const of = (subscriptions: Partial<Record<XdsType, Subscription>>) =>
  new Map(Object.entries(subscriptions) as [XdsType, Subscription][])

const waiting = { inFlight: [{ overdue: false }] }
const overdue = { inFlight: [{ overdue: true }] }

const short = (world: Wanted, subscriptions: Partial<Record<XdsType, Subscription>>) =>
  next(world, of(subscriptions)).map(({ type, changed, removed }) => `${type} +${changed.join()} -${removed.join()}`)

describe('what is sent next', () => {
  const world = wanted({
    Cluster: { c: '1' },
    ClusterLoadAssignment: { c: '1' },
    Listener: { l: '1' },
    RouteConfiguration: { r: '1' },
  })

  it('is clusters and what they need, before anything else', () => {
    const none = {
      Cluster: all(),
      ClusterLoadAssignment: some(['c']),
      Listener: all(),
      RouteConfiguration: some(['r']),
    }
    expect(short(world, none)).to.deep.equal(['Cluster +c -', 'ClusterLoadAssignment +c -'])
  })

  it('is nothing of a type whose last response is not answered, but endpoints while clusters are not', () => {
    expect(short(world, { Cluster: all({}, waiting), ClusterLoadAssignment: some(['c']) })).to.deep.equal([
      'ClusterLoadAssignment +c -',
    ])
    expect(short(world, { Cluster: all({}, waiting), Listener: all() })).to.deep.equal([])
  })

  it('is listeners when clusters are acknowledged, routes when listeners are', () => {
    const first = { Cluster: all({ c: '1' }), ClusterLoadAssignment: some(['c'], { c: '1' }) }
    expect(short(world, { ...first, Listener: all(), RouteConfiguration: some(['r']) })).to.deep.equal([
      'Listener +l -',
    ])
    const sent = all({ l: '1' }, waiting)
    expect(short(world, { ...first, Listener: sent, RouteConfiguration: some(['r']) })).to.deep.equal([])
    const done = all({ l: '1' })
    expect(short(world, { ...first, Listener: done, RouteConfiguration: some(['r']) })).to.deep.equal([
      'RouteConfiguration +r -',
    ])
  })

  it('does not wait for clusters that are overdue', () => {
    expect(short(world, { Cluster: all({ c: '1' }, overdue), Listener: all() })).to.deep.equal(['Listener +l -'])
  })

  it('is removals last of all, listeners before clusters', () => {
    const old = { Cluster: all({ c: '1', x: '1' }), Listener: all({ l: '1', y: '1' }) }
    expect(short(world, { ...old, RouteConfiguration: some(['r']) })).to.deep.equal(['RouteConfiguration +r -'])
    const acked = { ...old, RouteConfiguration: some(['r'], { r: '1' }) }
    expect(short(world, acked)).to.deep.equal(['Listener + -y'])
    const sent = { ...acked, Listener: all({ l: '1' }, waiting) }
    expect(short(world, sent)).to.deep.equal([])
    const done = { ...acked, Listener: all({ l: '1' }) }
    expect(short(world, done)).to.deep.equal(['Cluster + -x'])
  })

  it('waits while something earlier in the order is pending, which then comes first', () => {
    const versions = { Cluster: { c: '1', d: undefined }, Listener: { l: '1' } }
    const has = { Cluster: all({ c: '1' }), Listener: all({ x: '1' }) }
    expect(short(wanted(versions, {}, ['Cluster']), has)).to.deep.equal([])
    expect(short(wanted(versions), has)).to.deep.equal(['Listener +l -'])
    const last = { Listener: { l: '1' }, RouteConfiguration: { r: undefined } }
    const old = { Cluster: all({ x: '1' }), Listener: all({ l: '1' }) }
    expect(short(wanted(last, {}, ['RouteConfiguration']), old)).to.deep.equal([])
    expect(short(wanted(last), old)).to.deep.equal(['Cluster + -x'])
  })

  it('is nothing that Envoy has, whatever connection it had it from', () => {
    expect(
      short(world, {
        Cluster: all({ c: '1' }),
        ClusterLoadAssignment: some(['c'], { c: '1' }),
        Listener: all({ l: '1' }),
        RouteConfiguration: some(['r'], { r: '1' }),
      }),
    ).to.deep.equal([])
  })

  it('is an empty answer where Envoy waits for its first one, once', () => {
    expect(short(wanted({}), { Cluster: all({}, { unanswered: true }) })).to.deep.equal(['Cluster + -'])
    expect(short(wanted({}), { Cluster: all() })).to.deep.equal([])
  })

  it('tells what does not exist, once, and never takes away what Envoy would keep anyhow', () => {
    expect(short(wanted({}), { ClusterLoadAssignment: some(['c']) })).to.deep.equal(['ClusterLoadAssignment + -c'])
    expect(short(wanted({}), { ClusterLoadAssignment: some(['c'], { c: ABSENT }) })).to.deep.equal([])
    expect(short(wanted({}), { RouteConfiguration: some(['r'], { r: '1' }) })).to.deep.equal([])
    expect(short(world, { ClusterLoadAssignment: some(['c'], { c: ABSENT }) })).to.deep.equal([
      'ClusterLoadAssignment +c -',
    ])
  })

  it('leaves alone what is wanted but known in no form that Envoy takes', () => {
    const keep = wanted({ Cluster: { c: undefined } })
    expect(short(keep, { Cluster: all() })).to.deep.equal([])
    expect(short(keep, { Cluster: all({ c: 'old' }) })).to.deep.equal([])
  })
})

describe('a generation', () => {
  const references = { l: 'RouteConfiguration r' }
  const world = wanted({ Listener: { l: '1' }, RouteConfiguration: { r: '1', unused: '1' } }, references)
  const done = { Cluster: all(), Listener: all({ l: '1' }), RouteConfiguration: some(['r'], { r: '1' }) }

  it('is acknowledged when everything that is referred to has been', () => {
    expect(isSettled(world, of(done))).to.equal(true)
  })

  it('is not while anything is sent and not answered, overdue or not', () => {
    expect(isSettled(world, of({ ...done, RouteConfiguration: some(['r'], { r: '1' }, waiting) }))).to.equal(false)
    expect(isSettled(world, of({ ...done, Cluster: all({}, overdue) }))).to.equal(false)
  })

  it('is not before Envoy has asked for what its listeners refer to', () => {
    expect(isSettled(world, of({ Cluster: all(), Listener: all({ l: '1' }) }))).to.equal(false)
  })

  it('is not before Envoy has asked for clusters and listeners at all', () => {
    expect(isSettled(wanted({}), of({ Cluster: all() }))).to.equal(false)
    expect(isSettled(wanted({}), of({ Cluster: all(), Listener: all() }))).to.equal(true)
  })
})

// Election and acknowledgements among replicas, on Leases in memory and a clock that the test moves.
import { expect } from 'chai'
import { election, moveFor, sight } from '../../controller/lease/election.ts'
import type { Lease, Leases } from '../../controller/lease/lease.ts'
import { ANNOTATION, combine, decode, encode, replica } from '../../controller/lease/replica.ts'
import { ApiError } from '../../controller/sources/kube/api.ts'
import { until } from './until.ts'

interface Memory extends Leases {
  store: Map<string, Lease>
  down: boolean
  writes: number
}

const memory = (): Memory => {
  const store = new Map<string, Lease>()
  let version = 0
  const check = (): void => {
    if (leases.down) throw new Error('no answer')
  }
  const keep = (lease: Lease): Lease => {
    const kept = { ...lease, metadata: { ...lease.metadata, resourceVersion: String(++version) } }
    leases.writes++
    store.set(lease.metadata.name, kept)
    return kept
  }
  const leases: Memory = {
    store,
    down: false,
    writes: 0,
    get: async name => {
      check()
      const lease = store.get(name)
      if (!lease) throw new ApiError(404, 'NotFound', name)
      return lease
    },
    list: async () => {
      check()
      return [...store.values()]
    },
    create: async lease => {
      check()
      if (store.has(lease.metadata.name)) throw new ApiError(409, 'AlreadyExists', '')
      return keep(lease)
    },
    update: async lease => {
      check()
      const known = store.get(lease.metadata.name)
      if (!known) throw new ApiError(404, 'NotFound', '')
      // As the API server has it for Leases: no update without a version.
      const { resourceVersion } = lease.metadata
      if (resourceVersion === undefined) throw new ApiError(422, 'Invalid', 'must be specified for an update')
      if (resourceVersion !== known.metadata.resourceVersion) throw new ApiError(409, 'Conflict', '')
      return keep(lease)
    },
    remove: async name => {
      check()
      store.delete(name)
    },
  }
  return leases
}

describe('election', () => {
  let leases: Memory
  let clock: number
  let ends: AbortController[]
  let runs: Promise<void>[]

  const candidate = (identity: string, isGone?: (identity: string) => Promise<boolean>) => {
    const changes: boolean[] = []
    const one = election({
      leases,
      namespace: 'sys',
      name: 'leader',
      identity,
      durationMs: 5_000,
      everyMs: 5,
      onChange: leads => changes.push(leads),
      failed: () => undefined,
      ...(isGone ? { isGone } : {}),
      clock: () => clock + performance.now() / 1e6,
      now: () => 1_700_000_000_000 + clock,
    })
    const end = new AbortController()
    const run = one.run(end.signal)
    ends.push(end)
    runs.push(run)
    return {
      changes,
      get isLeader() {
        return one.isLeader
      },
      stop: () => {
        end.abort()
        return run
      },
    }
  }

  beforeEach(() => {
    leases = memory()
    clock = 0
    ends = []
    runs = []
  })
  afterEach(async () => {
    for (const end of ends) end.abort()
    await Promise.all(runs)
  })

  it('makes one of two the leader', async () => {
    const a = candidate('a')
    await until(() => a.isLeader)
    const b = candidate('b')
    const { writes } = leases
    await until(() => leases.writes > writes + 3)
    expect(a.isLeader).to.equal(true)
    expect(b.isLeader).to.equal(false)
  })

  it('hands over at once when the leader stops', async () => {
    const a = candidate('a')
    await until(() => a.isLeader)
    const b = candidate('b')
    await a.stop()
    await until(() => b.isLeader)
    expect(leases.store.get('leader')?.spec.leaseTransitions).to.equal(1)
    expect(a.changes).to.deep.equal([true, false])
  })

  it('takes from one that is known to be dead without waiting, from nobody else', async () => {
    const dead = new Set<string>()
    leases.store.set('leader', {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'leader', namespace: 'sys', resourceVersion: '0' },
      spec: { holderIdentity: 'a', leaseDurationSeconds: 5 },
    })
    let asked = 0
    const b = candidate('b', async identity => {
      asked++
      return dead.has(identity)
    })
    await until(() => asked > 3)
    expect(b.isLeader).to.equal(false)
    dead.add('a')
    await until(() => b.isLeader)
    expect(clock).to.equal(0)
  })

  it('steps down by itself when it cannot renew, before the Lease has run out', async () => {
    const a = candidate('a')
    await until(() => a.isLeader)
    leases.down = true
    clock = 4_000
    expect(a.isLeader).to.equal(true)
    clock = 4_995
    await until(() => !a.isLeader)
    leases.down = false
    await until(() => a.isLeader)
  })

  it('counts from when it saw the Lease change, whatever time is written in it', () => {
    const lease: Lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'leader', namespace: 'sys' },
      spec: { holderIdentity: 'a', leaseDurationSeconds: 5, renewTime: '1999-01-01T00:00:00.000000Z' },
    }
    const seen = sight(lease, undefined, 100)
    expect(moveFor(lease, seen, 'b', 5_000)).to.equal('wait')
    expect(moveFor(lease, seen, 'b', 5_101)).to.equal('take')
    expect(moveFor(lease, seen, 'a', 5_101)).to.equal('renew')
    const renewed = { ...lease, spec: { ...lease.spec, renewTime: '1999-01-01T00:00:01.000000Z' } }
    expect(moveFor(renewed, sight(renewed, seen, 5_101), 'b', 5_102)).to.equal('wait')
    expect(moveFor({ ...lease, spec: { ...lease.spec, holderIdentity: '' } }, seen, 'b', 100)).to.equal('take')
  })
})

describe('acknowledgements of replicas', () => {
  it('survive the annotation, and anything else in it counts as none', () => {
    const some = new Map([
      ['b/g', 2],
      ['a/g', 0],
    ])
    expect(encode(some)).to.equal('{"a/g":0,"b/g":2}')
    expect(decode(encode(some))).to.deep.equal(new Map([...some].sort()))
    for (const bad of [undefined, '', '[', 'null', '{"a":"1"}', '3']) expect(decode(bad)).to.have.property('size', 0)
  })

  it('hold when every replica that has Envoys of a Gateway has them', () => {
    const combined = combine([
      new Map([
        ['a/g', 3],
        ['a/h', 1],
      ]),
      new Map([['a/g', 2]]),
    ])
    expect(Object.fromEntries(combined)).to.deep.equal({ 'a/g': 2, 'a/h': 1 })
  })

  it('are read once in the time that is set, however often our own are written', async () => {
    const leases = memory()
    let lists = 0
    const list = leases.list
    leases.list = selector => {
      lists++
      return list(selector)
    }
    const end = new AbortController()
    const one = replica({
      ...{ leases, namespace: 'sys', group: 'sluice', identity: 'a', everyMs: 600_000, expiryMs: 9_000 },
      ...{ onChange: () => undefined, failed: () => undefined },
    })
    const run = one.run(end.signal)
    for (let n = 1; n < 5; n++) {
      one.publish(new Map([['ns/g', n]]))
      await until(() => leases.store.get('a')?.metadata.annotations?.[ANNOTATION] === `{"ns/g":${n}}`)
    }
    expect(lists).to.equal(1)
    end.abort()
    await run
  })

  it('of a replica that is known to be dead count no longer', async () => {
    const leases = memory()
    const end = new AbortController()
    leases.store.set('dead', {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'dead', namespace: 'sys', resourceVersion: '9', annotations: { [ANNOTATION]: '{"ns/g":1}' } },
      spec: {},
    })
    let isDead = false
    const one = replica({
      ...{ leases, namespace: 'sys', group: 'sluice', identity: 'a', everyMs: 105, expiryMs: 600_000 },
      ...{
        onChange: () => undefined,
        failed: () => undefined,
        isGone: async (name: string) => isDead && name === 'dead',
      },
    })
    const run = one.run(end.signal)
    await until(() => one.acknowledged().get('ns/g') === 1)
    isDead = true
    await until(() => one.acknowledged().size === 0)
    expect(leases.store.has('dead')).to.equal(false)
    end.abort()
    await run
  })

  it('go from one replica to the other, and with a replica that is gone', async () => {
    const leases = memory()
    let clock = 0
    const ends = [new AbortController(), new AbortController()]
    let changes = 0
    const [a, b] = ['a', 'b'].map(identity =>
      replica({
        leases,
        namespace: 'sys',
        group: 'sluice',
        identity,
        everyMs: 110,
        expiryMs: 9_000,
        onChange: () => changes++,
        failed: () => undefined,
        clock: () => clock,
      }),
    ) as [ReturnType<typeof replica>, ReturnType<typeof replica>]
    const runs = [a.run(ends[0]!.signal), b.run(ends[1]!.signal)]
    b.publish(new Map([['ns/g', 7]]))
    await until(() => a.acknowledged().get('ns/g') === 7)
    expect(changes).to.be.greaterThan(0)
    expect(leases.store.get('b')?.metadata.annotations?.[ANNOTATION]).to.equal('{"ns/g":7}')
    ends[1]!.abort()
    await runs[1]
    expect(leases.store.has('b')).to.equal(false)

    leases.store.set('dead', {
      ...leases.store.get('a')!,
      metadata: { name: 'dead', namespace: 'sys', resourceVersion: '9', annotations: { [ANNOTATION]: '{"ns/g":1}' } },
    })
    await until(() => a.acknowledged().get('ns/g') === 1)
    clock = 9_001
    await until(() => a.acknowledged().get('ns/g') === undefined)
    expect(leases.store.has('dead')).to.equal(false)
    ends[0]!.abort()
    await Promise.all(runs)
  })
})

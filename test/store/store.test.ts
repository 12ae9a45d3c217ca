// The store: what goes in by batches comes out as snapshots that never change and share what did not change.
import { expect } from 'chai'
import fc from 'fast-check'
import { type KubeObject, keyOf, keyOfObject, type Location } from '../../controller/model/object.ts'
import type { Change } from '../../controller/sources/source.ts'
import { createStore, snapshotOf } from '../../controller/store/store.ts'

const service = (namespace: string, name: string, spec: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace, name },
  spec,
})
const slice = (namespace: string, name: string, of?: string): KubeObject => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { namespace, name, ...(of && { labels: { 'kubernetes.io/service-name': of } }) },
})
const apply = (object: KubeObject, at?: Location): Change => ({ type: 'apply', object, ...(at && { at }) })
const remove = (object: KubeObject): Change => ({ type: 'delete', key: keyOfObject(object) })
const at = (file: string, line: number, column = 1): Location => ({ file, line, column })

describe('a snapshot', () => {
  const [a, b, c] = [service('x', 'b'), service('x', 'a'), service('w', 'z')] as [KubeObject, KubeObject, KubeObject]
  const snapshot = snapshotOf([a, b, c])

  it('lists by namespace and name', () => expect(snapshot.list('Service')).to.deep.equal([c, b, a]))
  it('lists nothing of other kinds', () => expect(snapshot.list('HTTPRoute')).to.deep.equal([]))
  it('gets by name', () => {
    expect(snapshot.get('Service', 'x', 'b')).to.equal(a)
    expect(snapshot.get('Service', 'w', 'b')).to.equal(undefined)
    expect(snapshot.get('Service', 'y', 'b')).to.equal(undefined)
    expect(snapshot.get('Gateway', 'x', 'b')).to.equal(undefined)
  })
  it('gets cluster-scoped objects without a namespace', () => {
    const gatewayClass = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'GatewayClass', metadata: { name: 'c' } }
    expect(snapshotOf([gatewayClass]).get('GatewayClass', '', 'c')).to.equal(gatewayClass)
  })
  it('finds the slices of a service', () => {
    const slices = [
      slice('x', 's2', 'a'),
      slice('x', 's1', 'a'),
      slice('x', 's3', 'b'),
      slice('w', 's4', 'a'),
      slice('x', 's5'),
    ]
    const found = (namespace: string, name: string): string[] =>
      snapshotOf(slices)
        .endpointSlicesOf(namespace, name)
        .map(s => s.metadata.name)
    expect(found('x', 'a')).to.deep.equal(['s1', 's2'])
    expect(found('w', 'a')).to.deep.equal(['s4'])
    expect(found('x', 'c')).to.deep.equal([])
  })
  it('ignores kinds that nobody asks for', () => {
    expect(snapshotOf([{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a' } }]).version).to.equal(0)
  })
})

describe('the store', () => {
  it('keeps old snapshots as they were', () => {
    const store = createStore()
    store.changes([apply(service('x', 'a'))])
    const before = store.snapshot()
    store.changes([remove(service('x', 'a')), apply(service('x', 'b'))])
    expect(before.list('Service').map(s => s.metadata.name)).to.deep.equal(['a'])
    expect(before.get('Service', 'x', 'b')).to.equal(undefined)
    expect(
      store
        .snapshot()
        .list('Service')
        .map(s => s.metadata.name),
    ).to.deep.equal(['b'])
    expect(store.snapshot().version).to.equal(before.version + 1)
  })

  it('shares what did not change', () => {
    const store = createStore()
    const [kept, changed] = [service('x', 'a'), service('x', 'b')]
    store.changes([apply(kept!), apply(changed!), apply(slice('x', 's', 'a'))])
    const before = store.snapshot()
    store.changes([apply(service('x', 'b', { type: 'ClusterIP' }))])
    const after = store.snapshot()
    expect(after.list('Service')[0]).to.equal(kept)
    expect(after.list('EndpointSlice')).to.equal(before.list('EndpointSlice'))
    expect(after.endpointSlicesOf('x', 'a')).to.equal(before.endpointSlicesOf('x', 'a'))
  })

  it('says nothing when nothing changed', () => {
    let calls = 0
    const store = createStore(() => calls++)
    const object = service('x', 'a')
    store.changes([apply(object, at('f', 1))])
    const before = store.snapshot()
    store.changes([apply(object, at('f', 1)), remove(service('x', 'other'))])
    store.changes([{ type: 'read', file: 'f' }])
    expect(store.snapshot()).to.equal(before)
    expect(calls).to.equal(1)
  })

  it('keeps the list of objects when only their places moved', () => {
    const store = createStore()
    const object = service('x', 'a')
    store.changes([apply(object, at('f', 1))])
    const before = store.snapshot()
    store.changes([apply(object, at('f', 5, 3))])
    expect(store.snapshot().list('Service')).to.equal(before.list('Service'))
    expect(store.snapshot().locationOf(keyOfObject(object))).to.deep.equal(at('f', 5, 3))
    expect(before.locationOf(keyOfObject(object))).to.deep.equal(at('f', 1))
  })

  it('knows no place of what is not there', () => {
    const { locationOf } = snapshotOf([service('x', 'a')])
    expect(locationOf(keyOf('', 'Service', 'x', 'a'))).to.equal(undefined)
    expect(locationOf(keyOf('', 'Service', 'x', 'b'))).to.equal(undefined)
    expect(locationOf(keyOf('', 'Secret', 'x', 'b'))).to.equal(undefined)
  })

  it('keeps refusals until their file is read again, in order of place', () => {
    const store = createStore()
    const refuse = (place: Location, message: string): Change => ({ type: 'refuse', at: place, message })
    const messages = (): string[] => store.snapshot().refusals.map(r => r.message)
    store.changes([refuse(at('g', 1), 'c'), refuse(at('f', 9), 'b'), refuse(at('f', 2), 'a')])
    expect(messages()).to.deep.equal(['a', 'b', 'c'])
    store.changes([{ type: 'read', file: 'f' }, refuse(at('f', 3), 'd')])
    expect(messages()).to.deep.equal(['d', 'c'])
    const before = store.snapshot()
    store.changes([{ type: 'read', file: 'f' }, refuse(at('f', 3), 'd')])
    expect(store.snapshot()).to.equal(before)
    store.changes([
      { type: 'read', file: 'f' },
      { type: 'read', file: 'g' },
    ])
    expect(messages()).to.deep.equal([])
  })

  it('leaves an object in force that is refused', () => {
    const store = createStore()
    const object = service('x', 'a')
    store.changes([apply(object)])
    store.changes([{ type: 'refuse', key: keyOfObject(object), at: at('f', 1), message: 'no' }])
    expect(store.snapshot().get('Service', 'x', 'a')).to.equal(object)
    expect(store.snapshot().refusals[0]?.key).to.equal(keyOfObject(object))
  })

  it('tells once that everything has been read', () => {
    let calls = 0
    const store = createStore(() => calls++)
    expect(store.isSynced).to.equal(false)
    store.synced()
    store.synced()
    expect([store.isSynced, calls]).to.deep.equal([true, 1])
  })

  it('holds what a plain map would hold, after any batches', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e')
    const namespace = fc.constantFrom('x', 'y')
    const change = fc.record({ name, namespace, isDelete: fc.boolean() })
    fc.assert(
      fc.property(fc.array(fc.array(change, { maxLength: 6 }), { maxLength: 8 }), batches => {
        const store = createStore()
        const model = new Map<string, KubeObject>()
        for (const batch of batches) {
          store.changes(
            batch.map(({ name, namespace, isDelete }) => {
              const object = service(namespace, name)
              if (isDelete) model.delete(`${namespace}/${name}`)
              else model.set(`${namespace}/${name}`, object)
              return isDelete ? remove(object) : apply(object)
            }),
          )
          const expected = [...model].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object)
          const actual = store.snapshot().list('Service')
          expect(actual.length).to.equal(expected.length)
          for (const [i, object] of expected.entries()) {
            expect(actual[i]).to.equal(object)
            expect(store.snapshot().get('Service', object.metadata.namespace!, object.metadata.name)).to.equal(object)
          }
        }
      }),
    )
  })
})

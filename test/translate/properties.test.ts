// What holds for every world: translation and emission never throw, equal worlds give equal results whatever was seen
// before, and what did not change is the same object.
import { expect } from 'chai'
import fc from 'fast-check'
import { createEmitter } from '../../controller/emit/emit.ts'
import type { EmitOptions } from '../../controller/emit/options.ts'
import type { Proxy as ProxyIr } from '../../controller/ir/ir.ts'
import { type KubeObject, keyOfObject } from '../../controller/model/object.ts'
import { createStore, snapshotOf } from '../../controller/store/store.ts'
import { createTranslator, type Options, translate } from '../../controller/translate/translate.ts'
import { admitted, anyObject } from './arbitrary.ts'
import { defaults } from './world.ts'

const emitOptions: EmitOptions = {
  module: '/suite.wasm',
  reusePort: false,
  accessLog: 'None',
  systemCertificates: '/ca.pem',
}

const worldOf = (objects: unknown[]): KubeObject[] => objects.flatMap(object => admitted(object) ?? [])

/** IR and resources hold closures and identical parts; only what they say counts. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe('translate, of arbitrary worlds', function () {
  this.timeout(120_000)

  it('never throws, and names every object that it judges', () => {
    const judged = new Map<string, number>()
    fc.assert(
      fc.property(fc.array(anyObject, { maxLength: 30 }), objects => {
        const snapshot = snapshotOf(worldOf(objects))
        const { proxies, statuses } = translate(snapshot, defaults)
        for (const proxy of proxies) expectWhole(proxy)
        for (const { key, object } of statuses) expect(key).to.equal(keyOfObject(object))
        for (const { object } of statuses) judged.set(object.kind, (judged.get(object.kind) ?? 0) + 1)
      }),
      { numRuns: 600 },
    )
    expect(judged.get('HTTPRoute'), 'HTTPRoutes that were judged').to.be.greaterThan(100)
    for (const kind of ['GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'])
      expect(judged.get(kind), kind).to.be.greaterThan(10)
  })

  it('gives the same with memory and without, and keeps what did not change', () => {
    let kept = 0
    fc.assert(
      fc.property(
        fc.array(anyObject, { minLength: 10, maxLength: 30 }),
        fc.array(fc.oneof(anyObject, fc.nat()), { maxLength: 6 }),
        (initial, edits) => {
          const store = createStore()
          const known = new Map(worldOf(initial).map(object => [keyOfObject(object), object]))
          store.changes([...known.values()].map(object => ({ type: 'apply', object })))
          const remembering = createTranslator()
          const emit = createEmitter(emitOptions)
          let options: Options = defaults
          let before = JSON.stringify({})
          for (const edit of [undefined, ...edits]) {
            change(store, known, edit)
            const result = remembering(store.snapshot(), options)
            const resources = result.proxies.flatMap(emit)
            expect(plain(result)).to.deep.equal(plain(translate(store.snapshot(), options)))
            expect(plain(resources)).to.deep.equal(plain(result.proxies.flatMap(createEmitter(emitOptions))))
            const again = remembering(store.snapshot(), options)
            expect(hostsOf(again)).to.have.ordered.members(hostsOf(result))
            if (JSON.stringify(result.proxies) === before) kept++
            before = JSON.stringify(result.proxies)
            options = { ...defaults, placement: { ...sharedPlacement, book: result.book } }
          }
        },
      ),
      { numRuns: 100 },
    )
    expect(kept, 'changes that changed nothing').to.be.greaterThan(0)
  })
})

/** What Envoy would refuse, or never get an answer for. */
const expectWhole = (proxy: ProxyIr): void => {
  const resources = createEmitter(emitOptions)(proxy).map(({ type, name }) => `${type} ${name}`)
  expect(resources).to.deep.equal([...new Set(resources)])
  const backends = new Set(proxy.backends.map(({ id }) => id))
  const secrets = new Set(proxy.secrets.map(({ id }) => id))
  for (const { id, chains } of proxy.listeners) {
    const names = chains.flatMap(({ serverNames }) => (serverNames.length > 0 ? serverNames : ['']))
    expect(names, id).to.have.lengthOf.at.least(1)
    expect(names, id).to.deep.equal([...new Set(names)])
    for (const chain of chains) {
      for (const secret of chain.tls?.certificates ?? []) expect(secrets).to.include(secret)
      const acts = chain.type === 'HTTP' ? chain.hosts.flatMap(host => host.routes.map(({ act }) => act)) : [chain]
      for (const act of acts)
        if ('to' in act)
          for (const target of act.to) if ('backend' in target) expect(backends).to.include(target.backend)
    }
  }
}

const sharedPlacement = defaults.placement as Extract<Options['placement'], { type: 'Shared' }>

const hostsOf = ({ proxies }: ReturnType<typeof translate>) =>
  proxies.flatMap(({ listeners }) =>
    listeners.flatMap(({ chains }) => chains.flatMap(c => (c.type === 'HTTP' ? c.hosts : []))),
  )

/** An object is applied, a number deletes one that is there. */
const change = (
  store: ReturnType<typeof createStore>,
  known: Map<ReturnType<typeof keyOfObject>, KubeObject>,
  edit: unknown,
) => {
  if (typeof edit === 'number') {
    const key = [...known.keys()][edit % Math.max(1, known.size)]
    if (key === undefined) return
    known.delete(key)
    store.changes([{ type: 'delete', key }])
  }
  const object = typeof edit === 'object' ? admitted(edit) : undefined
  if (!object) return
  known.set(keyOfObject(object), object)
  store.changes([{ type: 'apply', object }])
}

// What a translator remembers: values, not the worlds in which they were made. Each of many routes changes in a world of its own.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect } from 'chai'
import { createStore } from '../../controller/store/store.ts'
import { createTranslator } from '../../controller/translate/translate.ts'
import { defaults, objectsOf } from './world.ts'

const ROUTES = 40

const gateway = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: web }
spec: { gatewayClassName: sluice, listeners: [{ name: http, protocol: HTTP, port: 8080 }] }
---
{ apiVersion: v1, kind: Service, metadata: { name: one }, spec: { ports: [{ port: 80 }] } }
`
const route = (n: number, value: string): string => `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: r${n} }
spec:
  parentRefs: [{ name: web }]
  hostnames: [h${n}.example.com]
  rules:
  - filters: [{ type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: x-v, value: ${value} }] } }]
    backendRefs: [{ name: one, port: 80 }]
`

/** Everything that nobody can reach any more is gone. */
const collect = async (): Promise<void> => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  // What a WeakRef was asked for in this turn stays until its end.
  await nextTurn()
  gc()
}

describe('a translator', () => {
  it('keeps no world of the past, however many routes have changed since', async () => {
    const store = createStore()
    const translate = createTranslator()
    const worlds: WeakRef<object>[] = []
    const apply = (yaml: string): void => {
      store.changes(objectsOf(yaml).map(object => ({ type: 'apply', object })))
      translate(store.snapshot(), defaults)
      worlds.push(new WeakRef(store.snapshot()))
    }
    apply([gateway, ...Array.from({ length: ROUTES }, (_, n) => route(n, 'old'))].join('---'))
    for (let n = 0; n < ROUTES; n++) apply(route(n, 'new'))
    await collect()
    expect(worlds.filter(world => world.deref()).length).to.be.at.most(2)
  })
})

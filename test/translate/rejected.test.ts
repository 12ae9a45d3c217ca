// Which rules do not work because of what Envoy rejected: their own routes, and whatever they send requests or copies to.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Proxy as ProxyIr } from '../../controller/ir/ir.ts'
import { gatewaysOf, namesOf, rulesOf } from '../../controller/rejected.ts'
import type { Rejection } from '../../controller/serve/quarantine.ts'
import { snapshotOf } from '../../controller/store/store.ts'
import { translate } from '../../controller/translate/translate.ts'
import { defaults, goldenRoot, objectsOf } from './world.ts'

const ref = (name: string) => `group: sluice.dev, kind: Backend, name: ${name}`
const objects = objectsOf(`
${readFileSync(join(goldenRoot, 'gateway.yaml'), 'utf8')}
---
apiVersion: sluice.dev/v1alpha1
kind: Backend
metadata: { name: good }
spec: { endpoints: [{ host: 127.0.0.1, port: 1 }] }
---
apiVersion: sluice.dev/v1alpha1
kind: Backend
metadata: { name: bad }
spec: { endpoints: [{ host: 127.0.0.1, port: 2 }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: shop }
spec:
  parentRefs: [{ name: web }]
  rules:
  - { matches: [{ path: { value: /good } }], backendRefs: [{ ${ref('good')} }] }
  - { matches: [{ path: { value: /bad } }], backendRefs: [{ ${ref('good')} }, { ${ref('bad')} }] }
  - matches: [{ path: { value: /copied } }]
    filters: [{ type: RequestMirror, requestMirror: { backendRef: { ${ref('bad')} } } }]
    backendRefs: [{ ${ref('good')} }]
`)

const proxies = (): ProxyIr[] => translate(snapshotOf(objects), defaults).proxies
const rulesAfter = (...rejections: Rejection[]) =>
  Object.fromEntries(rulesOf(new Map([['sluice', rejections]]), id => proxies().find(proxy => proxy.id === id)))
const bad = 'Backend/default/bad'

describe('what Envoy rejected', () => {
  it('is told to the rules that send requests or copies to the cluster', () => {
    const message = `backend ${bad}: no`
    const wanted = { 'HTTPRoute/default/shop/1': message, 'HTTPRoute/default/shop/2': message }
    expect(rulesAfter({ type: 'Cluster', name: bad, message: 'no' })).to.deep.equal(wanted)
    expect(rulesAfter({ type: 'ClusterLoadAssignment', name: bad, message: 'no' })).to.deep.equal(wanted)
    expect(rulesAfter({ type: 'Cluster', name: 'Backend/default/unused', message: 'no' })).to.deep.equal({})
  })

  it('is told to the rule of a route, before what its backend is told', () => {
    const own: Rejection = {
      type: 'RouteConfiguration',
      name: 'default/web/80',
      route: 'HTTPRoute/default/shop/1/0',
      message: 'bad regex',
    }
    expect(rulesAfter({ type: 'Cluster', name: bad, message: 'no' }, own)).to.include({
      'HTTPRoute/default/shop/1': 'bad regex',
    })
  })

  it('reaches the status of the route, and of no rule beside it', () => {
    const rejections = new Map(Object.entries(rulesAfter({ type: 'Cluster', name: bad, message: 'no\nway' })))
    const { statuses } = translate(snapshotOf(objects), { ...defaults, rejections })
    const route = statuses.find(({ object }) => object.kind === 'HTTPRoute')
    const conditions = route?.status.parents?.[0]?.conditions ?? []
    const partly = conditions.find(({ type }) => type === 'PartiallyInvalid')
    expect(partly?.message).to.include(`spec.rules[1]: Envoy refused it: backend ${bad}: no\\x0away`)
    expect(conditions.find(({ type }) => type === 'Accepted')?.status).to.equal('True')
  })

  it('is a listener, a Secret or a Gateway by its type and name', () => {
    const all: Rejection[] = [
      { type: 'Listener', name: 'default/web/80', message: 'bind' },
      { type: 'Secret', name: 'Secret/default/site', message: 'key' },
    ]
    const byProxy = new Map([['sluice', all]])
    expect([...namesOf('Listener', byProxy)]).to.deep.equal([['default/web/80', 'bind']])
    expect([...namesOf('Secret', byProxy)]).to.deep.equal([['Secret/default/site', 'key']])
    expect([...gatewaysOf(all)]).to.deep.equal(['default/web'])
  })
})

// One route of many changes: only its own host is made anew, in the IR and in what Envoy is sent.
import { expect } from 'chai'
import { createEmitter } from '../../controller/emit/emit.ts'
import type { Host } from '../../controller/ir/ir.ts'
import type { KubeObject } from '../../controller/model/object.ts'
import { createStore } from '../../controller/store/store.ts'
import { createTranslator, type Translation } from '../../controller/translate/translate.ts'
import { defaults, objectsOf } from './world.ts'

const world = (): KubeObject[] =>
  objectsOf(
    [
      'apiVersion: gateway.networking.k8s.io/v1',
      'kind: Gateway',
      'metadata: { name: web }',
      'spec: { gatewayClassName: sluice, listeners: [{ name: http, protocol: HTTP, port: 8080 }] }',
      ...Array.from({ length: 20 }, (_, n) => ['---', route(n, 'one')]).flat(),
      ...['one', 'two'].flatMap(name => [
        '---',
        `{ apiVersion: v1, kind: Service, metadata: { name: ${name} }, spec: { ports: [{ port: 80 }] } }`,
        '---',
        slice(name, '10.0.0.1'),
      ]),
    ].join('\n'),
  )

const route = (n: number, backend: string): string => `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: r${n} }
spec:
  parentRefs: [{ name: web }]
  hostnames: [h${n}.example.com]
  rules: [{ backendRefs: [{ name: ${backend}, port: 80 }] }]
`

const slice = (service: string, address: string): string =>
  `{ apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: { name: ${service}, labels: { kubernetes.io/service-name: ${service} } }, addressType: IPv4, endpoints: [{ addresses: [${address}] }], ports: [{ port: 1 }] }`

const setUp = () => {
  const store = createStore()
  store.changes(world().map(object => ({ type: 'apply', object })))
  const translator = createTranslator()
  const emit = createEmitter({ module: '/m', reusePort: false, accessLog: 'None', systemCertificates: '/c' })
  return (yaml?: string) => {
    if (yaml) store.changes(objectsOf(yaml).map(object => ({ type: 'apply', object })))
    const translation = translator(store.snapshot(), defaults)
    return { translation, resources: emit(translation.proxies[0]!) }
  }
}

const hosts = ({ proxies }: Translation): Map<string, Host> =>
  new Map(
    proxies
      .flatMap(({ listeners }) =>
        listeners.flatMap(({ chains }) => chains.flatMap(c => (c.type === 'HTTP' ? c.hosts : []))),
      )
      .map(host => [host.name, host]),
  )

const changed = <K, V>(before: Map<K, V>, after: Map<K, V>): K[] =>
  [...after].flatMap(([key, value]) => (before.get(key) === value ? [] : [key]))

describe('translate, after a change', () => {
  it('makes the host of a changed route anew, and no other', () => {
    const run = setUp()
    const before = run()
    const after = run(route(7, 'two'))
    expect(changed(hosts(before.translation), hosts(after.translation))).to.deep.equal(['h7.example.com'])
  })

  it('sends the JSON of that host, and no other', () => {
    const run = setUp()
    const json = ({ resources }: ReturnType<typeof run>) =>
      new Map(
        resources.flatMap(r => (r.type === 'RouteConfiguration' ? r.virtualHosts : [])).map(host => [host.name, host]),
      )
    const before = run()
    const after = run(route(7, 'two'))
    expect(changed(json(before), json(after))).to.deep.equal(['h7.example.com'])
  })

  it('sends endpoints alone when endpoints change', () => {
    const run = setUp()
    const json = ({ resources }: ReturnType<typeof run>) => new Map(resources.map(r => [`${r.type} ${r.name}`, r.json]))
    const before = run()
    const after = run(slice('one', '10.0.0.9'))
    const others = changed(json(before), json(after)).filter(name => !name.startsWith('Cluster '))
    expect(others).to.deep.equal(['ClusterLoadAssignment Service/default/one/80'])
  })

  it('keeps the status of all others', () => {
    const run = setUp()
    const statuses = ({ translation }: ReturnType<typeof run>) =>
      new Map(translation.statuses.map(s => [s.key as string, s]))
    const before = run()
    const after = run(route(7, 'gone'))
    expect(changed(statuses(before), statuses(after)).filter(key => key.includes('Route'))).to.deep.equal([
      'gateway.networking.k8s.io/HTTPRoute/default/r7',
    ])
  })

  it('makes routes anew when what they refer to comes and goes', () => {
    const run = setUp()
    run(route(7, 'late'))
    const after = run('{ apiVersion: v1, kind: Service, metadata: { name: late }, spec: { ports: [{ port: 80 }] } }')
    expect(hosts(after.translation).get('h7.example.com')?.routes[0]?.act.type).to.equal('Forward')
  })
})

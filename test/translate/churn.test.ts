// Routes that change while they stay where they are, a few of many, beside some that come, go and move: a translator that has
// seen it all gives what one without memory gives, in the IR, in statuses and in what Envoy is sent.
import { expect } from 'chai'
import fc from 'fast-check'
import { createEmitter } from '../../controller/emit/emit.ts'
import type { Host } from '../../controller/ir/ir.ts'
import { type KubeObject, keyOfObject } from '../../controller/model/object.ts'
import { createStore } from '../../controller/store/store.ts'
import { createTranslator, type Translation, translate } from '../../controller/translate/translate.ts'
import { admitted } from './arbitrary.ts'
import { defaults, objectsOf } from './world.ts'

const gateway = (hostname: string): string => `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: web }
spec:
  gatewayClassName: sluice
  listeners:
  - { name: any, protocol: HTTP, port: 8080 }
  - { name: wild, protocol: HTTP, port: 8080, hostname: "*.example.com" }
  - { name: one, protocol: HTTP, port: 8080, hostname: a.example.com }
  - { name: other, protocol: HTTP, port: 8081, hostname: ${hostname} }`

const service = (name: string): string =>
  `{ apiVersion: v1, kind: Service, metadata: { name: ${name} }, spec: { ports: [{ port: 80 }] } }`

const around = objectsOf([gateway('x.test'), service('one'), service('two')].join('\n---\n'))
const late = objectsOf(service('gone'))
const gateways = ['x.test', 'b.example.com'].map(name => objectsOf(gateway(name)))

const hostname = fc.constantFrom('a.example.com', 'b.example.com', '*.example.com', '*.b.example.com', 'x.test')

interface Shape {
  hostnames: string[]
  sections: string[]
}

const shape: fc.Arbitrary<Shape> = fc.record({
  hostnames: fc.uniqueArray(hostname, { maxLength: 2 }),
  sections: fc.uniqueArray(fc.constantFrom('any', 'wild', 'one', 'other'), { maxLength: 2 }),
})

/** What changes without moving the route. */
interface Variant {
  path: string
  header: boolean
  backend: string
  version?: string | undefined
  redirects: boolean
}

/** No expression: a rule that cannot be served. */
const BAD = '/('

const rules: fc.Arbitrary<Variant[]> = fc.array(
  fc.record({
    path: fc.constantFrom('/', '/a', '/a/b', '/c', BAD),
    header: fc.boolean(),
    backend: fc.constantFrom('one', 'two', 'gone'),
    version: fc.option(fc.constantFrom('1', '2'), { nil: undefined }),
    redirects: fc.boolean(),
  }),
  { minLength: 1, maxLength: 2 },
)

type Rules = Variant[]

const routeOf = (name: string, { hostnames, sections }: Shape, rules: Rules, kind = 'HTTPRoute'): KubeObject =>
  admitted({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind,
    metadata: { name, namespace: 'default' },
    spec: {
      parentRefs:
        sections.length === 0 ? [{ name: 'web' }] : sections.map(sectionName => ({ name: 'web', sectionName })),
      hostnames,
      rules: rules.map(({ path, header, backend, version, redirects }) =>
        kind === 'GRPCRoute'
          ? { backendRefs: [{ name: backend, port: 80 }] }
          : {
              matches: [
                {
                  path: { type: path === BAD ? 'RegularExpression' : 'PathPrefix', value: path },
                  ...(header ? { headers: [{ name: 'x', value: '1' }] } : {}),
                },
              ],
              filters: [
                ...(version
                  ? [
                      {
                        type: 'ResponseHeaderModifier',
                        responseHeaderModifier: { set: [{ name: 'v', value: version }] },
                      },
                    ]
                  : []),
                ...(redirects ? [{ type: 'RequestRedirect', requestRedirect: { statusCode: 302 } }] : []),
              ],
              ...(redirects ? {} : { backendRefs: [{ name: backend, port: 80 }] }),
            },
      ),
    },
  })!

/** Of one batch; 0 is the common one. */
const edit = fc.record({
  route: fc.nat(),
  rules,
  shape,
  how: fc.constantFrom('rules', 'rules', 'rules', 'rules', 'rules', 'shape', 'delete', 'grpc', 'service', 'gateway'),
})

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

const emitOptions = { module: '/m', reusePort: false, accessLog: 'None', systemCertificates: '/c' } as const

const hostsIn = ({ proxies }: Translation): Host[] =>
  proxies.flatMap(({ listeners }) =>
    listeners.flatMap(({ chains }) => chains.flatMap(chain => (chain.type === 'HTTP' ? chain.hosts : []))),
  )

describe('translate, while routes change in place', function () {
  this.timeout(120_000)

  it('gives the same with memory and without', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(shape, rules), { minLength: 4, maxLength: 12 }),
        fc.array(fc.array(edit, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 8 }),
        (initial, batches) => {
          const store = createStore()
          const shapes = initial.map(([one]) => one)
          const first = initial.map(([one, its], n) => routeOf(`r${n}`, one, its))
          store.changes([...around, ...first].map(object => ({ type: 'apply', object })))
          const remembering = createTranslator()
          const emit = createEmitter(emitOptions)
          remembering(store.snapshot(), defaults).proxies.flatMap(emit)
          for (const batch of batches) {
            for (const { route, rules, shape, how } of batch) {
              if (how === 'service' || how === 'gateway') {
                const objects = how === 'service' ? late : gateways[route % 2]!
                store.changes(objects.map(object => ({ type: 'apply', object })))
                continue
              }
              const n = route % initial.length
              if (how === 'shape') shapes[n] = shape
              const object = routeOf(`r${n}`, shapes[n]!, rules, how === 'grpc' ? 'GRPCRoute' : 'HTTPRoute')
              store.changes([
                how === 'delete' ? { type: 'delete', key: keyOfObject(object) } : { type: 'apply', object },
              ])
            }
            const result = remembering(store.snapshot(), defaults)
            expect(plain(result)).to.deep.equal(plain(translate(store.snapshot(), defaults)))
            const wanted = result.proxies.flatMap(createEmitter(emitOptions))
            expect(plain(result.proxies.flatMap(emit))).to.deep.equal(plain(wanted))
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  it('makes only the hosts of changed routes anew, also after routes came and went', () => {
    const store = createStore()
    const shapeOf = (n: number): Shape => ({ hostnames: [`h${n}.example.com`], sections: [] })
    const rule = { path: '/', header: false, backend: 'one', redirects: false } as const
    const apply = (n: number, version: '1' | '2' | '3' | '4'): void =>
      store.changes([{ type: 'apply', object: routeOf(`r${n}`, shapeOf(n), [{ ...rule, version }]) }])
    store.changes(around.map(object => ({ type: 'apply', object })))
    for (let n = 0; n < 40; n++) apply(n, '1')
    const remembering = createTranslator()
    let before = hostsIn(remembering(store.snapshot(), defaults))
    const made = (): string[] => {
      const after = hostsIn(remembering(store.snapshot(), defaults))
      const known = new Set(before)
      before = after
      return [...new Set(after.filter(host => !known.has(host)).map(({ name }) => name))]
    }
    apply(7, '2')
    expect(made()).to.deep.equal(['h7.example.com'])
    apply(3, '2')
    apply(7, '3')
    expect(made()).to.have.members(['h3.example.com', 'h7.example.com'])
    apply(40, '1')
    expect(made()).to.deep.equal(['h40.example.com'])
    apply(41, '1')
    store.changes([{ type: 'delete', key: keyOfObject(routeOf('r5', shapeOf(5), [rule])) }])
    expect(made()).to.deep.equal(['h41.example.com'])
    apply(7, '4')
    expect(made()).to.deep.equal(['h7.example.com'])
  })
})

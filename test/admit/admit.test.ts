// What becomes of an object: admitted, refused with the API server's words, or left alone.
import { expect } from 'chai'
import fc from 'fast-check'
import { groupOf, type KubeObject, keyOf } from '../../controller/model/object.ts'
import { customObjects, type Json, mutate, randomOf } from './manifests.ts'
import { admit, admitted, experimental, gatewayClass, messages, object, route, standard } from './objects.ts'

describe('an admitted object', () => {
  it('has the defaults of its schema, the default namespace and a key', () => {
    const verdict = admit(route({ rules: [{ backendRefs: [{ name: 'a', port: 80 }] }] }))
    expect(verdict).to.deep.equal({
      type: 'admitted',
      key: keyOf('gateway.networking.k8s.io', 'HTTPRoute', 'default', 'x'),
      object: {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'HTTPRoute',
        metadata: { name: 'x', namespace: 'default' },
        spec: {
          rules: [
            {
              backendRefs: [{ name: 'a', port: 80, group: '', kind: 'Service', weight: 1 }],
              matches: [{ path: { type: 'PathPrefix', value: '/' } }],
            },
          ],
        },
      },
    })
  })

  it('does not share its defaults with another', () => {
    const [a, b] = [admitted(route()), admitted(route())] as [KubeObject, KubeObject]
    expect(a.spec).to.deep.equal(b.spec)
    expect((a.spec as Json).rules).to.not.equal((b.spec as Json).rules)
  })

  it('has the newest version of its kind, whatever it was written in', () => {
    const old = { ...route(), apiVersion: 'gateway.networking.k8s.io/v1beta1' }
    expect(admitted(old).apiVersion).to.equal('gateway.networking.k8s.io/v1')
    const grant = { from: [{ group: 'a', kind: 'B', namespace: 'c' }], to: [{ group: '', kind: 'Service' }] }
    const verdict = admit(object('gateway.networking.k8s.io/v1beta1', 'ReferenceGrant', { spec: grant }))
    expect(verdict).to.have.nested.property('object.apiVersion', 'gateway.networking.k8s.io/v1')
  })

  it('carries no status and nothing that only a server writes', () => {
    const metadata = {
      creationTimestamp: '2026-01-01T00:00:00Z',
      finalizers: ['a/b'],
      generation: 7,
      managedFields: [{}],
      resourceVersion: '5',
      uid: 'u',
      labels: { a: 'b' },
      annotations: { 'c/d': 'e f' },
    }
    const result = admitted({ ...route({}, metadata), status: { parents: [] } })
    expect(result).to.not.have.property('status')
    expect(result.metadata).to.deep.equal({
      name: 'x',
      namespace: 'default',
      uid: 'u',
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { a: 'b' },
      annotations: { 'c/d': 'e f' },
    })
  })

  it('of a cluster-scoped kind loses its namespace', () => {
    expect(admitted({ ...gatewayClass(), metadata: { name: 'x', namespace: 'y' } }).metadata).to.deep.equal({
      name: 'x',
    })
  })

  it('treats null as absence', () => {
    const result = admitted(route({ hostnames: null, rules: null }, { labels: null }))
    expect(result.spec).to.have.all.keys('rules')
    expect(result.metadata).to.not.have.property('labels')
  })
})

describe('what is none of our business', () => {
  const type = (apiVersion: string, kind: string, admission = experimental): string =>
    admit(object(apiVersion, kind), undefined, admission).type

  it('is built in', () => {
    expect(type('apps/v1', 'Deployment')).to.equal('built-in')
    expect(type('v1', 'Pod')).to.equal('built-in')
    expect(type('apiextensions.k8s.io/v1', 'CustomResourceDefinition')).to.equal('built-in')
  })
  it('is foreign', () => expect(type('cert-manager.io/v1', 'Certificate')).to.equal('foreign'))
  it('is refused in a group that we know', () => {
    expect(messages(object('gateway.networking.k8s.io/v1', 'HttpRoute'))).to.deep.equal([
      'no matches for kind "HttpRoute" in version "gateway.networking.k8s.io/v1"',
    ])
    expect(messages(object('v1', 'Servce'))).to.deep.equal(['no matches for kind "Servce" in version "v1"'])
    expect(type('apps/v1', 'Deploiment')).to.equal('refused')
    expect(type('gateway.networking.k8s.io/v1alpha2', 'HTTPRoute')).to.equal('refused')
    expect(type('gateway.networking.x-k8s.io/v1alpha1', 'XMesh', standard)).to.equal('refused')
  })
  it('is no object at all', () => {
    expect(messages('text')).to.deep.equal([
      'json: cannot unmarshal string into Go value of type map[string]interface {}',
    ])
    expect(messages([])).to.deep.equal(['json: cannot unmarshal array into Go value of type map[string]interface {}'])
    expect(messages({ apiVersion: 'v1' })).to.deep.equal(["Object 'Kind' is missing"])
    expect(messages({ kind: 'Service' })).to.deep.equal(["Object 'apiVersion' is missing"])
    expect(messages({ kind: {}, apiVersion: 'v1' })).to.deep.equal(['kind must be a string'])
  })
})

describe('rules about changes', () => {
  it('hold when there is an object in force', () => {
    const old = admitted(gatewayClass('a.b/old'))
    expect(messages(gatewayClass('a.b/new'), old)).to.deep.equal([
      'spec.controllerName: Invalid value: "a.b/new": Value is immutable',
    ])
    expect(messages(gatewayClass('a.b/old'), old)).to.deep.equal([])
    expect(messages(gatewayClass('a.b/new'))).to.deep.equal([])
  })
})

describe('our own kinds', () => {
  const limit = (limits: Json[], rest: Json = {}): Json =>
    object('sluice.dev/v1alpha1', 'RateLimit', { spec: { limits, ...rest } })
  const good = { name: 'a', requests: 5, unit: 'Minute' }
  const backend = (...endpoints: Json[]): Json => object('sluice.dev/v1alpha1', 'Backend', { spec: { endpoints } })

  it('have defaults', () => {
    expect(admitted(limit([good])).spec).to.deep.equal({
      mode: 'Enforce',
      limits: [{ ...good, scope: 'Node' }],
      trustedHops: 0,
    })
    expect(admitted(backend({ host: '::1', port: 1 })).spec).to.have.property('protocol', 'HTTP')
  })
  it('limit the largest and the smallest of rates', () => {
    expect(messages(limit([{ ...good, requests: 0 }]))).to.deep.equal([])
    expect(messages(limit([{ ...good, requests: 4294967295 }]))).to.deep.equal([])
    expect(messages(limit([{ ...good, requests: 4294967296 }]))[0]).to.match(
      /should be less than or equal to 4294967295$/,
    )
    expect(messages(limit([]))[0]).to.equal(
      'spec.limits: Invalid value: 0: spec.limits in body should have at least 1 items',
    )
    expect(messages(limit(Array.from({ length: 9 }, (_, i) => ({ ...good, name: `n${i}` }))))[0]).to.equal(
      'spec.limits: Too many: 9: must have at most 8 items',
    )
  })
  it('name what they count by', () => {
    const key = (...keys: Json[]): string[] => messages(limit([{ ...good, key: keys }]))
    expect(key({ type: 'Header', name: 'x-tenant' }, { type: 'ClientAddress' })).to.deep.equal([])
    expect(key({ type: 'Header' })).to.deep.equal([
      'spec.limits[0].key[0]: Invalid value: name must be specified for the types Header, QueryParam and Cookie',
    ])
    expect(key({ type: 'Path', name: 'x' })).to.deep.equal([
      'spec.limits[0].key[0]: Invalid value: name must not be specified for types other than Header, QueryParam and Cookie',
    ])
  })
  it('know a host when they see one', () => {
    for (const host of ['a', 'a.b-c.d', '127.0.0.1', '::1', '2001:db8::1', '1.2.3.4.nip.io']) {
      expect(messages(backend({ host, port: 1 })), host).to.deep.equal([])
    }
    for (const host of ['A', 'a_b', '-a', 'a..b', '300.1.1.1', '1.2.3', 'a/b', '[::1]', 'a:80']) {
      expect(messages(backend({ host, port: 1 })), host).to.deep.equal([
        `spec.endpoints[0].host: Invalid value: "${host}": host must be an IP address or a DNS name`,
      ])
    }
  })
})

describe('admission', () => {
  it('never throws, and what it has admitted it admits again, unchanged', () => {
    const objects = customObjects()
    const random = randomOf(42)
    for (let i = 0; i < 3000; i++) {
      const value = mutate(objects[Math.floor(random() * objects.length)]!, random)
      const verdict = admit(value)
      // An older version may lack what the newest requires.
      if (verdict.type !== 'admitted' || verdict.object.apiVersion !== value.apiVersion) continue
      const again = admit(verdict.object)
      expect(again, JSON.stringify(value)).to.deep.equal(verdict)
    }
  })

  it('never throws, whatever the value', () => {
    const names = fc.constantFrom(
      'apiVersion',
      'kind',
      'metadata',
      'name',
      'spec',
      'data',
      'ports',
      'rules',
      'labels',
      '__proto__',
      'items',
      'a',
    )
    const scalars = fc.oneof(
      fc.constantFrom<unknown>('v1', 'Service', 'Secret', 'ConfigMap', 'x', null, 0, 80, true, -1.5),
      fc.string(),
    )
    const { value } = fc.letrec<{ value: unknown }>(tie => ({
      value: fc.oneof(
        { maxDepth: 5 },
        scalars,
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(names, tie('value'), { maxKeys: 5 }),
      ),
    }))
    const kinds = fc.constantFrom(
      ...['v1/Service', 'v1/Secret', 'v1/ConfigMap', 'v1/Namespace', 'discovery.k8s.io/v1/EndpointSlice'],
      ...[
        'gateway.networking.k8s.io/v1/HTTPRoute',
        'gateway.networking.k8s.io/v1/Gateway',
        'sluice.dev/v1alpha1/RateLimit',
      ],
    )
    fc.assert(
      fc.property(kinds, value, fc.dictionary(names, value), (id, spec, rest) => {
        const apiVersion = id.slice(0, id.lastIndexOf('/'))
        const kind = id.slice(id.lastIndexOf('/') + 1)
        const verdict = admit({ metadata: { name: 'a' }, spec, ...rest, apiVersion, kind })
        expect(verdict.type).to.be.oneOf(['admitted', 'refused'])
        if (verdict.type === 'refused') for (const fault of verdict.faults) expect(fault.message).to.not.include('\n')
        if (verdict.type === 'admitted') expect(groupOf(verdict.object.apiVersion)).to.equal(groupOf(apiVersion))
      }),
      { numRuns: 3000 },
    )
  })

  it('takes no long time over long lists and texts', () => {
    const rules = Array.from({ length: 16 }, (_, i) => ({
      matches: Array.from({ length: 8 }, (_, j) => ({ path: { value: `/${'a'.repeat(900)}${i}-${j}` } })),
      backendRefs: Array.from({ length: 16 }, (_, k) => ({ name: `b${k}`, port: 80 })),
    }))
    expect(messages(route({ rules }))).to.deep.equal([])
    const hostile = route({ hostnames: Array(20_000).fill(`${'a-'.repeat(5000)}!`) })
    expect(messages(hostile).length).to.be.greaterThan(0)
  })
})

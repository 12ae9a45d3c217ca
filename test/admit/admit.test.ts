// What becomes of an object, kind by kind: admitted, refused with the API server's words, or left alone.
import { expect } from 'chai'
import fc from 'fast-check'
import { type Admission, createAdmission, type Verdict } from '../../controller/admit/admit.ts'
import { groupOf, type KubeObject, keyOf } from '../../controller/model/object.ts'
import { customObjects, type Json, mutate, randomOf } from './manifests.ts'

const experimental = createAdmission({ channel: 'experimental', defaultNamespace: 'default' })
const standard = createAdmission({ channel: 'standard', defaultNamespace: 'default' })

const admit = (value: unknown, old?: KubeObject, admission: Admission = experimental): Verdict =>
  admission(structuredClone(value), () => old)

const admitted = (value: unknown, old?: KubeObject): KubeObject => {
  const verdict = admit(value, old)
  if (verdict.type !== 'admitted') throw new Error(JSON.stringify(verdict))
  return verdict.object
}

const messages = (value: unknown, old?: KubeObject, admission: Admission = experimental): string[] => {
  const verdict = admit(value, old, admission)
  return verdict.type === 'refused' ? verdict.faults.map(f => f.message) : []
}

const object = (apiVersion: string, kind: string, rest: Json = {}, metadata: Json = {}): Json => ({
  apiVersion,
  kind,
  metadata: { name: 'x', ...metadata },
  ...rest,
})
const gatewayClass = (controllerName = 'a.b/c'): Json =>
  object('gateway.networking.k8s.io/v1', 'GatewayClass', { spec: { controllerName } })
const route = (spec: Json = {}, metadata: Json = {}): Json =>
  object('gateway.networking.k8s.io/v1', 'HTTPRoute', { spec }, metadata)
const service = (spec: Json): Json => object('v1', 'Service', { spec })
const secret = (rest: Json): Json => object('v1', 'Secret', rest)
const slice = (rest: Json): Json => object('discovery.k8s.io/v1', 'EndpointSlice', rest)

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

describe('metadata', () => {
  const refused = (name: string, metadata: Json, ...expected: (string | RegExp)[]): void => {
    it(name, () => {
      const found = messages(route({}, metadata))
      expect(found).to.have.length(expected.length)
      for (const [i, message] of expected.entries())
        expect(found[i]).to.match(typeof message === 'string' ? literal(message) : message)
    })
  }
  const literal = (text: string): RegExp => new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`)
  const unchecked = /^<nil>: Invalid value: null: some validation rules were not checked/

  refused('needs a name', { name: '' }, 'metadata.name: Required value: name or generateName is required', unchecked)
  refused(
    'has a name in lower case',
    { name: 'A_b' },
    /^metadata\.name: Invalid value: "A_b": a lowercase RFC 1123 subdomain must consist/,
  )
  refused(
    'has a namespace without dots',
    { namespace: 'a.b' },
    'metadata.namespace: Invalid value: "a.b": must not contain dots',
  )
  refused(
    'has labels of text',
    { labels: { v: 1 } },
    'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
  )
  refused(
    'has a map of labels',
    { labels: ['a'] },
    'json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string',
  )
  refused(
    'has a name of text',
    { name: 5 },
    'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string',
  )
  refused('has no other fields', { foo: 1 }, 'strict decoding error: unknown field "metadata.foo"')
  refused(
    'has good label keys',
    { labels: { 'a b': 'c' } },
    /^metadata\.labels: Invalid value: "a b": name part must consist/,
  )
  refused(
    'has good label values',
    { labels: { a: 'b c' } },
    /^metadata\.labels: Invalid value: "b c": a valid label must be/,
  )
  refused('has short label values', { labels: { a: 'b'.repeat(64) } }, /must be no more than 63 bytes$/)
  refused('has good prefixes', { labels: { 'A/b': '' } }, /prefix part a lowercase RFC 1123 subdomain/)
  refused('has one slash in a key', { annotations: { 'a/b/c': '' } }, /a valid label key must consist/)
  refused(
    'has few annotations',
    { annotations: { a: 'x'.repeat(300_000) } },
    'metadata.annotations: Too long: may not be more than 262144 bytes',
    unchecked,
  )

  it('that cannot be decoded still says which object it is', () => {
    const verdict = admit(route({}, { labels: { v: 1 } }))
    expect(verdict).to.have.property('key', keyOf('gateway.networking.k8s.io', 'HTTPRoute', 'default', 'x'))
  })
  it('points at the label', () => {
    const verdict = admit(route({}, { labels: { 'a b': 'c' } }))
    expect(verdict.type === 'refused' && verdict.faults[0]?.steps).to.deep.equal(['metadata', 'labels', 'a b'])
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
    expect(admitted(limit([good])).spec).to.deep.equal({ limits: [{ ...good, scope: 'Node' }], trustedHops: 0 })
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

describe('Services', () => {
  it('get the defaults that the API server gives', () => {
    expect(
      admitted(
        service({ ports: [{ port: 80 }, { name: 'b', port: 81, targetPort: 'http', protocol: 'UDP' }].slice(0, 1) }),
      ).spec,
    ).to.deep.equal({
      type: 'ClusterIP',
      sessionAffinity: 'None',
      ports: [{ port: 80, targetPort: 80, protocol: 'TCP' }],
    })
  })
  const cases: [string, Json, string[]][] = [
    ['need ports', {}, ['spec.ports: Required value']],
    ['need none when headless', { clusterIP: 'None' }, []],
    ['need none when external', { type: 'ExternalName', externalName: 'a.b' }, []],
    [
      'need a good port',
      { ports: [{ port: 0 }] },
      ['spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive'],
    ],
    [
      'need a port number',
      { ports: [{}] },
      ['spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive'],
    ],
    [
      'need names for several',
      { ports: [{ port: 1 }, { port: 2, name: 'b' }] },
      ['spec.ports[0].name: Required value'],
    ],
    [
      'need different names',
      {
        ports: [
          { port: 1, name: 'b' },
          { port: 2, name: 'b' },
        ],
      },
      ['spec.ports[1].name: Duplicate value: "b"'],
    ],
    [
      'need different ports',
      {
        ports: [
          { port: 1, name: 'a' },
          { port: 1, name: 'b' },
        ],
      },
      ['spec.ports[1]: Duplicate value: {"port":1,"protocol":"TCP"}'],
    ],
    [
      'need a known protocol',
      { ports: [{ port: 1, protocol: 'X' }] },
      ['spec.ports[0].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"'],
    ],
    [
      'need a good target',
      { ports: [{ port: 1, targetPort: 70000 }] },
      ['spec.ports[0].targetPort: Invalid value: 70000: must be between 1 and 65535, inclusive'],
    ],
    [
      'need a good target name',
      { ports: [{ port: 1, targetPort: '123' }] },
      ['spec.ports[0].targetPort: Invalid value: "123": must contain at least one letter (a-z)'],
    ],
    [
      'need a known type',
      { ports: [{ port: 1 }], type: 'X' },
      ['spec.type: Unsupported value: "X": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"'],
    ],
    [
      'have no other fields',
      { ports: [{ port: 1, prt: 2 }] },
      ['strict decoding error: unknown field "spec.ports[0].prt"'],
    ],
  ]
  for (const [name, spec, expected] of cases) it(name, () => expect(messages(service(spec))).to.deep.equal(expected))

  it('have names of one label', () => {
    expect(messages({ ...service({ ports: [{ port: 1 }] }), metadata: { name: '1a' } })[0]).to.match(
      /a DNS-1035 label must consist/,
    )
  })
})

describe('Secrets', () => {
  const tls = { type: 'kubernetes.io/tls', data: { 'tls.crt': 'YQ==', 'tls.key': 'YQ==' } }
  it('take text in and keep it encoded', () => {
    expect(admitted(secret({ stringData: { a: 'é' }, data: { b: 'YQ==' } }))).to.deep.include({
      type: 'Opaque',
      data: { a: 'w6k=', b: 'YQ==' },
    })
  })
  it('need what their type says', () => {
    expect(messages(secret(tls))).to.deep.equal([])
    expect(messages(secret({ ...tls, data: {} }))).to.deep.equal([
      'data[tls.crt]: Required value',
      'data[tls.key]: Required value',
    ])
  })
  it('say where the encoding breaks, but never what they hold', () => {
    // As Go answers.
    const broken = [
      ['YQ', 0],
      ['YWJj*', 4],
      ['YWJjZA=', 7],
      ['YQ==YQ==', 4],
      ['YWJjZ', 4],
      ['=', 0],
      ['YQ=', 3],
      ['YQ=a', 2],
      ['YWJjZAA=x', 8],
      ['Y\nQ', 1],
    ] as const
    for (const [text, at] of broken) {
      const found = messages(secret({ data: { a: text } }))
      expect(found, text).to.deep.equal([`illegal base64 data at input byte ${at}`])
    }
    const leaks = [
      { data: { a: 'hunter2!' } },
      { data: 'hunter2!' },
      { data: ['hunter2!'] },
      { stringData: { a: ['hunter2!'] } },
    ]
    for (const rest of leaks)
      expect(JSON.stringify(admit(secret(rest))), JSON.stringify(rest)).to.not.include('hunter2')
  })
  it('skip line breaks in the encoding', () =>
    expect(messages(secret({ data: { a: 'YWJj\nZA==\n' } }))).to.deep.equal([]))
  it('have good keys', () => {
    expect(messages(secret({ data: { 'a b': '' } }))[0]).to.match(
      /^data\[a b\]: Invalid value: "a b": a valid config key/,
    )
    expect(messages(secret({ data: { '..': '' } }))).to.deep.equal([
      'data[..]: Invalid value: "..": must not be \'..\'',
    ])
  })
  it('are not large', () => {
    expect(messages(secret({ data: { a: 'A'.repeat(1_500_000) } }))).to.deep.equal([
      'data: Too long: may not be more than 1048576 bytes',
    ])
  })
})

describe('ConfigMaps', () => {
  it('hold text', () => {
    expect(messages(object('v1', 'ConfigMap', { data: { a: 'b' } }))).to.deep.equal([])
    expect(messages(object('v1', 'ConfigMap', { data: { a: 1 } }))[0]).to.equal(
      'data.a: Invalid value: "integer": data.a in body must be of type string: "integer"',
    )
  })
  it('have each key once', () => {
    expect(messages(object('v1', 'ConfigMap', { data: { a: 'b' }, binaryData: { a: 'YQ==' } }))).to.deep.equal([
      'data[a]: Invalid value: "a": duplicate of key present in binaryData',
    ])
  })
})

describe('EndpointSlices', () => {
  const good = { addressType: 'IPv4', ports: [{ port: 80 }], endpoints: [{ addresses: ['127.0.0.1'] }] }
  it('may name addresses of this machine', () => {
    expect(admitted(slice(good))).to.deep.include({ ports: [{ port: 80, name: '', protocol: 'TCP' }] })
  })
  const cases: [string, Json, string[]][] = [
    ['need a type', { addressType: undefined }, ['addressType: Required value']],
    [
      'need a known type',
      { addressType: 'X' },
      ['addressType: Unsupported value: "X": supported values: "FQDN", "IPv4", "IPv6"'],
    ],
    [
      'need addresses',
      { endpoints: [{}] },
      ['endpoints[0].addresses: Required value: must contain at least 1 address'],
    ],
    [
      'need addresses that are some',
      { endpoints: [{ addresses: ['x'] }] },
      ['endpoints[0].addresses[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
    ],
    [
      'need addresses of their type',
      { endpoints: [{ addresses: ['::1'] }] },
      ['endpoints[0].addresses[0]: Invalid value: "::1": must be an IPv4 address'],
    ],
    ['need different port names', { ports: [{ port: 1 }, { port: 2 }] }, ['ports[1].name: Duplicate value: ""']],
  ]
  for (const [name, change, expected] of cases) {
    it(name, () => expect(messages(JSON.parse(JSON.stringify(slice({ ...good, ...change }))))).to.deep.equal(expected))
  }
})

describe('Namespaces', () => {
  it('are labelled with their name', () => {
    expect(admitted(object('v1', 'Namespace')).metadata.labels).to.deep.equal({ 'kubernetes.io/metadata.name': 'x' })
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

// Built-in kinds: what the API server checks in code, beyond their schemas.
import { expect } from 'chai'
import type { Json } from './manifests.ts'
import { admit, admitted, messages, object, secret, service, slice } from './objects.ts'

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
  const cases: [string, Json, (string | RegExp)[]][] = [
    ['need ports', {}, ['spec.ports: Required value']],
    ['need none when headless', { clusterIP: 'None' }, []],
    ['need none when external', { type: 'ExternalName', externalName: 'a.b' }, []],
    [
      'need a good port',
      { ports: [{ port: 0 }] },
      [
        'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
        'spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive',
      ],
    ],
    [
      'need a port number',
      { ports: [{}] },
      [
        'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
        'spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive',
      ],
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
      [
        'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":1,"TargetPort":0,"NodePort":0}',
      ],
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
      'have selectors that are labels',
      { ports: [{ port: 1 }], selector: { a: '/' } },
      [/^spec.selector: .* a valid label/],
    ],
    [
      'need addresses that are some, before all else',
      { clusterIP: '010.1.2.3' },
      ['spec.clusterIPs[0]: Invalid value: "010.1.2.3": must not have leading 0s'],
    ],
    [
      'need outer addresses that others can reach',
      { ports: [{ port: 1 }], externalIPs: ['127.0.0.1', '::', 'fe80::1', '::ffff:1.2.3.4'] },
      [
        /^spec.externalIPs\[0\]: .* may not be in the loopback range/,
        /^spec.externalIPs\[1\]: .* may not be unspecified \(::\)/,
        /^spec.externalIPs\[2\]: .* link-local range/,
        /^spec.externalIPs\[3\]: .* must not be an IPv4-mapped IPv6 address/,
      ],
    ],
    [
      'know their policies',
      { ports: [{ port: 1 }], sessionAffinity: 'X', internalTrafficPolicy: 'X', trafficDistribution: 'X' },
      [/^spec.sessionAffinity: Unsupported/, /^spec.internalTrafficPolicy: Unsupported/, /^spec.trafficDistribution/],
    ],
    [
      'have no address when external',
      { type: 'ExternalName', externalName: 'a_b', clusterIP: 'None' },
      [/^spec.clusterIPs: Forbidden/, /^spec.externalName: Invalid value: "a_b"/],
    ],
    [
      'have no other fields',
      { ports: [{ port: 1, prt: 2 }] },
      ['strict decoding error: unknown field "spec.ports[0].prt"'],
    ],
  ]
  for (const [name, spec, expected] of cases) {
    it(name, () => {
      const found = messages(service(spec))
      expect(found, found.join('\n')).to.have.length(expected.length)
      for (const [i, wanted] of expected.entries()) {
        if (typeof wanted === 'string') expect(found[i]).to.equal(wanted)
        else expect(found[i]).to.match(wanted)
      }
    })
  }

  it('have names of one label, which may begin with a digit since 1.36', () => {
    const named = (name: string): string[] => messages({ ...service({ ports: [{ port: 1 }] }), metadata: { name } })
    expect(named('1a')).to.deep.equal([])
    expect(named('a.b')[0]).to.match(/^metadata.name: Invalid value: "a.b": must not contain dots/)
  })

  it('are told of all their faults, whatever is wrong with their names', () => {
    const nameless = { ...service({ type: 'X', ports: [{ port: 1 }] }), metadata: {} }
    expect(messages(nameless)).to.have.length(2)
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
  it('of other types need what those say, too, and do not show it', () => {
    expect(messages(secret({ type: 'kubernetes.io/basic-auth' }))).to.have.length(2)
    expect(messages(secret({ type: 'kubernetes.io/ssh-auth', stringData: { 'ssh-privatekey': '' } }))).to.have.length(1)
    expect(messages(secret({ type: 'kubernetes.io/service-account-token' }))).to.deep.equal([
      'metadata.annotations[kubernetes.io/service-account.name]: Required value',
    ])
    expect(
      messages(secret({ type: 'kubernetes.io/dockercfg', stringData: { '.dockercfg': 'hunter2' } })),
    ).to.deep.equal(['data[.dockercfg]: Invalid value: "<secret contents redacted>": must be a JSON object'])
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
  it('are refused for what text would have replaced', () =>
    expect(messages(secret({ data: { a: 'e' }, stringData: { a: 'e' } }))).to.deep.equal([
      'illegal base64 data at input byte 0',
    ]))
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
      ['endpoints[0].addresses: Invalid value: "::1": must be an IPv4 address'],
    ],
    [
      'need IPv6 addresses as RFC 5952 writes them',
      {
        addressType: 'IPv6',
        endpoints: [{ addresses: ['2001:DB8:0:0::1', '1:0:0:2:0:0:0:3', '1:0:2:3:4:5:6:7', '::1'] }],
      },
      [
        'endpoints[0].addresses[0]: Invalid value: "2001:DB8:0:0::1": must be in canonical form ("2001:db8::1")',
        'endpoints[0].addresses[1]: Invalid value: "1:0:0:2:0:0:0:3": must be in canonical form ("1:0:0:2::3")',
      ],
    ],
    [
      'need full names',
      { addressType: 'FQDN', endpoints: [{ addresses: ['a.b', 'a'] }] },
      [
        'endpoints[0].addresses[1]: Invalid value: "a": should be a domain with at least two segments separated by dots',
      ],
    ],
    ['need different port names', { ports: [{ port: 1 }, { port: 2 }] }, ['ports[1].name: Duplicate value: ""']],
  ]
  for (const [name, change, expected] of cases) {
    it(name, () => expect(messages(JSON.parse(JSON.stringify(slice({ ...good, ...change }))))).to.deep.equal(expected))
  }
})

describe('Namespaces', () => {
  it('are labelled with their name', () => {
    expect(messages(object('v1', 'Namespace', { spec: { finalizers: ['a', 'kubernetes', 'a.b/c'] } }))).to.deep.equal([
      'spec.finalizers: Invalid value: "a": name is neither a standard finalizer name nor is it fully qualified',
    ])
    expect(admitted(object('v1', 'Namespace')).metadata.labels).to.deep.equal({ 'kubernetes.io/metadata.name': 'x' })
  })
})

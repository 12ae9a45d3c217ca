import { expect } from 'chai'
import { packAny } from '../../envoy/schema/any.ts'
import { jsonName } from '../../envoy/schema/closure.ts'
import { readSection } from '../../envoy/schema/descriptors.ts'
import type { Cluster, RouteConfiguration } from '../../envoy/schema/envoy.gen.ts'
import { decodeJson, encodeJson, messageOf } from '../../envoy/schema/registry.ts'
import { roots } from '../../envoy/schema/roots.ts'

describe("Envoy's schema", () => {
  it('holds every message we name, and all that these refer to', () => {
    for (const root of roots) expect(messageOf(root).typeName).to.equal(root)
    expect(() => messageOf('envoy.config.nothing.v3.Nothing')).to.throw('roots.ts')
  })

  it('takes the JSON that is typed, and gives the same back', () => {
    const json: RouteConfiguration = {
      name: 'rc',
      virtualHosts: [
        {
          name: 'v',
          domains: ['*'],
          routes: [
            {
              name: 'r',
              match: { pathSeparatedPrefix: '/a', headers: [{ name: 'x', stringMatch: { exact: 'y' } }] },
              route: { cluster: 'c', timeout: '1.500s', idleTimeout: '0s' },
              metadata: { typedFilterMetadata: { p: packAny('google.protobuf.BytesValue', 'AQID') } },
              typedPerFilterConfig: {
                wasm: packAny('envoy.config.route.v3.FilterConfig', {
                  config: packAny('google.protobuf.Empty', {}),
                }),
              },
            },
          ],
        },
      ],
      maxDirectResponseBodySizeBytes: 10,
    }
    const name = 'envoy.config.route.v3.RouteConfiguration'
    expect(decodeJson(name, encodeJson(name, json))).to.deep.equal(json)
  })

  it('refuses a field that Envoy does not have', () => {
    const json = { name: 'c', nonsense: 1 } as Cluster
    expect(() => encodeJson('envoy.config.cluster.v3.Cluster', json)).to.throw('nonsense')
  })

  it('names fields in JSON as protoc does', () => {
    expect(['idle_timeout', 'http2_protocol_options', 'a_1b', 'x__y', 'enum_'].map(jsonName)).to.deep.equal([
      'idleTimeout',
      'http2ProtocolOptions',
      'a1b',
      'xY',
      'enum',
    ])
  })

  it('comes from ELF files only', () => {
    const bytes = new Uint8Array(64)
    expect(() => readSection((offset, length) => bytes.subarray(offset, offset + length), 'x')).to.throw('not an ELF')
  })
})

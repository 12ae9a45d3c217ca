import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { expect } from 'chai'
import { findEnvoy } from '../../envoy/find.ts'
import { packAny } from '../../envoy/schema/any.ts'
import { jsonName } from '../../envoy/schema/closure.ts'
import { descriptors, envoyVersion } from '../../envoy/schema/descriptors.gen.ts'
import { readSection } from '../../envoy/schema/descriptors.ts'
import type { Cluster, RouteConfiguration } from '../../envoy/schema/envoy.gen.ts'
import { extractSchema } from '../../envoy/schema/extract.ts'
import { decodeJson, encodeJson, messageOf } from '../../envoy/schema/registry.ts'
import { roots } from '../../envoy/schema/roots.ts'
import { pinned } from '../../envoy/wheel.ts'

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

  it('is the one of the Envoy that we pin', async function () {
    const { path, version } = await findEnvoy()
    if (version !== envoyVersion) this.skip()
    const fresh = extractSchema(path)
    expect(Buffer.from(fresh.descriptors).equals(gunzipSync(Buffer.from(descriptors, 'base64')))).to.equal(true)
    const committed = await readFile(new URL('../../envoy/schema/envoy.gen.ts', import.meta.url), 'utf8')
    expect(committed.endsWith(fresh.types)).to.equal(true)
  })

  it('is the one of the wheel that is fetched', () => {
    expect(envoyVersion).to.equal(pinned.version)
  })
})

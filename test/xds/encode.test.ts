import { expect } from 'chai'
import fc from 'fast-check'
import { encode, messageNames } from '../../controller/serve/encode.ts'
import { referencesOf } from '../../controller/serve/references.ts'
import type { Resource } from '../../controller/serve/resource.ts'
import { decodeRequest, encodeResponse, reasonOf } from '../../controller/serve/wire.ts'
import { packAny, typeUrl } from '../../envoy/schema/any.ts'
import type { VirtualHost } from '../../envoy/schema/envoy.gen.ts'
import { decodeJson, encodeJson } from '../../envoy/schema/registry.ts'
import { ads, answers, cluster, endpoints, host, listener, table, to } from './world.ts'

const ROUTES = messageNames.RouteConfiguration

/** Counts what is really encoded: an object is read when it is, and only then. */
const counted = <T extends object>(json: T, reads: { count: number }): T =>
  new Proxy(json, {
    ownKeys: target => {
      reads.count++
      return Reflect.ownKeys(target)
    },
  })

describe('encoding resources', () => {
  const hosts = fc.array(
    fc.record({
      name: fc.string(),
      paths: fc.array(fc.string({ minLength: 1 }), { maxLength: 4 }),
      retry: fc.boolean(),
    }),
    { maxLength: 5 },
  )

  it('puts a RouteConfiguration together from its parts as if it were encoded whole', () => {
    fc.assert(
      fc.property(hosts, specs => {
        const virtualHosts = specs.map(
          ({ name, paths, retry }): VirtualHost => ({
            ...host(name, ...paths.map(path => to('c', path))),
            ...(retry ? { includeRequestAttemptCount: true } : {}),
          }),
        )
        const resource: Resource = {
          type: 'RouteConfiguration',
          name: 'r',
          json: { name: 'r', ignorePortInHostMatching: true },
          virtualHosts,
        }
        const whole = encodeJson(ROUTES, { ...resource.json, virtualHosts })
        const parts = decodeJson(ROUTES, Buffer.concat(encode(resource).bytes))
        expect(parts).to.deep.equal(decodeJson(ROUTES, whole))
      }),
      { numRuns: 200 },
    )
  })

  it('has a version of the content, not of the object', () => {
    const make = (text: string) => encode(table('r', host('*', answers(text)))).version
    expect(make('a')).to.equal(make('a'))
    expect(make('a')).not.to.equal(make('b'))
    const one = encode(cluster('c')).version
    expect(encode(cluster('c')).version).to.equal(one)
    expect(encode(cluster('c', { connectTimeout: '2s' })).version).not.to.equal(one)
  })

  it('tells routes that moved between hosts or places from those that did not', () => {
    const [a, b] = [answers('a', '/a'), answers('b', '/b')]
    const versions = [
      [host('x', a), host('y', b)],
      [host('x', b), host('y', a)],
      [host('x', a, b), host('y')],
      [host('x', b, a), host('y')],
      [host('x'), host('y', a, b)],
    ].map(all => encode(table('r', ...all)).version)
    expect(new Set(versions).size).to.equal(versions.length)
  })

  it('encodes only what is another object than before', () => {
    const reads = { count: 0 }
    const routes = Array.from({ length: 20 }, (_, n) => counted(answers(String(n), `/${n}`), reads))
    const others = Array.from({ length: 20 }, (_, n) => counted(host(`h${n}`, answers('x')), reads))
    const head = { name: 'r' }
    const make = (virtualHosts: VirtualHost[]): Resource => ({
      type: 'RouteConfiguration',
      name: 'r',
      json: head,
      virtualHosts,
    })
    encode(make([host('many', ...routes), ...others]))
    reads.count = 0
    const changed = counted(answers('new', '/3'), reads)
    encode(make([host('many', ...routes.with(3, changed)), ...others]))
    expect(reads.count).to.equal(1)
  })

  describe('of many hosts, or of many routes in one', () => {
    const many = (count: number, name: string) =>
      Array.from({ length: count }, (_, n) => host(`${name}${n}`, answers(`${name} ${n}`)))
    const crowd = (count: number, changed = -1) =>
      host('crowd', ...Array.from({ length: count }, (_, n) => answers(n === changed ? 'new' : String(n), `/${n}`)))
    const isWhole = (virtualHosts: VirtualHost[]) => {
      const parts = decodeJson(ROUTES, Buffer.concat(encode(table('r', ...virtualHosts)).bytes))
      expect(parts).to.deep.equal(decodeJson(ROUTES, encodeJson(ROUTES, { name: 'r', virtualHosts })))
    }

    it('puts them together as if they were encoded whole, whatever was encoded before', () => {
      const hosts = many(200, 'a')
      isWhole([...hosts, crowd(3000)])
      isWhole(hosts.with(70, hosts[0]!))
      isWhole(hosts.with(64, host('new', answers('new'))))
      isWhole([host('first'), ...hosts])
      isWhole(hosts.slice(0, 150))
      isWhole(hosts.toSpliced(100, 1))
      isWhole([...hosts.slice(0, 64), ...many(70, 'b')])
    })

    it('has another version for each of these, and the same for the same', () => {
      const hosts = many(200, 'a')
      const version = (...virtualHosts: VirtualHost[]) => encode(table('r', ...virtualHosts)).version
      const versions = [
        version(...hosts),
        version(...hosts.with(70, hosts[71]!).with(71, hosts[70]!)),
        version(...hosts.toSpliced(100, 1)),
        version(...hosts.with(199, host('a199', answers('new')))),
        version(crowd(200)),
        version(crowd(200, 150)),
      ]
      expect(new Set(versions).size).to.equal(versions.length)
      expect(version(...many(200, 'a'))).to.equal(versions[0])
      expect(version(crowd(200, 150))).to.equal(versions[5])
    })

    it('encodes one host, or one route, for one that changed', () => {
      const reads = { count: 0 }
      const hosts = many(200, 'a').map(each => counted(each, reads))
      const routes = Array.from({ length: 200 }, (_, n) => counted(answers(String(n), `/${n}`), reads))
      encode(table('r', host('many', ...routes), ...hosts))
      reads.count = 0
      const after = hosts.with(130, counted(host('a130', answers('new')), reads))
      encode(table('r', host('many', ...routes.with(99, counted(answers('new', '/99'), reads))), ...after))
      expect(reads.count).to.equal(2)
    })
  })

  it('keeps alive no more memory than what it has encoded', () => {
    const { bytes } = encode(table('r', host('one', to('c', '/a'), to('c', '/b')), host('two')))
    for (const piece of bytes) expect(piece.buffer.byteLength).to.equal(piece.byteLength)
  })

  it('refuses what is not of the schema', () => {
    expect(() => encode(cluster('c', { nonsense: 1 } as object))).to.throw('nonsense')
    expect(() => encode(table('r', host('*', { match: { prefix: 1 } } as object)))).to.throw('prefix')
  })
})

describe('references', () => {
  it('are what Envoy will ask for', () => {
    expect(referencesOf(cluster('c'))).to.deep.equal([{ type: 'ClusterLoadAssignment', name: 'c' }])
    expect(referencesOf(cluster('c', { edsClusterConfig: { edsConfig: ads, serviceName: 's' } }))).to.deep.equal([
      { type: 'ClusterLoadAssignment', name: 's' },
    ])
    expect(referencesOf(listener('l', 'r'))).to.deep.equal([{ type: 'RouteConfiguration', name: 'r' }])
    expect(referencesOf(endpoints('c', 1))).to.deep.equal([])
  })

  it('are found wherever they stand, each once', () => {
    const secret = { name: 's', sdsConfig: ads }
    const filter = { name: 'f', configDiscovery: { configSource: ads } }
    const resource: Resource = {
      type: 'Listener',
      name: 'l',
      json: {
        filterChains: [
          {
            filters: [
              {
                name: 'http',
                typedConfig: packAny(
                  'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
                  { httpFilters: [filter] },
                ),
              },
            ],
            transportSocket: {
              typedConfig: packAny('envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext', {
                commonTlsContext: { tlsCertificateSdsSecretConfigs: [secret, secret] },
              }),
            },
          },
        ],
      },
    }
    expect(referencesOf(resource)).to.have.deep.members([
      { type: 'TypedExtensionConfig', name: 'f' },
      { type: 'Secret', name: 's' },
    ])
  })
})

describe('the wire form', () => {
  it('of a response is what the schema says', () => {
    const { version, bytes } = encode(cluster('c'))
    const sent = encodeResponse({
      type: 'Cluster',
      nonce: '7',
      resources: [{ name: 'c', version, bytes }],
      removed: ['x', 'y'],
    })
    expect(decodeJson('envoy.service.discovery.v3.DeltaDiscoveryResponse', sent)).to.deep.equal({
      typeUrl: typeUrl(messageNames.Cluster),
      nonce: '7',
      resources: [{ name: 'c', version, resource: { '@type': typeUrl(messageNames.Cluster), ...cluster('c').json } }],
      removedResources: ['x', 'y'],
    })
  })

  it('of a request is read whole', () => {
    const request = {
      node: { id: 'n', cluster: 'p', metadata: { a: [1, 'x'] } },
      typeUrl: typeUrl(messageNames.Cluster),
      resourceNamesSubscribe: ['a'],
      initialResourceVersions: { b: '1' },
      responseNonce: '3',
      errorDetail: { code: 3, message: 'no' },
    }
    const bytes = encodeJson('envoy.service.discovery.v3.DeltaDiscoveryRequest', request)
    expect(decodeRequest(bytes)).to.deep.equal(request)
  })

  it('of a rejection is its reason, without the copy of the resource that Envoy puts in front', () => {
    const of = (message: string) => reasonOf({ errorDetail: { message } })
    expect(reasonOf({ responseNonce: '1' })).to.equal(undefined)
    expect(of('missing ): (')).to.equal('missing ): (')
    const copy = `goo.gle/debugproto   \nname: "r"\n${'x'.repeat(1e6)}\n: `
    expect(of(`${copy}Proto constraint validation failed (Status: value must be inside range)`)).to.equal(
      'Proto constraint validation failed (Status: value must be inside range)',
    )
    expect(of('y'.repeat(1e6))).to.have.length(2_000)
  })
})

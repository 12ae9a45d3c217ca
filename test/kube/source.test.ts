// The whole source against a server: synced only when all is read, kinds that come and go, objects by name.
import { expect } from 'chai'
import type { KubeObject, ObjectKey } from '../../controller/model/object.ts'
import { connect } from '../../controller/sources/kube/api.ts'
import { namedKey } from '../../controller/sources/kube/named.ts'
import { usualPace } from '../../controller/sources/kube/reflector.ts'
import { type KubeSource, kubeSource, type Notice } from '../../controller/sources/kube/source.ts'
import { createStore, type Store } from '../../controller/store/store.ts'
import { startServer, type TestServer } from './api-server.ts'
import { until } from './until.ts'

const GROUP = 'gateway.networking.k8s.io'
const gateway = (name: string, version = 'v1'): KubeObject => ({
  apiVersion: `${GROUP}/${version}`,
  kind: 'Gateway',
  metadata: { name, namespace: 'a', generation: 1, uid: `uid-${name}` },
  spec: { listeners: [] },
})
const secret = (name: string, value: string): KubeObject & { data: object } => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: 'a', uid: `uid-${name}` },
  data: { value },
})

describe('the Kubernetes source', () => {
  let server: TestServer
  let source: KubeSource
  let store: Store
  let notices: Notice[]
  let looked: number

  const start = async (): Promise<void> => {
    store = createStore()
    source = kubeSource(connect(server.config), {
      onLooked: () => looked++,
      onStatus: () => undefined,
      notice: notice => notices.push(notice),
      pace: { ...usualPace, listEveryMs: 10, retryMs: 5, retryMaxMs: 20 },
      discoverEveryMs: 20,
    })
    await source.start(store)
  }
  const names = () =>
    store
      .snapshot()
      .list('Gateway')
      .map(({ metadata }) => metadata.name)

  beforeEach(async () => {
    server = await startServer()
    server.installed.set(`${GROUP}/v1`, [['gateways', 'Gateway']])
    notices = []
    looked = 0
  })
  afterEach(async () => {
    await source.stop()
    await server.close()
  })

  it('is synced when every kind has been read, and not before', async () => {
    server.put(`/apis/${GROUP}/v1/gateways`, gateway('g'))
    let held = true
    server.intercept = ({ path, query }, response) => {
      if (path !== '/api/v1/services' || query.has('watch') || !held) return false
      response.writeHead(500).end()
      return true
    }
    await start()
    await until(() => names().length === 1)
    expect(store.isSynced).to.equal(false)
    held = false
    await until(() => store.isSynced)
    expect(notices.find(({ type }) => type === 'missing')).to.deep.include({ type: 'missing' })
  })

  it('finds a kind that is installed later, and forgets the objects of one that is removed', async () => {
    server.installed.clear()
    await start()
    await until(() => store.isSynced)
    server.put(`/apis/${GROUP}/v1/gateways`, gateway('g'))
    server.installed.set(`${GROUP}/v1`, [['gateways', 'Gateway']])
    await until(() => names().length === 1)
    server.installed.clear()
    await until(() => names().length === 0)
  })

  it('does not believe a server that is not ready that a kind is gone', async () => {
    server.put(`/apis/${GROUP}/v1/gateways`, gateway('g'))
    await start()
    await until(() => names().length === 1)
    server.intercept = ({ path }, response) => {
      if (path !== '/readyz') return false
      response.writeHead(500).end('starting')
      return true
    }
    server.installed.clear()
    const before = server.asked.length
    await until(() => server.asked.slice(before).filter(({ path }) => path === '/readyz').length > 3)
    expect(names()).to.deep.equal(['g'])
  })

  it('moves to another version of a kind without losing anything', async () => {
    server.put(`/apis/${GROUP}/v1/gateways`, gateway('g'))
    server.put(`/apis/${GROUP}/v2/gateways`, gateway('g', 'v2'))
    await start()
    await until(() => names().length === 1)
    server.installed.clear()
    server.installed.set(`${GROUP}/v2`, [['gateways', 'Gateway']])
    await until(() => String(store.snapshot().get('Gateway', 'a', 'g')?.apiVersion) === `${GROUP}/v2`)
  })

  it('keeps nothing that nobody reads', async () => {
    const { metadata, ...rest } = gateway('g')
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', mine: 'yes' }
    server.put(`/apis/${GROUP}/v1/gateways`, {
      ...rest,
      metadata: { ...metadata, annotations, ...{ managedFields: [{ manager: 'x' }] } },
    })
    await start()
    await until(() => names().length === 1)
    expect(store.snapshot().get('Gateway', 'a', 'g')?.metadata).to.not.have.property('managedFields')
    expect(store.snapshot().get('Gateway', 'a', 'g')?.metadata.annotations).to.deep.equal({ mine: 'yes' })
  })

  describe('objects by name', () => {
    const PATH = '/api/v1/namespaces/a/secrets'
    const want = (...wanted: string[]) =>
      source.want(new Set<ObjectKey>(wanted.map(name => namedKey('Secret', 'a', name))))
    const value = (name: string) => store.snapshot().get('Secret', 'a', name)?.data?.value

    it('are read by name alone: never listed, never watched', async () => {
      server.put(PATH, secret('cert', '1'))
      await start()
      expect(want('cert', 'missing')).to.equal(false)
      await until(() => want('cert', 'missing'))
      expect(value('cert')).to.equal('1')
      expect(looked).to.equal(2)
      const asked = server.asked.filter(({ path }) => path.includes('secrets')).map(({ path }) => path)
      expect(new Set(asked)).to.deep.equal(new Set([`${PATH}/cert`, `${PATH}/missing`]))
    })

    it('are there, all of them, as soon as it is said that they have been looked at', async () => {
      const all = Array.from({ length: 20 }, (_, n) => `cert-${n}`)
      for (const name of all) server.put(PATH, secret(name, '1'))
      await start()
      // Asked between any two turns of the event loop, as a translation may come.
      while (!want(...all)) await new Promise(setImmediate)
      expect(all.filter(name => value(name) === undefined)).to.deep.equal([])
    })

    it('are read again, and forgotten when nothing refers to them', async () => {
      server.put(PATH, secret('cert', '1'))
      await start()
      want('cert')
      await until(() => value('cert') === '1')
      server.put(PATH, secret('cert', '2'))
      await until(() => value('cert') === '2')
      want()
      await until(() => value('cert') === undefined)
    })

    it('stay as they were while the server fails', async () => {
      server.put(PATH, secret('cert', '1'))
      await start()
      want('cert')
      await until(() => value('cert') === '1')
      server.intercept = ({ path }, response) => {
        if (!path.startsWith(PATH)) return false
        response.writeHead(500).end()
        return true
      }
      await until(() => notices.some(notice => notice.type === 'failed'))
      expect(value('cert')).to.equal('1')
      expect(want('cert')).to.equal(true)
    })

    it('count as missing where they may not be read', async () => {
      server.put(PATH, secret('cert', '1'))
      server.intercept = ({ path }, response) => {
        if (!path.startsWith(PATH)) return false
        response.writeHead(403, { 'content-type': 'application/json' }).end('{"reason":"Forbidden","message":"no"}')
        return true
      }
      await start()
      await until(() => want('cert'))
      expect(value('cert')).to.equal(undefined)
      expect(notices.some(notice => notice.type === 'failed')).to.equal(true)
    })
  })
})

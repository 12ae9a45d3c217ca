// The reader of one kind against a server that cuts, forgets and falls silent.
import { expect } from 'chai'
import type { KubeObject, ObjectKey } from '../../controller/model/object.ts'
import { connect } from '../../controller/sources/kube/api.ts'
import { kindCache } from '../../controller/sources/kube/cache.ts'
import { type Pace, reflect } from '../../controller/sources/kube/reflector.ts'
import type { Change } from '../../controller/sources/source.ts'
import { startServer, type TestServer } from './api-server.ts'
import { until } from './until.ts'

const PATH = '/apis/gateway.networking.k8s.io/v1/httproutes'
const resource = { kind: 'HTTPRoute', group: 'gateway.networking.k8s.io', version: 'v1', plural: 'httproutes' } as const
const pace: Pace = {
  pageSize: 2,
  watchMs: 10_000,
  graceMs: 5_000,
  listEveryMs: 20,
  retryMs: 5,
  retryMaxMs: 20,
  random: () => 0,
}

const route = (name: string, generation = 1, extra: Partial<KubeObject> = {}): KubeObject => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name, namespace: 'a', generation, uid: `uid-${name}` },
  spec: { generation },
  ...extra,
})
const key = (name: string): ObjectKey => `gateway.networking.k8s.io/HTTPRoute/a/${name}` as ObjectKey
const shortly = (change: Change): string =>
  change.type === 'apply'
    ? `+${change.object.metadata.name}@${change.object.metadata.generation}`
    : `-${change.type === 'delete' ? change.key.split('/')[3] : '?'}`

describe('the reader of one kind', () => {
  let server: TestServer
  let stop: AbortController
  let heard: string[][]
  let failures: string[]
  let listed: number
  let restatused: ObjectKey[]
  let cache: ReturnType<typeof kindCache>
  let done: Promise<void>

  const start = (over: Partial<Pace> = {}): void => {
    cache = kindCache(changed => restatused.push(changed))
    const observer = {
      changes: (batch: readonly Change[]) => {
        if (batch.length > 0) heard.push(batch.map(shortly))
      },
      listed: () => listed++,
      failed: (what: string, error: unknown) => failures.push(`${what}: ${(error as Error).message}`),
    }
    done = reflect(connect(server.config), resource, cache, observer, stop.signal, { ...pace, ...over })
  }
  const lists = () =>
    server.asked.filter(({ path, query }) => path === PATH && !query.has('watch') && !query.has('continue'))
  const watches = () => server.asked.filter(({ query }) => query.has('watch'))

  beforeEach(async () => {
    server = await startServer()
    stop = new AbortController()
    heard = []
    failures = []
    restatused = []
    listed = 0
  })
  afterEach(async () => {
    stop.abort()
    await done
    await server.close()
  })

  it('reads all pages before it says anything, and hands them on as one batch', async () => {
    for (const name of ['c', 'a', 'e', 'b', 'd']) server.put(PATH, route(name))
    start()
    await until(() => listed === 1)
    expect(heard).to.deep.equal([['+a@1', '+b@1', '+c@1', '+d@1', '+e@1']])
    expect(server.asked.filter(({ query }) => query.has('continue'))).to.have.length(2)
  })

  it('says nothing of a list whose second page fails, and begins anew', async () => {
    for (const name of ['a', 'b', 'c']) server.put(PATH, route(name))
    let refusals = 2
    server.intercept = ({ query }, response) => {
      if (!query.has('continue') || refusals-- <= 0) return false
      response.writeHead(500).end('no')
      return true
    }
    start()
    await until(() => listed === 1)
    expect(heard).to.deep.equal([['+a@1', '+b@1', '+c@1']])
    expect(failures).to.have.length(2)
  })

  it('follows what is created, changed and deleted', async () => {
    start()
    await until(() => watches().length === 1)
    server.put(PATH, route('a'))
    server.put(PATH, route('a', 2))
    server.remove(PATH, 'a')
    await until(() => heard.length === 3)
    expect(heard).to.deep.equal([['+a@1'], ['+a@2'], ['-a']])
    expect(lists()).to.have.length(1)
  })

  it('passes over a change of nothing but the status, but knows it', async () => {
    start()
    await until(() => watches().length === 1)
    server.put(PATH, route('a'))
    const written = server.put(PATH, route('a', 1, { status: { parents: [] } }))
    server.put(PATH, route('b'))
    await until(() => heard.length === 2)
    expect(heard).to.deep.equal([['+a@1'], ['+b@1']])
    expect(cache.latest(key('a'))?.metadata.resourceVersion).to.equal(written.metadata.resourceVersion)
    expect(cache.latest(key('a'))?.status).to.deep.equal({ parents: [] })
    expect(restatused).to.deep.equal([key('a')])
  })

  it('hands on a change of labels or annotations, which no generation counts', async () => {
    start()
    await until(() => watches().length === 1)
    const plain = route('a')
    server.put(PATH, plain)
    server.put(PATH, { ...plain, metadata: { ...plain.metadata, labels: { team: 'x' } } })
    await until(() => heard.length === 2)
  })

  it('resumes a cut watch where it was, without a list', async () => {
    start()
    await until(() => watches().length === 1)
    const seen = server.put(PATH, route('a'))
    await until(() => heard.length === 1)
    server.cut()
    server.put(PATH, route('b'))
    await until(() => heard.length === 2)
    expect(heard[1]).to.deep.equal(['+b@1'])
    expect(lists()).to.have.length(1)
    expect(watches().at(-1)?.query.get('resourceVersion')).to.equal(seen.metadata.resourceVersion)
  })

  it('resumes from a bookmark', async () => {
    start()
    await until(() => watches().length === 1)
    server.bookmark(PATH)
    server.put('/elsewhere', route('x'))
    await until(() => {
      server.cut()
      return watches().at(-1)?.query.get('resourceVersion') === '101'
    })
    expect(watches().at(-1)?.query.get('allowWatchBookmarks')).to.equal('true')
    expect(lists()).to.have.length(1)
  })

  it('notices a watch that says nothing at all, and resumes it', async () => {
    server.intercept = ({ query }, response) => {
      if (!query.has('watch') || watches().length > 1) return false
      response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders()
      return true
    }
    start({ watchMs: 100, graceMs: -900 })
    await until(() => watches().length === 1)
    server.put(PATH, route('a'))
    await until(() => heard.length === 1)
    expect(failures[0]).to.equal('watch: no byte for 100 ms')
    expect(lists()).to.have.length(1)
  })

  it('has the new status when it tells of one that a list brought', () => {
    const told: unknown[] = []
    const reread = kindCache(changed => told.push(reread.latest(changed)?.status))
    const at = (resourceVersion: string, status: object) => {
      const { metadata, ...rest } = route('a')
      return { ...rest, metadata: { ...metadata, resourceVersion }, status }
    }
    reread.replace([at('1', { parents: [1] })])
    reread.replace([at('2', { parents: [2] })])
    expect(told).to.deep.equal([{ parents: [2] }])
  })

  it('lists again when its version is forgotten, and tells only the difference', async () => {
    for (const name of ['a', 'b', 'c']) server.put(PATH, route(name))
    start()
    await until(() => watches().length === 1)
    server.intercept = ({ query }, response) => {
      if (query.get('watch') !== 'true') return false
      response.destroy()
      return true
    }
    server.cut()
    await until(() => failures.length > 0)
    server.remove(PATH, 'a')
    server.put(PATH, route('b', 2))
    server.put(PATH, route('d'))
    server.compact()
    server.intercept = () => false
    await until(() => heard.length === 2)
    expect(heard[1]?.toSorted()).to.deep.equal(['+b@2', '+d@1', '-a'])
    expect(listed).to.equal(1)
  })

  it('takes nothing away while the server answers with errors', async () => {
    server.put(PATH, route('a'))
    start()
    await until(() => watches().length === 1)
    server.intercept = (_, response) => {
      response.writeHead(503).end('down')
      return true
    }
    server.compact()
    server.cut()
    await until(() => failures.length > 5)
    expect(heard).to.deep.equal([['+a@1']])
    expect(cache.size).to.equal(1)
  })

  it('lists no more often than its pace allows, however often it is told that its version is gone', async () => {
    server.intercept = ({ query }, response) => {
      if (!query.has('watch')) return false
      response.end(`${JSON.stringify({ type: 'ERROR', object: { code: 410, reason: 'Expired' } })}\n`)
      return true
    }
    const begun = performance.now()
    start({ listEveryMs: 50 })
    await until(() => lists().length >= 4)
    expect(performance.now() - begun).to.be.greaterThan(140)
  })

  it('keeps the identity of what a new list brings unchanged', async () => {
    server.put(PATH, route('a'))
    start()
    await until(() => watches().length === 1)
    const before = cache.latest(key('a'))
    server.compact()
    server.cut()
    await until(() => lists().length === 2 && watches().length >= 3)
    expect(cache.latest(key('a'))).to.equal(before)
    expect(heard).to.have.length(1)
  })
})

// A scripted API server for tests: it keeps objects of any kind, lists them in pages, watches with resume and 410, and
// can be told to misbehave. Out: what it was asked.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { KubeConfig } from '@kubernetes/client-node'
import type { KubeObject } from '../../controller/model/object.ts'

export interface Asked {
  method: string
  path: string
  query: URLSearchParams
  body: unknown
}

export interface TestServer {
  config: KubeConfig
  asked: Asked[]
  /** Creates or replaces an object; watches hear of it. */
  put(collection: string, object: KubeObject): KubeObject
  remove(collection: string, name: string): void
  /** What the discovery document says is installed: plural and kind by group and version. */
  installed: Map<string, [plural: string, kind: string][]>
  /** Answers a request itself by returning true. */
  intercept: (asked: Asked, response: ServerResponse) => boolean
  /** Forgets events up to now: a watch from before is told 410. */
  compact(): void
  /** Ends every connection as a broken network would. */
  cut(): void
  /** Ends every watch, as a server does when its time is up or when it is too slow to be told everything. */
  endWatches(): void
  /** Tells watches of nothing until released, then of everything in order. */
  hold(): void
  release(): void
  bookmark(collection: string): void
  close(): Promise<void>
}

interface Stored {
  version: number
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  collection: string
  object: KubeObject
}

interface Watching {
  collection: string
  response: ServerResponse
  /** The version of the last event it was told. */
  at: number
}

export const startServer = async (): Promise<TestServer> => {
  const objects = new Map<string, Map<string, KubeObject>>()
  let events: Stored[] = []
  let version = 100
  let oldest = 0
  const watches = new Set<Watching>()
  /** Pages that follow show what the first one did. */
  const pagings = new Map<string, KubeObject[]>()
  let isHeld = false
  const sockets = new Set<Socket>()
  const asked: Asked[] = []

  const of = (collection: string): Map<string, KubeObject> => {
    const known = objects.get(collection) ?? new Map<string, KubeObject>()
    objects.set(collection, known)
    return known
  }
  const tell = (event: Stored): void => {
    events.push(event)
    for (const each of watches) catchUp(each)
  }
  const catchUp = (watching: Watching): void => {
    if (isHeld) return
    for (const { collection, version: at, type, object } of events) {
      if (collection !== watching.collection || at <= watching.at) continue
      watching.response.write(`${JSON.stringify({ type, object })}\n`)
      watching.at = at
    }
  }
  const stamped = (object: KubeObject): KubeObject => ({
    ...object,
    metadata: { ...object.metadata, resourceVersion: String(++version) },
  })
  const refuse = (response: ServerResponse, code: number, reason: string): void => {
    response.writeHead(code, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ kind: 'Status', code, reason, message: reason }))
  }
  const answer = (response: ServerResponse, body: unknown): void => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body))
  }

  const list = (collection: string, query: URLSearchParams, response: ServerResponse): void => {
    const [at = '0', seen = String(version)] = (query.get('continue') ?? '').split(':').filter(Boolean)
    const all =
      pagings.get(`${collection} ${seen}`) ??
      [...of(collection).values()].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    pagings.set(`${collection} ${seen}`, all)
    const end = Number(at) + Number(query.get('limit') ?? all.length)
    const more = end < all.length ? { continue: `${end}:${seen}` } : {}
    answer(response, { metadata: { resourceVersion: seen, ...more }, items: all.slice(Number(at), end) })
  }

  const watch = (collection: string, query: URLSearchParams, response: ServerResponse): void => {
    const from = Number(query.get('resourceVersion'))
    response.writeHead(200, { 'content-type': 'application/json' })
    if (from < oldest) {
      response.end(
        `${JSON.stringify({ type: 'ERROR', object: { code: 410, reason: 'Expired', message: 'too old' } })}\n`,
      )
      return
    }
    response.flushHeaders()
    const entry = { collection, response, at: from }
    watches.add(entry)
    catchUp(entry)
    response.on('close', () => watches.delete(entry))
  }

  const discovery = () => {
    const groups = Map.groupBy(server.installed, ([groupVersion]) => groupVersion.split('/')[0] ?? '')
    return {
      items: [...groups].map(([name, versions]) => ({
        metadata: { name },
        versions: versions.map(([groupVersion, kinds]) => ({
          version: groupVersion.split('/')[1],
          resources: kinds.map(([resource, kind]) => ({ resource, responseKind: { kind } })),
        })),
      })),
    }
  }

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://test')
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body: unknown = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : undefined
    const call: Asked = { method: request.method ?? '', path: url.pathname, query: url.searchParams, body }
    asked.push(call)
    if (server.intercept(call, response)) return
    if (call.method !== 'GET') return refuse(response, 405, 'MethodNotAllowed')
    if (call.path === '/readyz') response.end('ok')
    else if (call.path === '/apis') answer(response, discovery())
    else if (call.query.get('watch') === 'true') watch(call.path, call.query, response)
    else if (/s$/.test(call.path)) list(call.path, call.query, response)
    else {
      const slash = call.path.lastIndexOf('/')
      const object = of(call.path.slice(0, slash)).get(call.path.slice(slash + 1))
      if (object) answer(response, object)
      else refuse(response, 404, 'NotFound')
    }
  }

  const http = createServer((request, response) => void handle(request, response))
  http.on('connection', socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const config = new KubeConfig()
  config.loadFromClusterAndUser(
    { name: 'test', server: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, skipTLSVerify: true },
    { name: 'test' },
  )

  const server: TestServer = {
    config,
    asked,
    installed: new Map(),
    intercept: () => false,
    put: (collection, object) => {
      const type = of(collection).has(object.metadata.name) ? 'MODIFIED' : 'ADDED'
      const stored = stamped(object)
      of(collection).set(object.metadata.name, stored)
      tell({ version, type, collection, object: stored })
      return stored
    },
    remove: (collection, name) => {
      const object = of(collection).get(name)
      if (!object) return
      of(collection).delete(name)
      tell({ version: version + 1, type: 'DELETED', collection, object: stamped(object) })
    },
    endWatches: () => {
      for (const { response } of watches) response.end()
      watches.clear()
    },
    hold: () => {
      isHeld = true
    },
    release: () => {
      isHeld = false
      for (const each of watches) catchUp(each)
    },
    compact: () => {
      events = []
      oldest = ++version
    },
    cut: () => {
      for (const socket of sockets) socket.resetAndDestroy()
    },
    bookmark: collection => {
      const object = { apiVersion: 'v1', kind: 'Any', metadata: { name: '', resourceVersion: String(++version) } }
      tell({ version, type: 'BOOKMARK', collection, object })
    },
    close: async () => {
      http.close()
      for (const socket of sockets) socket.destroy()
      await once(http, 'close')
    },
  }
  return server
}

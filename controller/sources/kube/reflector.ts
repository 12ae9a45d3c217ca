// Keeps the cache of one kind equal to the API server. In: list pages and watch events. Out: batches of changes, the
// first of them the whole list. It lists once, then watches from the list's version; a broken or silent watch is
// resumed from the last version seen, and only when the server no longer knows that one (410) the kind is listed
// again, as a difference. Nothing is removed because of a list that was not read to its end.
import { groupOf, type KubeObject, keyOf } from '../../model/object.ts'
import type { Change } from '../source.ts'
import { type ApiClient, errorOfEvent, isGone } from './api.ts'
import { backoff, pause } from './backoff.ts'
import type { KindCache } from './cache.ts'
import { apiVersionOf, pathOf, type Resource } from './resources.ts'
import { slim } from './slim.ts'

export interface Observer {
  changes(batch: readonly Change[]): void
  /** The first list has been read to its end and handed on. */
  listed(): void
  /** A list or watch failed and will be tried again. */
  failed(what: 'list' | 'watch', error: unknown): void
}

export interface Pace {
  /** Objects a page. */
  pageSize: number
  /** The server is asked to end a watch after about this long: one that says nothing at all for longer is dead. */
  watchMs: number
  /** How much later than asked for the end of a watch may come. */
  graceMs: number
  /** Between the starts of two lists: no relist storm, whatever happens. */
  listEveryMs: number
  /** First and longest wait after a failure. */
  retryMs: number
  retryMaxMs: number
  random: () => number
}

export const usualPace: Pace = {
  pageSize: 500,
  watchMs: 30_000,
  graceMs: 5_000,
  listEveryMs: 1_000,
  retryMs: 100,
  retryMaxMs: 3_000,
  random: Math.random,
}

interface ListPage {
  metadata: { resourceVersion: string; continue?: string }
  items: unknown[]
}

interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  object: KubeObject
}

/** Runs until the signal: resolves then, never rejects. */
export const reflect = async (
  client: ApiClient,
  resource: Resource,
  cache: KindCache,
  observer: Observer,
  signal: AbortSignal,
  pace: Pace = usualPace,
): Promise<void> => {
  const path = pathOf(resource)
  const apiVersion = apiVersionOf(resource)
  const waits = backoff(pace.retryMs, pace.retryMaxMs, pace.random)
  let nextList = 0

  /** The version that the list shows. */
  const list = async (): Promise<string> => {
    await pause(nextList - performance.now(), signal)
    nextList = performance.now() + pace.listEveryMs
    const objects: KubeObject[] = []
    let page: ListPage | undefined
    do {
      const token = page?.metadata.continue
      const query = { limit: String(pace.pageSize), ...(token ? { continue: token } : {}) }
      const reply = await client.request('GET', path, { query, signal })
      page = reply.body as ListPage
      for (const item of page.items) objects.push(slim(item, apiVersion, resource.kind))
    } while (page.metadata.continue)
    observer.changes(cache.replace(objects))
    return page.metadata.resourceVersion
  }

  /** Returns when the server ends the watch; `seen` is told each version that came. */
  const watch = async (from: string, seen: (version: string) => void): Promise<void> => {
    const seconds = Math.ceil((pace.watchMs / 1000) * (1 + pace.random() / 2))
    const query = {
      watch: 'true',
      resourceVersion: from,
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(seconds),
    }
    for await (const value of client.stream(path, query, seconds * 1000 + pace.graceMs, signal)) {
      const { type, object } = value as WatchEvent
      if (type === 'ERROR') throw errorOfEvent(object)
      if (type === 'ADDED' || type === 'MODIFIED')
        observer.changes(cache.apply(slim(object, apiVersion, resource.kind)))
      if (type === 'DELETED') {
        const { namespace, name } = object.metadata
        observer.changes(cache.remove(keyOf(groupOf(apiVersion), resource.kind, namespace, name)))
      }
      if (object.metadata.resourceVersion) seen(object.metadata.resourceVersion)
      waits.reset()
    }
  }

  let version: string | undefined
  let isFirst = true
  while (!signal.aborted) {
    const started = performance.now()
    try {
      if (version === undefined) {
        version = await list()
        if (isFirst) observer.listed()
        isFirst = false
      }
      await watch(version, v => {
        version = v
      })
      // A server that ends watches as soon as they begin is not worth asking more often than a failing one.
      if (performance.now() - started < 1000) await pause(waits.next(), signal)
    } catch (error) {
      if (signal.aborted) return
      observer.failed(version === undefined ? 'list' : 'watch', error)
      if (isGone(error)) version = undefined
      else await pause(waits.next(), signal)
    }
  }
}

// The Kubernetes source: everything the translator reads, kept equal to an API server. In: an ApiClient. Out: batches
// for the `Sink`, and `synced` once every installed kind has been listed to its end. One reflector for each kind
// (reflector.ts); kinds that are not installed are empty and looked for again; Secrets and ConfigMaps by name.
import type { KindName } from '../../model/kinds.ts'
import type { KubeObject, ObjectKey } from '../../model/object.ts'
import type { Change, Source } from '../source.ts'
import type { ApiClient } from './api.ts'
import { backoff, pause } from './backoff.ts'
import { type KindCache, kindCache } from './cache.ts'
import { namedObjects } from './named.ts'
import { type Pace, reflect, usualPace } from './reflector.ts'
import { apiVersionOf, discoverer, missingKinds, type Resource, type Resources } from './resources.ts'

export interface KubeSource extends Source {
  /** The newest version of a watched object, status included: what a status writer starts from. */
  latest(key: ObjectKey): KubeObject | undefined
  /** Where a kind is served; undefined while it is not installed. */
  resourceOf(kind: KindName): Resource | undefined
  /** The Secrets and ConfigMaps to read. True when all have been looked at; `onLooked` follows otherwise. */
  want(keys: ReadonlySet<ObjectKey>): boolean
}

export type Notice =
  | { type: 'installed'; kind: KindName; version: string }
  | { type: 'missing'; kinds: KindName[] }
  | { type: 'failed'; what: string; error: unknown }

export interface KubeSourceOptions {
  /** Called when something that was wanted has been looked at for the first time. */
  onLooked(): void
  /** Somebody, perhaps we, wrote an object's status and nothing else: no change for those behind. */
  onStatus(key: ObjectKey): void
  notice(notice: Notice): void
  pace?: Pace
  /** Milliseconds between looks at which kinds are installed. */
  discoverEveryMs?: number
}

interface Running {
  resource: Resource
  listed: boolean
  stop: AbortController
  done: Promise<void>
}

export const kubeSource = (client: ApiClient, options: KubeSourceOptions): KubeSource => {
  const pace = options.pace ?? usualPace
  const caches = new Map<KindName, KindCache>()
  const running = new Map<KindName, Running>()
  const end = new AbortController()
  let named: ReturnType<typeof namedObjects> | undefined
  let loops: Promise<unknown> = Promise.resolve()

  const start: Source['start'] = sink => {
    let pending: Change[] = []
    let discovered = false
    let synced = false

    /** What one turn of the event loop brings goes on as one batch. */
    const changes = (batch: readonly Change[]): void => {
      if (batch.length > 0 && pending.length === 0) setImmediate(flush)
      for (const change of batch) pending.push(change)
    }
    const flush = (): void => {
      const batch = pending
      pending = []
      if (batch.length > 0 && !end.signal.aborted) sink.changes(batch)
    }
    const syncedNow = (): void => {
      if (synced || !discovered || [...running.values()].some(r => !r.listed)) return
      synced = true
      flush()
      sink.synced()
    }
    const failed = (what: string, error: unknown): void => options.notice({ type: 'failed', what, error })

    const launch = (resource: Resource): void => {
      const { kind } = resource
      const cache = caches.get(kind) ?? kindCache(options.onStatus)
      caches.set(kind, cache)
      const stop = new AbortController()
      const state: Running = { resource, listed: false, stop, done: Promise.resolve() }
      running.set(kind, state)
      const observer = {
        changes,
        listed: () => {
          state.listed = true
          syncedNow()
        },
        failed: (what: 'list' | 'watch', error: unknown) => failed(`${what} ${kind}`, error),
      }
      state.done = reflect(client, resource, cache, observer, AbortSignal.any([end.signal, stop.signal]), pace)
      options.notice({ type: 'installed', kind, version: apiVersionOf(resource) })
    }

    const follow = async (resources: Resources): Promise<void> => {
      for (const [kind, { resource, stop, done }] of running) {
        const now = resources.get(kind)
        if (now && apiVersionOf(now) === apiVersionOf(resource)) continue
        stop.abort()
        await done
        running.delete(kind)
        // Its objects went with the CRD. Another version of it: the new list tells what changed.
        if (!now) changes(caches.get(kind)?.replace([]) ?? [])
      }
      for (const resource of resources.values()) if (!running.has(resource.kind)) launch(resource)
    }

    const discover = async (): Promise<void> => {
      const discovery = discoverer(client)
      const waits = backoff(pace.retryMs, pace.retryMaxMs, pace.random)
      let last: Resources | undefined
      while (!end.signal.aborted) {
        try {
          const found = await discovery.read(end.signal)
          if (found === undefined) {
            await pause(waits.next(), end.signal)
            continue
          }
          waits.reset()
          if (found !== last) {
            last = found
            await follow(found)
            const missing = missingKinds(found)
            if (missing.length > 0) options.notice({ type: 'missing', kinds: missing })
            discovered = true
            syncedNow()
          }
          await pause(options.discoverEveryMs ?? 5_000, end.signal)
        } catch (error) {
          if (end.signal.aborted) return
          failed('discovery', error)
          await pause(waits.next(), end.signal)
        }
      }
    }

    named = namedObjects(client, {
      everyMs: 1_000,
      width: 8,
      giveUpMs: 3_000,
      // At once: whoever is told that all have been looked at finds them in the store.
      changes: batch => {
        changes(batch)
        flush()
      },
      looked: () => setImmediate(options.onLooked),
      failed,
    })
    loops = Promise.all([discover(), named.run(end.signal)])
    return Promise.resolve()
  }

  return {
    start,
    stop: async () => {
      end.abort(new Error('the source has been stopped'))
      await loops
      await Promise.all([...running.values()].map(r => r.done))
    },
    latest: key => caches.get(key.split('/')[1] as KindName)?.latest(key),
    resourceOf: kind => running.get(kind)?.resource,
    want: keys => named?.want(keys) ?? false,
  }
}

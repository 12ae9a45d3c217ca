// Objects that are read by name because something refers to them: Secrets and ConfigMaps. In: the set of keys that the
// last translation referred to. Out: changes, and whether each of them has been looked at. They are read again every
// second, which is how a rotated certificate is noticed without the right to list or to watch Secrets.
import { type KubeObject, keyOf, type ObjectKey } from '../../model/object.ts'
import type { Change } from '../source.ts'
import { type ApiClient, isForbidden, isMissing } from './api.ts'
import { pause } from './backoff.ts'
import { type NamedKind, pathOf } from './resources.ts'
import { slim } from './slim.ts'

export interface NamedObjects {
  /** Replaces the set; new ones are read at once. True when all have been looked at: a missing one is missing, then. */
  want(keys: ReadonlySet<ObjectKey>): boolean
  /** Runs until the signal. */
  run(signal: AbortSignal): Promise<void>
}

export interface NamedOptions {
  everyMs: number
  /** How many requests may be under way. */
  width: number
  /** A new one that cannot be read for this long (the server fails) counts as missing: others must not wait for it. */
  giveUpMs: number
  changes(batch: readonly Change[]): void
  /** A new one has been looked at for the first time, also when that changed nothing because it does not exist. */
  looked(): void
  failed(key: ObjectKey, error: unknown): void
}

interface Watched {
  since: number
  /** Undefined: not read yet. Null: it does not exist, or may not be read. */
  object: KubeObject | null | undefined
  refused: boolean
}

const plurals: { [K in NamedKind]: string } = { Secret: 'secrets', ConfigMap: 'configmaps' }

export const namedObjects = (client: ApiClient, options: NamedOptions): NamedObjects => {
  const watched = new Map<ObjectKey, Watched>()
  let wake: () => void = () => {}

  const settle = (key: ObjectKey, entry: Watched, object: KubeObject | null): void => {
    // No longer wanted, or wanted anew, while the request was under way.
    if (watched.get(key) !== entry) return
    const before = entry.object
    entry.object = object
    if (before === undefined) options.looked()
    if (object && before?.metadata.resourceVersion !== object.metadata.resourceVersion) {
      options.changes([{ type: 'apply', object }])
    } else if (!object && before) {
      options.changes([{ type: 'delete', key }])
    }
  }

  const read = async (key: ObjectKey, entry: Watched, signal: AbortSignal): Promise<void> => {
    const [, kind = '', namespace = '', name = ''] = key.split('/')
    const resource = { group: '', version: 'v1', plural: plurals[kind as NamedKind] }
    try {
      const reply = await client.request('GET', `${pathOf(resource, namespace)}/${name}`, { signal, timeoutMs: 5_000 })
      entry.refused = false
      settle(key, entry, slim(reply.body, 'v1', kind))
    } catch (error) {
      if (signal.aborted) return
      if (isMissing(error)) return settle(key, entry, null)
      if (!entry.refused) options.failed(key, error)
      entry.refused = true
      // What was read before stays in force: an API server that is down takes no certificate away.
      if (isForbidden(error)) return settle(key, entry, null)
      if (entry.object === undefined && performance.now() - entry.since > options.giveUpMs) settle(key, entry, null)
    }
  }

  const readAll = async (signal: AbortSignal): Promise<void> => {
    const queue = [...watched].sort(([, a], [, b]) => Number(a.object !== undefined) - Number(b.object !== undefined))
    const worker = async (): Promise<void> => {
      for (let next = queue.shift(); next && !signal.aborted; next = queue.shift()) await read(...next, signal)
    }
    await Promise.all(Array.from({ length: options.width }, worker))
  }

  return {
    want: keys => {
      for (const key of watched.keys()) {
        if (keys.has(key)) continue
        if (watched.get(key)?.object) options.changes([{ type: 'delete', key }])
        watched.delete(key)
      }
      let complete = true
      for (const key of keys) {
        const entry = watched.get(key)
        if (!entry) watched.set(key, { since: performance.now(), object: undefined, refused: false })
        if (entry?.object === undefined) complete = false
      }
      if (!complete) wake()
      return complete
    },
    run: async signal => {
      while (!signal.aborted) {
        const round = performance.now()
        const woken = new AbortController()
        wake = () => woken.abort()
        await readAll(signal)
        await pause(options.everyMs - (performance.now() - round), AbortSignal.any([signal, woken.signal]))
      }
    },
  }
}

export const namedKey = (kind: NamedKind, namespace: string, name: string): ObjectKey =>
  keyOf('', kind, namespace, name)

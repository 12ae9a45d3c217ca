// The objects of one kind as the API server last told. In: whole lists and single events. Out: the changes that
// matter to those behind, and the newest version of each object (with its status) for those who write it.
import { type KubeObject, keyOfObject, type ObjectKey } from '../../model/object.ts'
import type { Change } from '../source.ts'
import { sameButStatus, sameVersion } from './slim.ts'
import { sharedTexts } from './texts.ts'

export interface KindCache {
  /** The newest version, whatever part of it changed. */
  latest(key: ObjectKey): KubeObject | undefined
  /** Everything that exists: what is not in it is gone. */
  replace(objects: readonly KubeObject[]): Change[]
  apply(object: KubeObject): Change[]
  remove(key: ObjectKey): Change[]
  readonly size: number
}

interface Entry {
  latest: KubeObject
  /** What those behind have: an older object with equal content stays the same JavaScript object for them. */
  told: KubeObject
}

/** `restatused` is told each object of which only the status changed. */
export const kindCache = (restatused: (key: ObjectKey) => void = () => {}): KindCache => {
  let entries = new Map<ObjectKey, Entry>()
  const share = sharedTexts()

  /** All but the status is shared, so that ten thousand written statuses do not double the memory. */
  const restated = (told: KubeObject, { metadata: { resourceVersion }, status }: KubeObject): KubeObject => ({
    ...told,
    metadata: { ...told.metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
    status: share(status),
  })

  const merge = (into: Map<ObjectKey, Entry>, object: KubeObject, told: (key: ObjectKey) => void): Change[] => {
    const key = keyOfObject(object)
    const before = entries.get(key)
    if (before && sameVersion(before.latest, object)) {
      into.set(key, before)
      return []
    }
    if (before && sameButStatus(before.told, object)) {
      into.set(key, { latest: restated(before.told, object), told: before.told })
      told(key)
      return []
    }
    const kept = share(object)
    into.set(key, { latest: kept, told: kept })
    return [{ type: 'apply', object: kept }]
  }

  return {
    latest: key => entries.get(key)?.latest,
    replace: objects => {
      const next = new Map<ObjectKey, Entry>()
      const rewritten: ObjectKey[] = []
      const changes = objects.flatMap(object => merge(next, object, key => rewritten.push(key)))
      for (const key of entries.keys()) if (!next.has(key)) changes.push({ type: 'delete', key })
      entries = next
      // Whoever is told looks at `latest` at once.
      for (const key of rewritten) restatused(key)
      return changes
    },
    apply: object => merge(entries, object, restatused),
    remove: key => (entries.delete(key) ? [{ type: 'delete', key }] : []),
    get size() {
      return entries.size
    },
  }
}

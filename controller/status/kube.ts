// Writes status to a cluster. In: what each object shall say (the translator's), the newest version of each object.
// Out: one write per object and change, all conditions at once, under the resourceVersion that was read: `parents` is an
// atomic list that other controllers write, too. Nothing is written where nothing changed, by a
// replica that does not lead, or about a generation that is no longer the object's.
import type { KindName } from '../model/kinds.ts'
import type { KubeObject, ObjectKey } from '../model/object.ts'
import { type ApiClient, isConflict, isMissing } from '../sources/kube/api.ts'
import { pathOf, type Resource } from '../sources/kube/resources.ts'
import type { ObjectStatus, WantedStatus } from '../translate/status.ts'
import { type Transition, transitionsOf } from './kube-transitions.ts'
import { mergeStatus } from './merge.ts'

export interface StatusWriterOptions {
  client: ApiClient
  controllerName: string
  latest(key: ObjectKey): KubeObject | undefined
  resourceOf(kind: KindName): Resource | undefined
  /** After a write. */
  written(object: KubeObject, transitions: readonly Transition[]): void
  failed(key: ObjectKey, error: unknown): void
  /** Milliseconds between two writes of one object: a Gateway with a thousand new routes is not written a thousand times. */
  spacingMs?: number
  /** How many writes may be under way. */
  width?: number
  /** Milliseconds since 1970. */
  now?: () => number
}

export interface StatusWriter {
  /** All that is wanted now. Objects that are not named any more lose what we had written into their lists. */
  want(statuses: readonly ObjectStatus[]): void
  /** Somebody wrote the object's status: is it still what we want? */
  recheck(key: ObjectKey): void
  lead(isLeader: boolean): void
  /** Writes begun so far. */
  readonly writes: number
  /** Resolves once nothing waits to be written. */
  idle(): Promise<void>
}

export const statusWriter = (options: StatusWriterOptions): StatusWriter => {
  const { client, latest, resourceOf, controllerName, spacingMs = 200, width = 16, now = Date.now } = options
  let wanted = new Map<ObjectKey, ObjectStatus>()
  /** Before the first translation nothing is known: what is not wanted yet is not unwanted. */
  let isTold = false
  let isLeader = false
  let writes = 0
  /** Waiting; in order of arrival. */
  const due = new Set<ObjectKey>()
  const busy = new Set<ObjectKey>()
  /** When each was last written; forgotten after the spacing. */
  const resting = new Map<ObjectKey, NodeJS.Timeout>()
  /** The outcome of our last write, for as long as the watch has not brought anything newer. */
  const own = new Map<ObjectKey, { basedOn: string | undefined; object: KubeObject }>()
  let idlers: (() => void)[] = []

  const currentOf = (key: ObjectKey): KubeObject | undefined => {
    const seen = latest(key)
    const mine = own.get(key)
    if (mine && seen && mine.basedOn === seen.metadata.resourceVersion) return mine.object
    own.delete(key)
    return seen
  }

  const pump = (): void => {
    for (const key of due) {
      if (!isLeader || !isTold || busy.size >= width) break
      if (busy.has(key) || resting.has(key)) continue
      due.delete(key)
      busy.add(key)
      void bring(key).finally(() => {
        busy.delete(key)
        pump()
      })
    }
    if (due.size + busy.size > 0) return
    for (const idle of idlers) idle()
    idlers = []
  }

  const rest = (key: ObjectKey): void => {
    const timer = setTimeout(() => {
      resting.delete(key)
      pump()
    }, spacingMs)
    timer.unref()
    resting.set(key, timer)
  }

  /** Makes the object say what is wanted; with a fresh read where others come first, and later where they always do. */
  const bring = async (key: ObjectKey): Promise<void> => {
    try {
      let current = currentOf(key)
      if (!current) return
      for (let attempt = 0; attempt < 5; attempt++) {
        const next = nextFor(key, current)
        if (!next) return
        try {
          const based = latest(key)?.metadata.resourceVersion
          writes++
          rest(key)
          const object = await write(current, next)
          own.set(key, { basedOn: based, object })
          options.written(object, transitionsOf(current.status, next, controllerName))
          return
        } catch (error) {
          if (!isConflict(error)) throw error
          current = await read(current)
        }
      }
    } catch (error) {
      if (!isMissing(error)) options.failed(key, error)
    }
    // Also after 404: an API server says so of a kind that it is installing anew, too. When the object is gone, the watch
    // says so, and there is nothing to bring.
    if (!resting.has(key)) rest(key)
    due.add(key)
  }

  const nextFor = (key: ObjectKey, current: KubeObject) => {
    const wish = wanted.get(key)
    // The translation of what it is now is on its way.
    if (wish && !isAbout(wish, current)) return undefined
    return mergeStatus(current.status, wish?.status ?? nothingFor(current), controllerName, timeOf(now()))
  }

  const locate = ({ kind, metadata }: KubeObject): string => {
    const resource = resourceOf(kind as KindName)
    if (!resource) throw new Error(`${kind} is not installed`)
    return `${pathOf(resource, metadata.namespace)}/${metadata.name}`
  }

  const write = async (current: KubeObject, status: object): Promise<KubeObject> => {
    const { resourceVersion, uid } = current.metadata
    const reply = await client.request('PATCH', `${locate(current)}/status`, {
      contentType: 'application/merge-patch+json',
      query: { fieldManager: controllerName },
      body: { metadata: { resourceVersion, uid }, status },
    })
    return reply.body as KubeObject
  }

  const read = async (object: KubeObject): Promise<KubeObject> =>
    (await client.request('GET', locate(object))).body as KubeObject

  return {
    want: statuses => {
      const next = new Map(statuses.map(status => [status.key, status]))
      for (const [key, status] of next) if (wanted.get(key) !== status) due.add(key)
      for (const key of wanted.keys()) if (!next.has(key)) due.add(key)
      wanted = next
      isTold = true
      pump()
    },
    recheck: key => {
      due.add(key)
      pump()
    },
    lead: leads => {
      isLeader = leads
      if (leads) for (const key of wanted.keys()) due.add(key)
      pump()
    },
    get writes() {
      return writes
    },
    idle: () =>
      new Promise(resolve => {
        idlers.push(resolve)
        pump()
      }),
  }
}

const isAbout = ({ object: { metadata } }: ObjectStatus, current: KubeObject): boolean =>
  metadata.uid === current.metadata.uid && metadata.generation === current.metadata.generation

/** For an object that nothing of ours takes any more: no entry of ours in a list that others write, too. */
const nothingFor = ({ status }: KubeObject): WantedStatus => {
  const { parents, ancestors } = (status ?? {}) as { parents?: unknown; ancestors?: unknown }
  return { ...(parents ? { parents: [] } : {}), ...(ancestors ? { ancestors: [] } : {}) }
}

/** `metav1.Time`: whole seconds. */
const timeOf = (milliseconds: number): string => new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z')

// Events on objects: what changed and why, as `kubectl describe` shows it. In: transitions of conditions that have been
// written. Out: objects of events.k8s.io/v1, one at a time, ten a second, what went wrong before what went well: events
// are a courtesy, status is the record and has the API server first. What has been told is not told again for a while.
import type { KubeObject } from '../model/object.ts'
import { type ApiClient, isMissing } from '../sources/kube/api.ts'
import type { Transition } from './kube-transitions.ts'

export interface EventWriterOptions {
  client: ApiClient
  controllerName: string
  /** Of this replica. */
  identity: string
  failed(error: unknown): void
  /** Milliseconds since 1970. */
  now?: () => number
  /** Milliseconds between two events. */
  everyMs?: number
  /** How many of each type may wait; more are left out. */
  waiting?: number
  /** Milliseconds for which the same is not said again of the same object. */
  silenceMs?: number
}

export type EventWriter = (object: KubeObject, transitions: readonly Transition[]) => void

export interface Note {
  type: 'Normal' | 'Warning'
  reason: string
  note: string
}

/** The limit of `note` in events.k8s.io/v1. */
const MAX_NOTE = 1024
/** What was told about so many objects is remembered. */
const REMEMBERED = 5_000

/** What of the transitions a person wants to be told. `Unknown` is only ever on its way to another. */
export const notesOf = (transitions: readonly Transition[]): Note[] => {
  const notes = new Map<string, Note>()
  for (const { part, before, after } of transitions) {
    if (after.status === 'Unknown') continue
    // A condition whose bad value is the normal one.
    if (after.type === 'Conflicted' && after.status === 'False') continue
    const isGood = (after.status === 'True') !== (after.type === 'Conflicted')
    if (isGood && before?.status === after.status) continue
    const note = `${part === '' ? '' : `${part}: `}${after.type}: ${after.message}`.slice(0, MAX_NOTE)
    notes.set(note, { type: isGood ? 'Normal' : 'Warning', reason: after.reason, note })
  }
  return [...notes.values()]
}

export const eventWriter = (options: EventWriterOptions): EventWriter => {
  const { client, controllerName, identity, now = Date.now } = options
  const { everyMs = 100, waiting = 100, silenceMs = 10 * 60_000 } = options
  const queues: { [T in Note['type']]: { path: string; body: object }[] } = { Warning: [], Normal: [] }
  /** When what was told; the oldest first. */
  const told = new Map<string, number>()
  let isBusy = false
  let count = 0

  const isNews = (text: string): boolean => {
    const at = now()
    const last = told.get(text)
    if (last !== undefined && at - last < silenceMs) return false
    told.delete(text)
    told.set(text, at)
    for (const oldest of told.keys()) {
      if (told.size <= REMEMBERED) break
      told.delete(oldest)
    }
    return true
  }

  const pump = async (): Promise<void> => {
    if (isBusy) return
    const next = queues.Warning.shift() ?? queues.Normal.shift()
    if (!next) return
    isBusy = true
    try {
      await client.request('POST', next.path, { body: next.body })
    } catch (error) {
      // Its namespace has gone with it.
      if (!isMissing(error)) options.failed(error)
    }
    const pause = setTimeout(() => {
      isBusy = false
      void pump()
    }, everyMs)
    pause.unref()
  }

  return (object, transitions) => {
    for (const note of notesOf(transitions)) {
      const queue = queues[note.type]
      if (queue.length >= waiting || !isNews(`${object.metadata.uid} ${note.note}`)) continue
      const namespace = object.metadata.namespace ?? 'default'
      const name = `${object.metadata.name.slice(0, 200)}.${now().toString(36)}.${(++count).toString(36)}`
      queue.push({
        path: `/apis/events.k8s.io/v1/namespaces/${namespace}/events`,
        body: {
          apiVersion: 'events.k8s.io/v1',
          kind: 'Event',
          metadata: { name, namespace },
          eventTime: new Date(now()).toISOString().replace(/Z$/, '000Z'),
          reportingController: controllerName,
          reportingInstance: identity,
          action: 'Reconcile',
          regarding: regardingOf(object),
          ...note,
        },
      })
    }
    void pump()
  }
}

const regardingOf = ({ apiVersion, kind, metadata: { name, namespace, uid, resourceVersion } }: KubeObject) => ({
  apiVersion,
  kind,
  name,
  uid,
  resourceVersion,
  ...(namespace === undefined ? {} : { namespace }),
})

// Events on objects: what changed and why, as `kubectl describe` shows it. In: transitions of conditions that have been
// written. Out: objects of events.k8s.io/v1, a few a second at most: events are a courtesy, status is the record.
import type { KubeObject } from '../model/object.ts'
import type { ApiClient } from '../sources/kube/api.ts'
import type { Transition } from './kube-transitions.ts'

export interface EventWriterOptions {
  client: ApiClient
  controllerName: string
  /** Of this replica. */
  identity: string
  failed(error: unknown): void
  /** Milliseconds since 1970. */
  now?: () => number
  /** How many may be written at once, and how many a second after that. */
  burst?: number
  perSecond?: number
}

export interface Note {
  type: 'Normal' | 'Warning'
  reason: string
  note: string
}

/** The limit of `note` in events.k8s.io/v1. */
const MAX_NOTE = 1024

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

export const eventWriter = (options: EventWriterOptions) => {
  const { client, controllerName, identity, now = Date.now, burst = 100, perSecond = 10 } = options
  let tokens = burst
  let refilled = performance.now()
  let count = 0

  const mayWrite = (): boolean => {
    const at = performance.now()
    tokens = Math.min(burst, tokens + ((at - refilled) / 1000) * perSecond)
    refilled = at
    if (tokens < 1) return false
    tokens--
    return true
  }

  return (object: KubeObject, transitions: readonly Transition[]): void => {
    for (const note of notesOf(transitions)) {
      if (!mayWrite()) return
      const { name, namespace, uid, resourceVersion } = object.metadata
      const at = namespace ?? 'default'
      const body = {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { name: `${name.slice(0, 200)}.${now().toString(36)}.${(++count).toString(36)}`, namespace: at },
        eventTime: new Date(now()).toISOString().replace(/Z$/, '000Z'),
        reportingController: controllerName,
        reportingInstance: identity,
        action: 'Reconcile',
        regarding: {
          apiVersion: object.apiVersion,
          kind: object.kind,
          name,
          uid,
          resourceVersion,
          ...(namespace === undefined ? {} : { namespace }),
        },
        ...note,
      }
      client.request('POST', `/apis/events.k8s.io/v1/namespaces/${at}/events`, { body }).catch(options.failed)
    }
  }
}

// Compiled routes with their attachments in; what every listener got of them, in their order, out. Where a few routes changed,
// and stay on their listeners, only their places are made anew.
import type { BackendId } from '../ir/ir.ts'
import type { AttachableRoute, Attachment } from './attach.ts'
import type { AttachedRoutes } from './chains.ts'
import type { CompiledRoute, Verdict } from './http-route.ts'
import type { ListenerModel } from './listener.ts'
import { fewDifferences, sameParts } from './memory.ts'
import type { CompiledStream } from './stream-route.ts'

export interface TranslatedRoute<C extends CompiledRoute | CompiledStream = CompiledRoute | CompiledStream> {
  route: AttachableRoute
  compiled: C
  attachments: Attachment[]
}

export type Requests = readonly TranslatedRoute<CompiledRoute>[]
export type Streams = readonly TranslatedRoute<CompiledStream>[]

/** `accepted`: how many of its routes are. */
export type Entry = AttachedRoutes & { accepted: number }

export type AttachedTo = ReadonlyMap<ListenerModel, Readonly<Entry>>

export const createAttached = (): ((requests: Requests, streams: Streams) => AttachedTo) => {
  let last: { requests: Requests; streams: Streams; attached: AttachedTo } | undefined
  return (requests, streams) => {
    const patched = last && sameParts(last.streams, streams) ? patch(last.attached, last.requests, requests) : undefined
    const attached = patched ?? attachedTo(requests, streams)
    last = { requests, streams, attached }
    return attached
  }
}

/** Two parentRefs may lead to one listener. */
const attachedTo = (requests: Requests, streams: Streams): AttachedTo => {
  const found = new Map<ListenerModel, Entry>()
  const entryOf = (listener: ListenerModel): Entry => {
    const known = found.get(listener)
    if (known) return known
    const entry: Entry = { routes: [], hosts: [], streams: [], backends: [], accepted: 0 }
    found.set(listener, entry)
    return entry
  }
  for (const { compiled, attachments } of requests)
    for (const { listeners } of attachments)
      for (const { listener, hosts } of listeners) {
        const entry = entryOf(listener)
        if (entry.routes.at(-1) === compiled) continue
        entry.routes.push(compiled)
        entry.hosts.push(hosts)
        entry.accepted += acceptedIn(compiled)
      }
  for (const { compiled: stream, attachments } of streams)
    for (const { listeners } of attachments)
      for (const { listener, hosts } of listeners) {
        const entry = entryOf(listener)
        if (entry.streams.at(-1)?.stream === stream) continue
        entry.streams.push({ stream, hosts })
        entry.accepted += acceptedIn(stream)
      }
  for (const entry of found.values()) entry.backends = backendsOf(entry.routes)
  return found
}

const acceptedIn = ({ verdict }: { verdict: Verdict }): number => (verdict.accepted.status === 'True' ? 1 : 0)

const backendsOf = (routes: readonly CompiledRoute[]): BackendId[] => [
  ...new Set(routes.flatMap(({ backends }) => backends)),
]

/** Undefined: too much is new. */
const patch = (attached: AttachedTo, before: Requests, after: Requests): AttachedTo | undefined => {
  const places = fewDifferences(before, after)
  if (!places?.every(at => isOnTheSame(before[at]!, after[at]!))) return undefined
  const found = new Map(attached)
  const fresh = new Map<ListenerModel, Entry>()
  for (const at of places) {
    const old = before[at]!.compiled
    const { compiled, attachments } = after[at]!
    if (old === compiled) continue
    for (const { listener } of attachments.flatMap(({ listeners }) => listeners)) {
      const entry = fresh.get(listener) ?? copyOf(attached.get(listener)!)
      fresh.set(listener, entry)
      const place = entry.routes.indexOf(old)
      // The listener has been led to by another parentRef.
      if (place < 0) continue
      entry.routes[place] = compiled
      entry.accepted += acceptedIn(compiled) - acceptedIn(old)
      if (!sameParts(old.backends, compiled.backends)) entry.backends = []
    }
  }
  for (const [listener, entry] of fresh) {
    if (entry.backends.length === 0) entry.backends = backendsOf(entry.routes)
    found.set(listener, entry)
  }
  return found
}

const copyOf = (entry: Readonly<Entry>): Entry => ({ ...entry, routes: [...entry.routes] })

/** Whether it has the same names on the same listeners. */
const isOnTheSame = (a: TranslatedRoute, b: TranslatedRoute): boolean => {
  const [before, after] = [a, b].map(({ attachments }) => attachments.flatMap(({ listeners }) => listeners))
  return (
    before!.length === after!.length &&
    before!.every(({ listener, hosts }, at) => listener === after![at]!.listener && sameParts(hosts, after![at]!.hosts))
  )
}

// All routes of the world in; each compiled and attached, and what every listener got of them, out; then their statuses.
import type { BackendId } from '../ir/ir.ts'
import type { Snapshot } from '../store/snapshot.ts'
import { type AttachableRoute, type Attachment, createAttacher, type Parents } from './attach.ts'
import type { AttachedRoutes } from './chains.ts'
import { type CompiledRoute, createRouteCompiler, type Verdict } from './http-route.ts'
import { createKindConflicts } from './kind-conflicts.ts'
import type { ListenerModel } from './listener.ts'
import { createLatest } from './memory.ts'
import { routeStatus, type UnresolvedParents } from './route-status.ts'
import type { ObjectStatus } from './status.ts'
import { backendsIn, type CompiledStream, createStreamCompiler } from './stream-route.ts'
import type { World } from './world.ts'

export interface Routes {
  /** Of a listener that no route is attached to: nothing. */
  attached(listener: ListenerModel): Readonly<AttachedRoutes>
  /** How many routes that are accepted a listener has. */
  acceptedOn(listener: ListenerModel): number
  /** The same object for a route as long as nothing about it changed, so that a writer can pass it over. */
  statuses(controllerName: string, unresolvedParents: UnresolvedParents): ObjectStatus[]
}

interface TranslatedRoute<C extends CompiledRoute | CompiledStream = CompiledRoute | CompiledStream> {
  route: AttachableRoute
  compiled: C
  attachments: Attachment[]
}

export const createRoutes = (): ((snapshot: Snapshot, world: World, parents: Parents) => Routes) => {
  const compileRequests = createRouteCompiler(world => world.ruleStamp)
  const compileStream = createStreamCompiler(world => world.ruleStamp)
  const attach = createAttacher()
  const exclude = createKindConflicts()
  const memory = new WeakMap<AttachableRoute, KnownStatus>()
  const latest = createLatest<Routes>()
  const translate = (snapshot: Snapshot, world: World, parents: Parents): Routes => {
    const requests = (kind: 'HTTPRoute' | 'GRPCRoute') =>
      snapshot.list(kind).map(
        (route): TranslatedRoute<CompiledRoute> => ({
          route,
          compiled: compileRequests(route, world),
          attachments: attach(route, parents),
        }),
      )
    const { http, grpc } = exclude(requests('HTTPRoute'), requests('GRPCRoute'))
    const streams = (['TLSRoute', 'TCPRoute', 'UDPRoute'] as const)
      .flatMap(kind => [...snapshot.list(kind)])
      .map(
        (route): TranslatedRoute<CompiledStream> => ({
          route,
          compiled: compileStream(route, world),
          attachments: attach(route, parents),
        }),
      )
    const attached = attachedTo([...http, ...grpc], streams)
    const statuses = createLatest<ObjectStatus[]>()
    return {
      attached: listener => attached.get(listener) ?? NOTHING,
      acceptedOn: listener => attached.get(listener)?.accepted ?? 0,
      statuses: (controllerName, unresolvedParents) =>
        statuses([controllerName, unresolvedParents], () =>
          [...http, ...grpc, ...streams].flatMap(
            route => statusOf(route, controllerName, unresolvedParents, memory) ?? [],
          ),
        ),
    }
  }
  // Each change is translated twice, the second time when Envoy has acknowledged it: then nothing of this is new.
  return (snapshot, world, parents) =>
    latest([snapshot, world.ruleStamp, parents.stamp], () => translate(snapshot, world, parents))
}

/** What a listener's routes send to. */
export const backendsOn = (listener: ListenerModel, { routes, streams }: Readonly<AttachedRoutes>): BackendId[] => [
  ...routes.flatMap(route => route.backends),
  ...streams.flatMap(({ stream }) => backendsIn(stream.to(listener.mode))),
]

const NOTHING: AttachedRoutes = { routes: [], hosts: [], streams: [] }

type Entry = AttachedRoutes & { accepted: number }

/** All routes of a listener in their order, and how many of them are accepted. Two parentRefs may lead to one listener. */
const attachedTo = (
  requests: readonly TranslatedRoute<CompiledRoute>[],
  streams: readonly TranslatedRoute<CompiledStream>[],
): ReadonlyMap<ListenerModel, Entry> => {
  const found = new Map<ListenerModel, Entry>()
  const entryOf = (listener: ListenerModel): Entry => {
    const entry = found.get(listener) ?? { routes: [], hosts: [], streams: [], accepted: 0 }
    found.set(listener, entry)
    return entry
  }
  const count = (entry: Entry, { accepted }: Verdict) => {
    if (accepted.status === 'True') entry.accepted++
  }
  for (const { compiled, attachments } of requests)
    for (const { listeners } of attachments)
      for (const { listener, hosts } of listeners) {
        const entry = entryOf(listener)
        if (entry.routes.at(-1) === compiled) continue
        entry.routes.push(compiled)
        entry.hosts.push(hosts)
        count(entry, compiled.verdict)
      }
  for (const { compiled: stream, attachments } of streams)
    for (const { listeners } of attachments)
      for (const { listener, hosts } of listeners) {
        const entry = entryOf(listener)
        if (entry.streams.at(-1)?.stream === stream) continue
        entry.streams.push({ stream, hosts })
        count(entry, stream.verdict)
      }
  return found
}

interface KnownStatus {
  verdict: Verdict
  attachments: readonly Attachment[]
  controllerName: string
  unresolvedParents: UnresolvedParents
  status: ObjectStatus | undefined
}

const statusOf = (
  { route, compiled: { verdict }, attachments }: TranslatedRoute,
  controllerName: string,
  unresolvedParents: UnresolvedParents,
  memory: WeakMap<AttachableRoute, KnownStatus>,
): ObjectStatus | undefined => {
  const known = memory.get(route)
  if (
    known?.verdict === verdict &&
    known.attachments === attachments &&
    known.controllerName === controllerName &&
    known.unresolvedParents === unresolvedParents
  )
    return known.status
  const status = routeStatus(route, verdict, attachments, controllerName, unresolvedParents)
  memory.set(route, { verdict, attachments, controllerName, unresolvedParents, status })
  return status
}

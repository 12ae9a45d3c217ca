// All routes of the world in; each compiled and attached, and what every listener got of them, out; then their statuses.
import type { BackendId } from '../ir/ir.ts'
import type { Snapshot } from '../store/snapshot.ts'
import { type AttachableRoute, type Attachment, createAttacher, type Parents } from './attach.ts'
import { createAttached, type TranslatedRoute } from './attached.ts'
import type { AttachedRoutes } from './chains.ts'
import { type CompiledRoute, createRouteCompiler, type Verdict } from './http-route.ts'
import { createKindConflicts } from './kind-conflicts.ts'
import type { ListenerModel } from './listener.ts'
import { createLatest, createMapped } from './memory.ts'
import { routeStatus, type UnresolvedParents } from './route-status.ts'
import type { RequestRoute } from './rule-source.ts'
import type { ObjectStatus } from './status.ts'
import { backendsIn, type CompiledStream, createStreamCompiler, type StreamRoute } from './stream-route.ts'
import type { World } from './world.ts'

export interface Routes {
  /** Of a listener that no route is attached to: nothing. */
  attached(listener: ListenerModel): Readonly<AttachedRoutes>
  /** How many routes that are accepted a listener has. */
  acceptedOn(listener: ListenerModel): number
  /** The same object for a route as long as nothing about it changed, so that a writer can pass it over. */
  statuses(controllerName: string, unresolvedParents: UnresolvedParents): ObjectStatus[]
}

export const createRoutes = (): ((snapshot: Snapshot, world: World, parents: Parents) => Routes) => {
  const compileRequests = createRouteCompiler(world => world.ruleStamp)
  const compileStream = createStreamCompiler(world => world.ruleStamp)
  const attach = createAttacher()
  const exclude = createKindConflicts()
  const attachedTo = createAttached()
  const requestsOf = {
    HTTPRoute: createMapped<RequestRoute, TranslatedRoute<CompiledRoute>>(),
    GRPCRoute: createMapped<RequestRoute, TranslatedRoute<CompiledRoute>>(),
  }
  const streamsOf = createMapped<StreamRoute, TranslatedRoute<CompiledStream>>()
  const statusesOf = createMapped<TranslatedRoute, ObjectStatus | undefined>()
  const memory = new WeakMap<AttachableRoute, KnownStatus>()
  const latest = createLatest<Routes>()
  const translate = (snapshot: Snapshot, world: World, parents: Parents): Routes => {
    const stamp = [world.ruleStamp, parents.stamp]
    const requests = (kind: 'HTTPRoute' | 'GRPCRoute') =>
      requestsOf[kind](snapshot.list(kind), stamp, (route, before) =>
        unlessSame(before, { route, compiled: compileRequests(route, world), attachments: attach(route, parents) }),
      )
    const { http, grpc } = exclude(requests('HTTPRoute'), requests('GRPCRoute'))
    const streamRoutes = (['TLSRoute', 'TCPRoute', 'UDPRoute'] as const).flatMap(kind => [...snapshot.list(kind)])
    const streams = streamsOf(streamRoutes, stamp, (route, before) =>
      unlessSame(before, { route, compiled: compileStream(route, world), attachments: attach(route, parents) }),
    )
    const attached = attachedTo(grpc.length === 0 ? http : [...http, ...grpc], streams)
    const statuses = createLatest<ObjectStatus[]>()
    return {
      attached: listener => attached.get(listener) ?? NOTHING,
      acceptedOn: listener => attached.get(listener)?.accepted ?? 0,
      statuses: (controllerName, unresolvedParents) =>
        statuses([controllerName, unresolvedParents], () =>
          statusesOf([...http, ...grpc, ...streams], [controllerName, unresolvedParents], route =>
            statusOf(route, controllerName, unresolvedParents, memory),
          ).filter(status => status !== undefined),
        ),
    }
  }
  // Each change is translated twice, the second time when Envoy has acknowledged it: then nothing of this is new.
  return (snapshot, world, parents) =>
    latest([snapshot, world.ruleStamp, parents.stamp], () => translate(snapshot, world, parents))
}

const unlessSame = <C extends CompiledRoute | CompiledStream>(
  before: TranslatedRoute<C> | undefined,
  now: TranslatedRoute<C>,
): TranslatedRoute<C> => (before?.compiled === now.compiled && before.attachments === now.attachments ? before : now)

/** What a listener's routes send to. */
export const backendsOn = (listener: ListenerModel, { backends, streams }: Readonly<AttachedRoutes>): BackendId[] => [
  ...backends,
  ...streams.flatMap(({ stream }) => backendsIn(stream.to(listener.mode))),
]

const NOTHING: AttachedRoutes = { routes: [], hosts: [], streams: [], backends: [] }

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

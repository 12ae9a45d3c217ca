// A route's parentRefs in; for each that is ours the listeners it attaches to, with the host names it serves there, or
// why none takes it, out (ParentReference, AllowedRoutes, HTTPRouteSpec.hostnames).
import type { ParentReference, RouteStatus } from '../model/kinds.ts'
import type { KubeObject } from '../model/object.ts'
import type { Reason } from './conditions.ts'
import type { GatewayModel } from './gateway.ts'
import { intersections } from './hostnames.ts'
import type { ListenerModel } from './listener.ts'
import { type Read, remembered } from './memory.ts'
import { selects } from './selector.ts'

/** A route of any kind; those without host names take what their listener takes. */
export interface AttachableRoute extends KubeObject {
  kind: 'HTTPRoute' | 'GRPCRoute' | 'TLSRoute' | 'TCPRoute' | 'UDPRoute'
  metadata: KubeObject['metadata'] & { namespace: string }
  spec: { parentRefs?: ParentReference[]; hostnames?: string[]; useDefaultGateways?: 'All' | 'None' }
  status?: RouteStatus
}

/** What can be attached to: the Gateway, or one of its ListenerSets, with its own listeners. */
export interface Parent {
  gateway: GatewayModel
  listeners: readonly ListenerModel[]
}

export type ParentKind = 'Gateway' | 'ListenerSet'

/** Looked up per parentRef; the same object while nothing about the parent changed. */
export interface Parents {
  /** Changes with any of the answers. */
  stamp: object
  parent(kind: ParentKind, namespace: string, name: string): Parent | undefined
  /** It exists, but is somebody else's to judge. */
  isForeign(kind: ParentKind, namespace: string, name: string): boolean
  labelsOf(namespace: string): Readonly<Record<string, string>>
  /** The Gateways that routes may use without naming them: `namespace/name`, one a line, ordered. */
  defaultGateways: string
}

export interface Attachment {
  ref: ParentReference
  /** Undefined: nothing has that name. */
  parent?: Parent
  listeners: { listener: ListenerModel; hosts: string[] }[]
  /** Why there are no listeners. */
  refusal?: AttachRefusal
}

export interface AttachRefusal {
  reason: Reason<'Route', 'Accepted'>
  message: string
}

const GROUP = 'gateway.networking.k8s.io'

export const createAttacher = () =>
  remembered(
    (route: AttachableRoute, read: Read<Parents>): Attachment[] =>
      refsOf(route, read).flatMap(({ ref, at }): Attachment[] => {
        const { group = GROUP, kind = 'Gateway', namespace = route.metadata.namespace, name } = ref
        if (group !== GROUP || (kind !== 'Gateway' && kind !== 'ListenerSet')) return []
        const parent = read(parents => parents.parent(kind, namespace, name))
        if (!parent) return read(parents => parents.isForeign(kind, namespace, name)) ? [] : [{ ref, listeners: [] }]
        return [{ ref, parent, ...attach(route, ref, at, parent, read) }]
      }),
    parents => parents.stamp,
  )

/** Where a route is to be attached, and which field says so; a default Gateway that it names, too, counts as named (GEP-3793). */
const refsOf = ({ metadata, spec }: AttachableRoute, read: Read<Parents>): { ref: ParentReference; at: string }[] => {
  const refs = (spec.parentRefs ?? []).map((ref, index) => ({ ref, at: `spec.parentRefs[${index}]` }))
  if (spec.useDefaultGateways !== 'All') return refs
  const named = new Set(
    refs
      .filter(({ ref }) => (ref.kind ?? 'Gateway') === 'Gateway')
      .map(({ ref }) => `${ref.namespace ?? metadata.namespace}/${ref.name}`),
  )
  const defaults = read(parents => parents.defaultGateways)
    .split('\n')
    .filter(gateway => gateway !== '' && !named.has(gateway))
    .map(gateway => {
      const [namespace, name] = gateway.split('/') as [string, string]
      return { ref: { group: GROUP, kind: 'Gateway', namespace, name }, at: 'spec.useDefaultGateways' }
    })
  return [...refs, ...defaults]
}

const attach = (
  route: AttachableRoute,
  ref: ParentReference,
  at: string,
  parent: Parent,
  read: Read<Parents>,
): Pick<Attachment, 'listeners' | 'refusal'> => {
  const refused = (reason: AttachRefusal['reason'], message: string) => ({
    listeners: [],
    refusal: { reason, message: `${at}: ${message}` },
  })
  const { sectionName, port } = ref
  const named = parent.listeners.filter(
    listener =>
      (sectionName === undefined || listener.name === sectionName) && (port === undefined || listener.port === port),
  )
  if (named.length === 0) return refused('NoMatchingParent', noSuchListener(ref, parent))
  const open = named.filter(listener => isOpenTo(listener, route, read))
  if (open.length === 0)
    return refused(
      'NotAllowedByListeners',
      `no listener allows ${route.kind}s of namespace ${route.metadata.namespace}; see allowedRoutes of ${named.map(listener => listener.name).join(', ')}`,
    )
  const listeners = open.flatMap(listener => {
    const hosts = intersections(listener.hostname, route.spec.hostnames)
    return hosts.length > 0 ? [{ listener, hosts }] : []
  })
  if (listeners.length === 0)
    return refused(
      'NoMatchingListenerHostname',
      `spec.hostnames (${route.spec.hostnames?.join(', ')}) has nothing in common with ${[...new Set(open.map(listener => listener.hostname))].join(', ')}; add a hostname that a listener takes`,
    )
  return { listeners }
}

const noSuchListener = ({ sectionName, port }: ParentReference, { listeners }: Parent): string => {
  const wanted = [sectionName === undefined ? '' : `the name ${sectionName}`, port === undefined ? '' : `port ${port}`]
  const existing = listeners.map(listener => `${listener.name} (port ${listener.port})`).join(', ')
  return `no listener has ${wanted.filter(Boolean).join(' and ') || 'been let in'}; there is ${existing || 'none'}`
}

const isOpenTo = (listener: ListenerModel, route: AttachableRoute, read: Read<Parents>): boolean => {
  if (!listener.supportedKinds.some(({ kind }) => kind === route.kind)) return false
  const { namespace } = route.metadata
  const { from, selector } = listener.namespaces
  switch (from ?? 'Same') {
    case 'All':
      return true
    case 'Same':
      return namespace === listener.owner.namespace
    case 'Selector':
      return read(parents => selects(selector, parents.labelsOf(namespace)))
    default:
      return false
  }
}

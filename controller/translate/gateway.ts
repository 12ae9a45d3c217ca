// A Gateway in; its listeners and those of its ListenerSets, each with what is wrong with it, out. Nothing here knows
// of addresses or routes.
import type { AllowedListeners, Gateway, ListenerSet } from '../model/kinds.ts'
import { type FoundKeyPair, keyPairOf } from './certificates.ts'
import { withConflicts } from './conflicts.ts'
import { type ListenerModel, listenerModel } from './listener.ts'
import { type Read, remembered } from './memory.ts'
import { selects } from './selector.ts'
import type { World } from './world.ts'

export interface GatewayModel {
  gateway: Gateway
  /** What it shows to backends that TLS is spoken to (GatewayBackendTLS). */
  client?: FoundKeyPair
  /** Why the Gateway as a whole is not accepted. */
  fault?: GatewayFault
  listeners: ListenerModel[]
  sets: ListenerSetModel[]
}

export interface GatewayFault {
  reason: 'InvalidParameters' | 'UnsupportedAddress'
  message: string
}

export interface ListenerSetModel {
  set: ListenerSet
  /** Whether the Gateway lets it in. If not, it has no listeners. */
  isAllowed: boolean
  listeners: ListenerModel[]
}

/** Gateways are few and look at the clock: what they read is asked for every time. */
export const createGatewayModeller = () =>
  remembered(
    (gateway: Gateway, read: Read<World>): GatewayModel => {
      const { namespace, name } = gateway.metadata
      const owner = { kind: 'Gateway' as const, namespace, name }
      const own = gateway.spec.listeners.map((listener, index) => listenerModel(listener, index, owner, gateway, read))
      const sets = read(world => world.listenerSetsOf(namespace, name))
        .toSorted(byAge)
        .map(set => ({ set, isAllowed: allows(gateway.spec.allowedListeners, gateway, set, read) }))
      const judged = withConflicts(
        own,
        sets.map(({ set, isAllowed }) => (isAllowed ? listenersOf(set, gateway, read) : [])),
        port => read(world => world.boundPort(port)),
      )
      const fault = faultOf(gateway)
      const certificate = gateway.spec.tls?.backend?.clientCertificateRef
      const at = 'spec.tls.backend.clientCertificateRef'
      return {
        gateway,
        ...(certificate ? { client: keyPairOf(certificate, owner, at, read) } : {}),
        ...(fault ? { fault } : {}),
        listeners: judged.own,
        sets: sets.map((set, index) => ({ ...set, listeners: judged.sets[index]! })),
      }
    },
    () => ({}),
  )

const listenersOf = (set: ListenerSet, gateway: Gateway, read: Read<World>): ListenerModel[] => {
  const owner = { kind: 'ListenerSet' as const, namespace: set.metadata.namespace, name: set.metadata.name }
  return set.spec.listeners.map((listener, index) => listenerModel(listener, index, owner, gateway, read))
}

/** Oldest first, then by `namespace/name` (ListenerSetSpec.listeners). */
const byAge = (a: ListenerSet, b: ListenerSet): number => {
  const key = ({ metadata }: ListenerSet) =>
    `${metadata.creationTimestamp ?? ''} ${metadata.namespace}/${metadata.name}`
  return key(a) < key(b) ? -1 : 1
}

/** "The default value is to allow no ListenerSets" (GatewaySpec.allowedListeners). */
const allows = (
  allowed: AllowedListeners | undefined,
  gateway: Gateway,
  set: ListenerSet,
  read: Read<World>,
): boolean => {
  const from = allowed?.namespaces?.from ?? 'None'
  const { namespace } = set.metadata
  if (from === 'All') return true
  if (from === 'Same') return namespace === gateway.metadata.namespace
  if (from === 'Selector') return read(world => selects(allowed?.namespaces.selector, world.labelsOf(namespace)))
  return false
}

const faultOf = ({ spec }: Gateway): GatewayFault | undefined => {
  const parameters = spec.infrastructure?.parametersRef
  if (parameters)
    return {
      reason: 'InvalidParameters',
      message: `spec.infrastructure.parametersRef: ${parameters.kind} is no kind of parameters we know; remove it`,
    }
  for (const [index, { type }] of (spec.addresses ?? []).entries())
    if ((type ?? 'IPAddress') !== 'IPAddress')
      return {
        reason: 'UnsupportedAddress',
        message: `spec.addresses[${index}].type: ${type} is not supported; use IPAddress`,
      }
  return undefined
}

/** Of the Gateway and of the ListenerSets that it lets in. */
export const allListeners = (model: GatewayModel): ListenerModel[] => [
  ...model.listeners,
  ...model.sets.flatMap(set => set.listeners),
]

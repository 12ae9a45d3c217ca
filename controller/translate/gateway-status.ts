// A Gateway's model, its place and what is attached to it in; its status, its listeners' and its ListenerSets' out.
import type { ListenerSet } from '../model/kinds.ts'
import { type KubeObject, keyOfObject, type ObjectKey } from '../model/object.ts'
import type { Condition } from './conditions.ts'
import { allListeners, type GatewayModel, type ListenerSetModel } from './gateway.ts'
import { type ListenerModel, serves } from './listener.ts'
import type { PlacedGateway } from './placement.ts'
import { printable } from './problems.ts'
import { type ObjectStatus, observed, statusOf, type WantedListenerStatus } from './status.ts'

export interface GatewayFacts {
  /** Absent where the Gateway has no place because it is not accepted. */
  placed?: PlacedGateway
  /** Accepted routes by listener. */
  attached(listener: ListenerModel): number
  /** The newest generation of an object that every Envoy of its Gateway acknowledged. */
  acknowledged: ReadonlyMap<ObjectKey, number>
  /** Ports that Envoy could not set up, with its words. */
  refused: ReadonlyMap<number, string>
}

/** Whether anything of it gets into Envoy's configuration. */
export const isServed = (model: GatewayModel): boolean => !model.fault && allListeners(model).some(serves)

export const gatewayStatuses = (model: GatewayModel, facts: GatewayFacts): ObjectStatus[] => {
  const { gateway } = model
  const programmed = programmedOf(model, facts)
  const conditions: Condition<'Gateway'>[] = [acceptedOf(model), programmed, resolvedRefsOf(model)]
  const insecure = [gateway.spec.tls?.frontend?.default, ...(gateway.spec.tls?.frontend?.perPort ?? []).map(p => p.tls)]
  if (insecure.some(tls => tls?.validation?.mode === 'AllowInsecureFallback'))
    conditions.push({
      type: 'InsecureFrontendValidationMode',
      status: 'True',
      reason: 'ConfigurationChanged',
      message: 'spec.tls.frontend: clients without a valid certificate are let in (AllowInsecureFallback)',
    })
  const attachedSets = model.sets.filter(isAttached(model)).length
  return [
    statusOf(gateway, {
      conditions: observed(gateway, conditions),
      addresses: (facts.placed?.reported ?? []).map(value => ({ type: 'IPAddress', value })),
      ...(gateway.spec.allowedListeners || attachedSets > 0 ? { attachedListenerSets: attachedSets } : {}),
      listeners: model.listeners.map(listener => listenerStatus(gateway, listener, model, facts)),
    }),
    ...model.sets.map(set => listenerSetStatus(set, model, facts)),
  ]
}

const list = (listeners: readonly ListenerModel[]): string => listeners.map(listener => listener.name).join(', ')

const acceptedOf = (model: GatewayModel): Condition<'Gateway'> => {
  if (model.fault) return { type: 'Accepted', status: 'False', ...model.fault }
  const faulty = model.listeners.filter(listener => listener.fault)
  if (faulty.length === 0)
    return { type: 'Accepted', status: 'True', reason: 'Accepted', message: 'The Gateway is accepted' }
  const message = `Not accepted: ${list(faulty)}; see the conditions of these listeners`
  const anyAccepted = allListeners(model).some(listener => !listener.fault)
  return anyAccepted
    ? { type: 'Accepted', status: 'True', reason: 'ListenersNotValid', message }
    : { type: 'Accepted', status: 'False', reason: 'ListenersNotValid', message }
}

const resolvedRefsOf = (model: GatewayModel): Condition<'Gateway'> => {
  const client = model.client?.problem
  if (client)
    return {
      type: 'ResolvedRefs',
      status: 'False',
      reason: client.reason === 'RefNotPermitted' ? 'RefNotPermitted' : 'InvalidClientCertificateRef',
      message: client.message,
    }
  const unresolved = model.listeners.filter(listener => listener.unresolved.length > 0)
  return unresolved.length > 0
    ? {
        type: 'ResolvedRefs',
        status: 'False',
        reason: 'ListenersNotResolved',
        message: `Listeners with references that lead nowhere: ${list(unresolved)}`,
      }
    : { type: 'ResolvedRefs', status: 'True', reason: 'ResolvedRefs', message: 'All references are resolved' }
}

const isAcknowledged = (object: KubeObject, facts: GatewayFacts): boolean =>
  (facts.acknowledged.get(keyOfObject(object)) ?? -1) >= (object.metadata.generation ?? 0)

const programmedOf = (model: GatewayModel, facts: GatewayFacts): Condition<'Gateway'> => {
  if (model.fault)
    return { type: 'Programmed', status: 'False', reason: 'Invalid', message: 'The Gateway is not accepted' }
  const problem = facts.placed?.problem
  if (problem) return { type: 'Programmed', status: 'False', ...problem }
  if (!isServed(model))
    return { type: 'Programmed', status: 'False', reason: 'Invalid', message: 'No listener can be served' }
  const [refused] = facts.refused
  if (refused)
    return {
      type: 'Programmed',
      status: 'False',
      reason: cannotBind.test(refused[1]) ? 'AddressNotUsable' : 'Invalid',
      message: refusal(...refused),
    }
  return isAcknowledged(model.gateway, facts)
    ? { type: 'Programmed', status: 'True', reason: 'Programmed', message: 'Every Envoy runs this generation' }
    : { type: 'Programmed', status: 'Unknown', reason: 'Pending', message: 'Not every Envoy has acknowledged it yet' }
}

/** What Envoy says where an address or a port is not to be had. */
const cannotBind = /cannot bind|address already in use|cannot assign requested address/i

const refusal = (port: number, message: string): string =>
  cannotBind.test(message)
    ? `Port ${port} cannot be bound: ${printable(message)}; free it, or use another port or address`
    : `Envoy refused the listener of port ${port}: ${printable(message)}`

const listenerStatus = (
  owner: KubeObject,
  listener: ListenerModel,
  model: GatewayModel,
  facts: GatewayFacts,
): WantedListenerStatus => ({
  name: listener.name,
  supportedKinds: listener.supportedKinds,
  attachedRoutes: facts.attached(listener),
  conditions: observed(owner, listenerConditions(owner, listener, model, facts)),
})

const listenerConditions = (
  owner: KubeObject,
  listener: ListenerModel,
  model: GatewayModel,
  facts: GatewayFacts,
): Condition<'Listener'>[] => {
  const { fault, unresolved, overlaps } = listener
  const conflict =
    fault?.reason === 'HostnameConflict' || fault?.reason === 'ProtocolConflict'
      ? { reason: fault.reason, message: fault.message }
      : undefined
  const [problem] = unresolved
  const conditions: Condition<'Listener'>[] = [
    fault
      ? { type: 'Accepted', status: 'False', ...fault }
      : { type: 'Accepted', status: 'True', reason: 'Accepted', message: 'The listener is accepted' },
    listenerProgrammed(owner, listener, conflict, model, facts),
    problem
      ? {
          type: 'ResolvedRefs',
          status: 'False',
          reason: problem.reason,
          message: unresolved.map(({ message }) => message).join('. '),
        }
      : { type: 'ResolvedRefs', status: 'True', reason: 'ResolvedRefs', message: 'All references are resolved' },
    conflict
      ? { type: 'Conflicted', status: 'True', ...conflict }
      : { type: 'Conflicted', status: 'False', reason: 'NoConflicts', message: 'No conflicts' },
  ]
  if (overlaps)
    conditions.push({ type: 'OverlappingTLSConfig', status: 'True', reason: 'OverlappingHostnames', message: overlaps })
  return conditions
}

const listenerProgrammed = (
  owner: KubeObject,
  listener: ListenerModel,
  conflict: { reason: 'HostnameConflict' | 'ProtocolConflict'; message: string } | undefined,
  model: GatewayModel,
  facts: GatewayFacts,
): Condition<'Listener'> => {
  if (conflict) return { type: 'Programmed', status: 'False', ...conflict }
  const refused = facts.refused.get(listener.port)
  const reason = !serves(listener)
    ? 'The listener cannot be served; see its other conditions'
    : model.fault
      ? 'The Gateway is not accepted'
      : facts.placed?.problem && facts.placed.bound.length === 0
        ? 'The Gateway has no address'
        : refused === undefined
          ? undefined
          : refusal(listener.port, refused)
  if (reason) return { type: 'Programmed', status: 'False', reason: 'Invalid', message: reason }
  return isAcknowledged(owner, facts)
    ? { type: 'Programmed', status: 'True', reason: 'Programmed', message: 'Every Envoy runs this generation' }
    : { type: 'Programmed', status: 'Unknown', reason: 'Pending', message: 'Not every Envoy has acknowledged it yet' }
}

/** "Successfully attached": selected by the Gateway, and accepted. */
const isAttached =
  (model: GatewayModel) =>
  ({ isAllowed, listeners }: ListenerSetModel): boolean =>
    isAllowed && !model.fault && listeners.some(serves)

const listenerSetStatus = (set: ListenerSetModel, model: GatewayModel, facts: GatewayFacts): ObjectStatus => {
  const [accepted, programmed] = listenerSetConditions(set, model, facts)
  return statusOf(set.set, {
    conditions: observed<'ListenerSet'>(set.set, [accepted, programmed]),
    listeners: set.listeners.map(listener => listenerStatus(set.set, listener, model, facts)),
  })
}

const listenerSetConditions = (
  { set, isAllowed, listeners }: ListenerSetModel,
  model: GatewayModel,
  facts: GatewayFacts,
): [Condition<'ListenerSet'>, Condition<'ListenerSet'>] => {
  const both = (
    reason: 'NotAllowed' | 'ParentNotAccepted' | 'ListenersNotValid',
    message: string,
  ): [Condition<'ListenerSet'>, Condition<'ListenerSet'>] => [
    { type: 'Accepted', status: 'False', reason, message },
    { type: 'Programmed', status: 'False', reason, message },
  ]
  const gateway = `Gateway ${model.gateway.metadata.namespace}/${model.gateway.metadata.name}`
  if (!isAllowed) return both('NotAllowed', `${gateway} does not let it in; see its spec.allowedListeners`)
  if (model.fault) return both('ParentNotAccepted', `${gateway} is not accepted`)
  const faulty = listeners.filter(listener => listener.fault)
  const message = `Not accepted: ${list(faulty)}; see the conditions of these listeners`
  if (!listeners.some(serves)) return both('ListenersNotValid', `No listener can be served; see their conditions`)
  return [
    faulty.length > 0
      ? { type: 'Accepted', status: 'True', reason: 'ListenersNotValid', message }
      : { type: 'Accepted', status: 'True', reason: 'Accepted', message: 'The ListenerSet is accepted' },
    setProgrammed(set, model, facts),
  ]
}

const setProgrammed = (set: ListenerSet, model: GatewayModel, facts: GatewayFacts): Condition<'ListenerSet'> => {
  if (facts.placed?.problem)
    return {
      type: 'Programmed',
      status: 'False',
      reason: 'ParentNotProgrammed',
      message: `Gateway ${model.gateway.metadata.name}: ${facts.placed.problem.message}`,
    }
  return isAcknowledged(set, facts)
    ? { type: 'Programmed', status: 'True', reason: 'Programmed', message: 'Every Envoy runs this generation' }
    : { type: 'Programmed', status: 'Unknown', reason: 'Pending', message: 'Not every Envoy has acknowledged it yet' }
}

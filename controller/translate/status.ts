// What the walk has to say about objects, without times: conditions carry the generation they are about; the status
// writer adds `lastTransitionTime` and keeps what others wrote (../status/merge.ts).
import type { GatewayStatusAddress, ParentReference, RouteGroupKind, SupportedFeature } from '../model/kinds.ts'
import { groupOf, type KubeObject, keyOf, type ObjectKey } from '../model/object.ts'
import type { Condition, Subject } from './conditions.ts'

/** A condition as it goes into `status`, but for `lastTransitionTime`. */
export interface WantedCondition {
  type: string
  status: 'True' | 'False' | 'Unknown'
  reason: string
  message: string
  observedGeneration: number
}

export interface WantedListenerStatus {
  name: string
  supportedKinds: RouteGroupKind[]
  attachedRoutes: number
  conditions: WantedCondition[]
}

export interface WantedParentStatus {
  parentRef: ParentReference
  controllerName: string
  conditions: WantedCondition[]
}

export interface WantedAncestorStatus {
  ancestorRef: ParentReference
  controllerName: string
  conditions: WantedCondition[]
}

export interface WantedStatus {
  conditions?: WantedCondition[]
  /** GatewayClass. */
  supportedFeatures?: SupportedFeature[]
  /** Gateway. */
  addresses?: GatewayStatusAddress[]
  attachedListenerSets?: number
  /** Gateway and ListenerSet. */
  listeners?: WantedListenerStatus[]
  /** Routes: only what we are the parent of. Entries of other controllers stay as they are. */
  parents?: WantedParentStatus[]
  /** Policies: the Gateways of ours that they have a say in. */
  ancestors?: WantedAncestorStatus[]
}

export interface ObjectStatus {
  key: ObjectKey
  /** The object that the status was made for. */
  object: KubeObject
  status: WantedStatus
}

export const statusOf = (object: KubeObject, status: WantedStatus): ObjectStatus => ({
  key: keyOf(groupOf(object.apiVersion), object.kind, object.metadata.namespace, object.metadata.name),
  object,
  status,
})

/** Conditions of one subject, in the order in which they are given. */
export const observed = <S extends Subject>(
  object: KubeObject,
  conditions: readonly Condition<S>[],
): WantedCondition[] => {
  const observedGeneration = object.metadata.generation ?? 0
  return (conditions as readonly Omit<WantedCondition, 'observedGeneration'>[]).map(condition => ({
    ...condition,
    observedGeneration,
  }))
}

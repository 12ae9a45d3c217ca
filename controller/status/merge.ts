// What an object's status says now and what it should say in; the status to write, or nothing where it says so already,
// out. Keeps what others own: conditions of other types, entries of other controllers. A condition's time is that of its
// last change of status (metav1.Condition.lastTransitionTime).
import { sameJson } from '../model/equal.ts'
import type { Condition, PolicyAncestorStatus, RouteParentStatus } from '../model/kinds.ts'
import type { WantedAncestorStatus, WantedCondition, WantedParentStatus, WantedStatus } from '../translate/status.ts'

type Json = Record<string, unknown>

/** `now` in RFC 3339. The wanted status wins on every field that it names; of parents only `controllerName`'s are ours. */
export const mergeStatus = (
  existing: unknown,
  wanted: WantedStatus,
  controllerName: string,
  now: string,
): Json | undefined => {
  const before = isObject(existing) ? existing : {}
  const after: Json = { ...before }
  for (const [field, value] of Object.entries(wanted)) after[field] = value
  if (wanted.conditions) after.conditions = mergeConditions(before.conditions, wanted.conditions, now)
  if (wanted.listeners) after.listeners = mergeListeners(before.listeners, wanted.listeners, now)
  if (wanted.parents) after.parents = mergeParents(before.parents, wanted.parents, controllerName, now)
  if (wanted.ancestors) after.ancestors = mergeAncestors(before.ancestors, wanted.ancestors, controllerName, now)
  return sameJson(before, after) ? undefined : after
}

export const mergeConditions = (existing: unknown, wanted: readonly WantedCondition[], now: string): Condition[] => {
  const before = listOf<Condition>(existing)
  const types = new Set(wanted.map(({ type }) => type))
  const ours = wanted.map((condition): Condition => {
    const old = before.find(({ type }) => type === condition.type)
    return { ...condition, lastTransitionTime: old?.status === condition.status ? old.lastTransitionTime : now }
  })
  return [...ours, ...before.filter(({ type }) => !types.has(type) && !OURS.has(type))]
}

/** Types that only we write, and take away when they no longer hold. */
const OURS = new Set(['PartiallyInvalid', 'OverlappingTLSConfig', 'InsecureFrontendValidationMode'])

const mergeListeners = (existing: unknown, wanted: WantedStatus['listeners'] & object, now: string): unknown[] => {
  const before = listOf<{ name: string; conditions?: unknown }>(existing)
  return wanted.map(listener => ({
    ...listener,
    conditions: mergeConditions(
      before.find(({ name }) => name === listener.name)?.conditions,
      listener.conditions,
      now,
    ),
  }))
}

/** "MUST update only entries that have a matching value of controllerName" (RouteStatus.parents). */
const mergeParents = (
  existing: unknown,
  wanted: readonly WantedParentStatus[],
  controllerName: string,
  now: string,
): RouteParentStatus[] => {
  const before = listOf<RouteParentStatus>(existing)
  const isOurs = (entry: RouteParentStatus) => entry.controllerName === controllerName
  return [
    ...before.filter(entry => !isOurs(entry)),
    ...wanted.map(entry => {
      const old = before.find(candidate => isOurs(candidate) && sameJson(candidate.parentRef, entry.parentRef))
      return { ...entry, conditions: mergeConditions(old?.conditions, entry.conditions, now) }
    }),
  ]
}

/** The same of policies (PolicyStatus.ancestors). */
const mergeAncestors = (
  existing: unknown,
  wanted: readonly WantedAncestorStatus[],
  controllerName: string,
  now: string,
): PolicyAncestorStatus[] => {
  const before = listOf<PolicyAncestorStatus>(existing)
  const isOurs = (entry: PolicyAncestorStatus) => entry.controllerName === controllerName
  return [
    ...before.filter(entry => !isOurs(entry)),
    ...wanted.map(entry => {
      const old = before.find(candidate => isOurs(candidate) && sameJson(candidate.ancestorRef, entry.ancestorRef))
      return { ...entry, conditions: mergeConditions(old?.conditions, entry.conditions, now) }
    }),
  ]
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const listOf = <T>(value: unknown): T[] => (Array.isArray(value) ? value : [])

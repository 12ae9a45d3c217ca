// What is wrong with an object, from its conditions. Waiting is no fault.
import type { ObjectStatus, WantedCondition } from '../translate/status.ts'

/** Types for which `True` is the bad news. */
const BAD_WHEN_TRUE = new Set([
  'Conflicted',
  'PartiallyInvalid',
  'OverlappingTLSConfig',
  'InsecureFrontendValidationMode',
])

/** All conditions of an object: its own, its listeners', those at its parents. */
export const conditionsOf = ({ status }: ObjectStatus): WantedCondition[] => [
  ...(status.conditions ?? []),
  ...(status.listeners ?? []).flatMap(({ conditions }) => conditions),
  ...(status.parents ?? []).flatMap(({ conditions }) => conditions),
]

export const isFault = ({ type, status }: WantedCondition): boolean =>
  BAD_WHEN_TRUE.has(type) ? status === 'True' : status === 'False'

/** `Type: Reason: message`, each once. */
export const faultsOf = (status: ObjectStatus): string[] => [
  ...new Set(
    conditionsOf(status)
      .filter(isFault)
      .map(({ type, reason, message }) => `${type}: ${reason}: ${message}`),
  ),
]

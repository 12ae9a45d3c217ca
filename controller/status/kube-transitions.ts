// What changed between two statuses of an object. In: the status before and after a write. Out: each condition that is
// new or has another status or reason, wherever in the status it stands: the stuff of events.
import type { Condition } from '../model/kinds.ts'

export interface Transition {
  /** Which listener or parent it is about; empty for the object as a whole. */
  part: string
  /** Undefined: the condition is new. */
  before: Condition | undefined
  after: Condition
}

interface Part {
  name?: string
  controllerName?: string
  parentRef?: { name: string; sectionName?: string }
  conditions?: Condition[]
}

interface Parts {
  conditions?: Condition[]
  listeners?: Part[]
  parents?: Part[]
}

/** `controllerName`: parents' entries of others are none of our business. */
export const transitionsOf = (before: unknown, after: unknown, controllerName: string): Transition[] => {
  const old = new Map(partsOf(before, controllerName))
  return partsOf(after, controllerName).flatMap(([part, conditions]) =>
    conditions.flatMap((condition): Transition[] => {
      const known = old.get(part)?.find(({ type }) => type === condition.type)
      if (known?.status === condition.status && known.reason === condition.reason) return []
      return [{ part, before: known, after: condition }]
    }),
  )
}

const partsOf = (status: unknown, controllerName: string): [string, Condition[]][] => {
  const { conditions = [], listeners = [], parents = [] } = (status ?? {}) as Parts
  return [
    ['', conditions],
    ...listeners.map((part): [string, Condition[]] => [`listener ${part.name}`, part.conditions ?? []]),
    ...parents
      .filter(part => part.controllerName === controllerName)
      .map((part): [string, Condition[]] => [nameOf(part.parentRef), part.conditions ?? []]),
  ]
}

const nameOf = (ref: Part['parentRef']): string =>
  `parent ${ref?.name}${ref?.sectionName === undefined ? '' : `, section ${ref.sectionName}`}`

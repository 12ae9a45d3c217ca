// The search for the one part, among several, that Envoy rejects. Half of the suspects are held back; if Envoy takes the
// rest, the guilty one is among those, else among the rest. First whole resources are told apart, which costs nobody
// anything: what is held back stays as it was. Then the parts of one: what is left of it is only shown to Envoy
// (probe.ts), because a part that is served already must not vanish while it is under suspicion.
import { headOf, type Part, slotOf } from './parts.ts'

export interface Search {
  /** One of these is guilty. */
  narrow(suspects: readonly Part[], message: string): void
  /** Everything that was sent has been answered, and nothing was rejected. */
  settle(): void
  /** Envoy has come to the probe of that step: what was shown to it is good. */
  probed(step: number): void
  /** What Envoy does not say means nothing any more: it rejected something else, too, or went before it had answered. */
  doubt(): void
  isActive(): boolean
  /** Whether the search goes on inside of that resource; one at a time is shown to Envoy, others wait. */
  within(slot: string): { type: 'shown'; step: number } | { type: 'waits' } | undefined
}

export interface SearchOptions {
  hold(part: Part): void
  free(part: Part): void
  /** The last one left is not sent again to prove it. */
  convict(part: Part, message: string): void
}

interface Group {
  suspects: readonly Part[]
  held: readonly Part[]
  /** The slot of the resource whose parts are held; absent: whole resources are. */
  within?: string
  /** One of the suspects is to blame for it; absent: they may all be good. */
  message: string | undefined
}

export const createSearch = ({ hold, free, convict }: SearchOptions): Search => {
  /** The last one is looked at first: it is the smallest. */
  const groups: Group[] = []
  let step = 0

  const narrow = (suspects: readonly Part[], message: string): void => {
    step++
    const [only, ...others] = suspects
    if (only && others.length === 0) {
      convict(only, message)
      return
    }
    const group = groupOf(suspects, message)
    for (const part of group.held) hold(part)
    groups.push(group)
  }

  const release = (): Group => {
    step++
    const group = groups.pop()!
    for (const part of group.held) free(part)
    return group
  }

  const releaseGuilty = (): void => {
    const { suspects, message } = release()
    if (message !== undefined) narrow(suspects, message)
  }

  return {
    narrow,
    settle: () => {
      // No Envoy was shown what is left of a divided resource.
      if (groups.at(-1)?.within === undefined) releaseGuilty()
      else release()
    },
    probed: answered => {
      if (answered === step && groups.at(-1)?.within !== undefined) releaseGuilty()
    },
    doubt: () => {
      for (const group of groups) group.message = undefined
    },
    isActive: () => groups.length > 0,
    within: slot => {
      if (groups.at(-1)?.within === slot) return { type: 'shown', step }
      return groups.some(({ within }) => within === slot) ? { type: 'waits' } : undefined
    },
  }
}

const groupOf = (suspects: readonly Part[], message: string): Group => {
  const resources = [...new Map(suspects.map(part => [slotOf(part), part.of])).values()]
  if (resources.length === 1) {
    const half = secondHalf(suspects)
    return { suspects: half, held: half, within: slotOf(resources[0]!), message }
  }
  const half = secondHalf(resources)
  const slots = new Set(half.map(slotOf))
  return { suspects: suspects.filter(part => slots.has(slotOf(part))), held: half.map(headOf), message }
}

const secondHalf = <T>(all: readonly T[]): T[] => all.slice(Math.ceil(all.length / 2))

// The search for the one part, among several, that Envoy rejects. Half of the suspects are held back; if Envoy takes the
// rest, the guilty one is among those, else among the rest. First whole resources are told apart, which costs nobody
// anything: what is held back stays as it was. Then the parts of one: what is left of it is only shown to Envoy
// (probe.ts), because a part that is served already must not vanish while it is under suspicion.
import { contentOf, headOf, type Part, slotOf } from './parts.ts'

export interface Search {
  /** One of these is guilty. */
  narrow(suspects: readonly Part[], message: string): void
  /** Envoy has found these good, in this very form. */
  clear(parts: readonly Part[]): void
  /** Everything that was sent has been answered. */
  settle(): void
  /** Envoy has come to the probe of that step. */
  probed(step: number): void
  isActive(): boolean
  /** What a search inside of a RouteConfiguration means for this one: that one is shown to Envoy, all others wait. */
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
  /** Of one of the suspects, once all of the rest are known to be good; by slot their contents. */
  message: string
  rest: Map<string, string>
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

  const conclude = (): void => {
    const { suspects, message, rest } = release()
    if (rest.size === 0) narrow(suspects, message)
  }

  return {
    narrow,
    clear: parts => {
      for (const part of parts) {
        for (const { rest } of groups) if (rest.get(part.slot) === contentOf(part)) rest.delete(part.slot)
      }
    },
    settle: () => {
      // What is left of a divided resource is shown, not taken: no Envoy is there that has been shown it.
      if (groups.at(-1)?.within === undefined) conclude()
      else release()
    },
    probed: answered => {
      if (answered === step && groups.at(-1)?.within !== undefined) conclude()
    },
    isActive: () => groups.length > 0,
    within: slot => {
      const divided = groups.findLast(({ within }) => within !== undefined)
      if (!divided) return undefined
      return divided.within === slot && divided === groups.at(-1) ? { type: 'shown', step } : { type: 'waits' }
    },
  }
}

const groupOf = (suspects: readonly Part[], message: string): Group => {
  const resources = [...new Map(suspects.map(part => [slotOf(part), part.of])).values()]
  const [only] = resources
  const isOne = resources.length === 1 && only !== undefined
  const heldSlots = new Set(isOne ? [] : secondHalf(resources).map(slotOf))
  const halved = isOne ? secondHalf(suspects) : suspects.filter(part => heldSlots.has(slotOf(part)))
  const others = new Set(halved)
  const rest = suspects.filter(part => !others.has(part))
  return {
    suspects: halved,
    held: isOne ? halved : secondHalf(resources).map(headOf),
    ...(isOne ? { within: slotOf(only) } : {}),
    message,
    rest: new Map(rest.map(part => [part.slot, contentOf(part)])),
  }
}

const secondHalf = <T>(all: readonly T[]): T[] => all.slice(Math.ceil(all.length / 2))

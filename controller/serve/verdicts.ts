// What is known against parts: rejected by Envoy, or held back while the guilty one is sought among several. Looked up by
// the place a part stands in and its content, so that a mended part is free at once.
import { contentOf, type Part } from './parts.ts'

export type Verdict =
  | { type: 'held' }
  /** `passing`: the environment was to blame, the same bytes may be taken later. */
  | { type: 'bad'; message: string; passing: boolean }
  /** Was bad, has been sent again, and is not answered yet. */
  | { type: 'retried'; message: string }

export interface SavedVerdict {
  slot: string
  content: string
  message: string
}

export interface Verdicts {
  of(part: Pick<Part, 'slot' | 'json'>): Verdict | undefined
  /** Whether there is a verdict on anything in that place, or below it. */
  touches(slot: string): boolean
  set(part: Pick<Part, 'slot' | 'json'>, verdict: Verdict): void
  /** No longer held. */
  free(part: Pick<Part, 'slot' | 'json'>): void
  /** Whether it is not to be sent. */
  excludes(part: Pick<Part, 'slot' | 'json'>): boolean
  /** Puts another verdict in the place of each; undefined: takes it back. */
  review(judge: (verdict: Verdict, slot: string, content: string) => Verdict | undefined): void
  /** Bad ones that are not passing. */
  save(): SavedVerdict[]
}

/** Places; more are forgotten, the oldest first. */
const MOST = 100_000

export const createVerdicts = (saved: readonly SavedVerdict[]): Verdicts => {
  const bySlot = new Map<string, Map<string, Verdict>>()
  const touched = new Map<string, number>()

  const touch = (slot: string, by: 1 | -1): void => {
    for (const above of lineage(slot)) {
      const count = (touched.get(above) ?? 0) + by
      if (count > 0) touched.set(above, count)
      else touched.delete(above)
    }
  }
  const put = (slot: string, content: string, verdict: Verdict): void => {
    const here = bySlot.get(slot) ?? new Map<string, Verdict>()
    if (here.size === 0) {
      bySlot.set(slot, here)
      touch(slot, 1)
    }
    here.set(content, verdict)
    const [oldest] = bySlot.keys()
    if (bySlot.size > MOST && oldest !== undefined) drop(oldest)
  }
  const drop = (slot: string): void => {
    bySlot.delete(slot)
    touch(slot, -1)
  }
  for (const { slot, content, message } of saved) put(slot, content, { type: 'bad', message, passing: false })

  return {
    of: part => bySlot.get(part.slot)?.get(contentOf(part)),
    touches: slot => touched.has(slot),
    set: (part, verdict) => put(part.slot, contentOf(part), verdict),
    free: part => {
      const here = bySlot.get(part.slot)
      if (here?.get(contentOf(part))?.type !== 'held') return
      here.delete(contentOf(part))
      if (here.size === 0) drop(part.slot)
    },
    excludes: part => (bySlot.get(part.slot)?.get(contentOf(part))?.type ?? 'retried') !== 'retried',
    review: judge => {
      for (const [slot, here] of bySlot) {
        for (const [content, verdict] of here) {
          const after = judge(verdict, slot, content)
          if (after) here.set(content, after)
          else here.delete(content)
        }
        if (here.size === 0) drop(slot)
      }
    },
    save: () =>
      [...bySlot].flatMap(([slot, here]) =>
        [...here].flatMap(([content, verdict]) =>
          verdict.type === 'bad' && !verdict.passing ? [{ slot, content, message: verdict.message }] : [],
        ),
      ),
  }
}

/** A slot and the slots around it: `a`, `a\nb`, `a\nb\nc`. */
const lineage = (slot: string): string[] => {
  const steps = slot.split('\n')
  return steps.map((_, index) => steps.slice(0, index + 1).join('\n'))
}

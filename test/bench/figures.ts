// From samples to figures: each variant above the floor of its own round, and each target with the interval that the rounds
// leave open.
import { random } from '../fuzz/random.ts'
import { median, type Quartiles, quantile, quartiles } from './cpu.ts'
import type { Sample } from './measure.ts'
import type { Target } from './targets.ts'
import { keyOf, type Variant } from './variant.ts'

export interface Row {
  job: string
  who: string
  /** Microseconds of the worker per request. */
  microseconds: Quartiles
  aboveFloor: Quartiles
  /** Of other threads, median. */
  others: number
  /** Median share of the wall clock that the worker had. */
  busy: number
}

export interface Verdict extends Target {
  value: number
  /** 90 % of resampled runs lie between. */
  between: [number, number]
  /** Unclear: the rival costs no more than the noise, so a ratio to it says nothing. */
  verdict: 'met' | 'missed' | 'unclear'
}

export interface Figures {
  rows: Row[]
  verdicts: Verdict[]
}

export function figuresOf(
  variants: readonly Variant[],
  samples: readonly Sample[][],
  targets: readonly Target[],
): Figures {
  const above = variants.map((variant, n) => aboveFloor(variant, n, variants, samples))
  const rows = variants.map(({ job, who }, n) => ({
    job,
    who,
    microseconds: quartiles(samples[n]!.map(({ workers }) => workers)),
    aboveFloor: quartiles(above[n]!),
    others: median(samples[n]!.map(({ others }) => others)),
    busy: median(samples[n]!.map(({ busy }) => busy)),
  }))
  const byKey = new Map(variants.map((variant, n) => [keyOf(variant), above[n]!]))
  const verdicts = targets.flatMap(target => {
    const [of, over] = [byKey.get(target.of), byKey.get(target.over)]
    return of && over ? [judge(target, of, over)] : []
  })
  return { rows, verdicts }
}

function aboveFloor(
  { answers }: Variant,
  n: number,
  variants: readonly Variant[],
  samples: readonly Sample[][],
): number[] {
  const floor = samples[variants.findIndex(variant => variant.job === 'floor' && variant.answers === answers)]
  return samples[n]!.map(({ workers }, round) => workers - (floor?.[round]?.workers ?? Number.NaN))
}

const RESAMPLED = 2000

function judge(target: Target, of: number[], over: number[]): Verdict {
  const compare = (a: number[], b: number[]): number =>
    target.as === 'ratio' ? median(a) / median(b) : median(a) - median(b)
  const value = compare(of, over)
  const isClear = target.as !== 'ratio' || quantile(over, 0.25) > 0
  const draw = random(7)
  const rounds = of.length
  const resampled = Array.from({ length: RESAMPLED }, () => {
    const chosen = Array.from({ length: rounds }, () => draw.below(rounds))
    return compare(
      chosen.map(round => of[round]!),
      chosen.map(round => over[round]!),
    )
  })
  return {
    ...target,
    value,
    between: [quantile(resampled, 0.05), quantile(resampled, 0.95)],
    verdict: isClear ? (value <= target.most ? 'met' : 'missed') : 'unclear',
  }
}

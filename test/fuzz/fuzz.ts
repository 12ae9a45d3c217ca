// Fuzzing one filter: a seed and a count go in, the smallest mismatch comes out, if there is one.

import { random } from './random.ts'
import type { Mismatch } from './run.ts'
import { type Case, runBatch } from './run.ts'
import { shrink } from './shrink.ts'
import { type SubjectName, subjectOf } from './subjects.ts'

export interface FuzzOptions {
  /** Inputs, each sent to both listeners. */
  count: number
  seed: number
  /** No batch is begun that would end later; the first one always is. */
  seconds?: number
  progress?: (done: number) => void
}

export interface FuzzResult {
  inputs: number
  /** How often each written difference came up. */
  known: Map<string, number>
  mismatch?: Mismatch<unknown>
}

/** Configurations in one Envoy, and requests to each. */
const CONFIGS = 500
const REQUESTS = 50

export async function fuzz(
  name: SubjectName,
  { count, seed, seconds = Number.POSITIVE_INFINITY, progress }: FuzzOptions,
): Promise<FuzzResult> {
  const subject = subjectOf(name)
  const source = random(seed)
  const result: FuzzResult = { inputs: 0, known: new Map() }
  const end = performance.now() + seconds * 1000
  let batchTook = 0
  while (result.inputs < count && (batchTook === 0 || performance.now() + batchTook < end)) {
    const begun = performance.now()
    const configs = Math.min(CONFIGS, Math.ceil((count - result.inputs) / REQUESTS))
    const cases: Case<unknown>[] = Array.from({ length: configs }, () => {
      const config = subject.config(source)
      return { config, requests: Array.from({ length: REQUESTS }, () => subject.request(source, config)) }
    })
    const { mismatches, known } = await runBatch(subject, cases)
    result.inputs += configs * REQUESTS
    for (const [difference, times] of known) result.known.set(difference, (result.known.get(difference) ?? 0) + times)
    progress?.(result.inputs)
    batchTook = performance.now() - begun
    const [first] = mismatches
    if (first) return { ...result, mismatch: await shrink(subject, first) }
  }
  return result
}

export const describeMismatch = ({ config, requests, at, wasm, native }: Mismatch<unknown>): string =>
  [
    `configuration ${JSON.stringify(config)}`,
    ...requests.slice(0, at + 1).map(request => `request ${JSON.stringify(request)}`),
    `wasm   ${JSON.stringify(wasm, null, 1)}`,
    `native ${JSON.stringify(native, null, 1)}`,
  ].join('\n')

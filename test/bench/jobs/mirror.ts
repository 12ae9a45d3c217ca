// The mirror job: a copy of every request to a second cluster; and, for the job of all four, of none in practice.
import type { MirrorOp } from '../../../filters/plan/plan.ts'
import { emptyPlan } from '../../filters/suite.ts'
import { ifBuilt, type Modules, type Variant, wasm } from '../variant.ts'

/** Of how many requests one is copied. */
export type OneOf = 1 | 1_000_000

export const mirrorOp = (oneOf: OneOf): MirrorOp => ({
  type: 'Mirror',
  policy: 'bench/mirror',
  cluster: 'mirror',
  fraction: { numerator: 1, denominator: oneOf },
  timeoutMs: 1000,
})
/** For `mirror.wasm`. */
export const mirrorConfiguration = (oneOf: OneOf): object => ({
  name: 'bench',
  cluster: 'mirror',
  fraction: { numerator: 1, denominator: oneOf },
  timeoutMs: 1000,
})
export const nativeMirror = (oneOf: OneOf): object => ({
  request_mirror_policies: [
    {
      cluster: 'mirror',
      disable_shadow_host_suffix_append: true,
      ...(oneOf > 1 && { runtime_fraction: { default_value: { numerator: 1, denominator: 'MILLION' } } }),
    },
  ],
})

const mirror = (who: string, more: Partial<Variant>): Variant => ({
  job: 'mirror',
  who,
  answers: 'by backend',
  mirrors: true,
  ...more,
})

export const mirrorJob = (modules: Modules): Variant[] => [
  mirror('native', { action: nativeMirror(1) }),
  ...ifBuilt(modules, 'C mirror', file => mirror('C', { upstream: [wasm(file, 'bench', 'C mirror')] })),
  mirror('mirror.wasm', { upstream: [wasm(modules.ours.mirror, 'mirror', 'mirror alone', mirrorConfiguration(1))] }),
  mirror('suite', { plan: { ...emptyPlan(), upstream: { request: [mirrorOp(1)], response: [] } } }),
]

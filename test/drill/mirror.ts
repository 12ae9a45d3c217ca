// The mirror drill: the same requests on routes whose mirror is absent, healthy, dead, silent, or comes and goes; in turns,
// at a fixed rate. What the client saw comes out: failures, and how late the slowest hundredth was.
import { median } from '../bench/cpu.ts'
import { emptyPlan, startSuite } from '../filters/suite.ts'
import { startAnswering } from '../load/answering.ts'
import { failures, openLanes, requestText } from '../load/lanes.ts'
import { startBad } from './bad-backend.ts'

export const MIRRORS = ['none', 'healthy', 'dead', 'silent', 'flapping'] as const
export type MirrorKind = (typeof MIRRORS)[number]

export interface MirrorOptions {
  rounds: number
  /** Per kind and round. */
  requests: number
  perSecond: number
  tell?(progress: string): void
}

export type Mirrored = Record<MirrorKind, { bad: number; p50Ms: number; p99Ms: number }>

/** Medians over the rounds. */
export async function drillMirror({ rounds, requests, perSecond, tell }: MirrorOptions): Promise<Mirrored> {
  await using primary = await startAnswering()
  await using silent = await startBad('silent')
  await using flapping = await startBad('flapping')
  await using gone = await startBad('silent')
  await gone[Symbol.asyncDispose]()
  const clusters = {
    up: primary.port('up'),
    healthy: primary.port('up'),
    dead: gone.port,
    silent: silent.port,
    flapping: flapping.port,
  }
  const routes = MIRRORS.map(kind => ({ host: kind, ...(kind !== 'none' && { plan: mirroring(kind) }) }))
  await using envoy = await startSuite(routes, { clusters, manager: { access_log: [] }, logLevel: 'error' })
  using lanes = openLanes(envoy.port('main'), 16)
  const samples = Object.fromEntries(
    MIRRORS.map(kind => [kind, { bad: 0, p50: [] as number[], p99: [] as number[] }]),
  ) as Record<MirrorKind, { bad: number; p50: number[]; p99: number[] }>
  for (let round = -1; round < rounds; round++) {
    tell?.(round < 0 ? 'warming up' : `round ${round + 1} of ${rounds}`)
    for (const kind of MIRRORS) {
      const text = requestText('/', { host: kind })
      const outcome = await lanes.run(requests, () => text, perSecond)
      const sample = samples[kind]
      sample.bad += failures(outcome)
      if (round < 0) continue
      sample.p50.push(outcome.latency.percentile(50) / 1000)
      sample.p99.push(outcome.latency.percentile(99) / 1000)
    }
  }
  return Object.fromEntries(
    MIRRORS.map(kind => {
      const { bad, p50, p99 } = samples[kind]
      return [kind, { bad, p50Ms: median(p50), p99Ms: median(p99) }]
    }),
  ) as Mirrored
}

const mirroring = (cluster: string) => ({
  ...emptyPlan(),
  upstream: {
    request: [
      {
        type: 'Mirror' as const,
        policy: `default/${cluster}`,
        cluster,
        fraction: { numerator: 1, denominator: 1 },
        timeoutMs: 1000,
      },
    ],
    response: [],
  },
})

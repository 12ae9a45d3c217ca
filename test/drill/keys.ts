// The keys drill: every request has a key of its own, on a limit of each scope. Buckets are evicted and counted, and memory
// stays where it was once every slot has been used.
import type { KeyPart, Limit, Plan } from '../../filters/plan/plan.ts'
import { emptyPlan, metrics, startSuite } from '../filters/suite.ts'
import { failures, openLanes, requestText } from '../load/lanes.ts'
import { type Memory, memoryOf } from '../load/memory.ts'

export interface Keyed {
  /** Before the first key, after the keys that fill every slot, after all. */
  memory: { empty: Memory; filled: Memory; after: Memory }
  evictions: number
  bad: number
}

/** Twice the 32,768 buckets of a scope: those that are filled by chance are then nearly all. */
export const FILLING = 65_536

export async function drillKeys(keys: number, tell: (progress: string) => void = () => {}): Promise<Keyed> {
  const key: KeyPart[] = [{ type: 'Header', name: 'x-key' }]
  const of = (scope: Limit['scope']): Limit => ({
    name: scope.toLowerCase(),
    requests: 1000,
    burst: 1000,
    unitSeconds: 3600,
    scope,
    key,
  })
  const plan: Plan = {
    ...emptyPlan(),
    downstream: {
      request: [{ type: 'RateLimit', policy: 'default/drill', trustedHops: 0, limits: [of('Worker'), of('Node')] }],
      response: [],
    },
  }
  const direct = { status: 200, body: { inline_string: 'ok' } }
  const manager = { access_log: [] }
  await using envoy = await startSuite([{ plan, direct }], { clusters: {}, manager, logLevel: 'error' })
  using lanes = openLanes(envoy.port('main'), 32)
  let next = 0
  let bad = 0
  const ask = async (count: number): Promise<Memory> => {
    bad += failures(await lanes.run(count, () => requestText('/', { host: 'drill.example', 'x-key': `key-${next++}` })))
    return memoryOf(envoy.pid)
  }
  const empty = await ask(1)
  const filled = await ask(FILLING)
  let after = filled
  while (next < keys) {
    after = await ask(Math.min(200_000, keys - next))
    tell(`${next} of ${keys} keys, ${(after.resident / 2 ** 20).toFixed(1)} MiB resident`)
  }
  const evictions = Object.entries(await metrics(envoy)).filter(([name]) => name.includes('evictions'))
  return {
    memory: { empty, filled, after },
    evictions: evictions.reduce((sum, [, count]) => sum + count, 0),
    bad,
  }
}

// Rounds: every variant is asked so many times in each, in random order, and Envoy's CPU time around it is divided by the
// requests. Before that each variant shows that it does its job, and runs until V8 has optimised it.
import { connect, type Socket } from 'node:net'
import type { StaticEnvoy } from '../envoy/static.ts'
import { random } from '../fuzz/random.ts'
import { requestText } from '../load/lanes.ts'
import { ask } from '../run/world.ts'
import type { Client } from './client.ts'
import { cpuTime } from './cpu.ts'
import { HELD_PATH } from './filters-envoy.ts'
import { keyOf, type Variant } from './variant.ts'

export interface Sample {
  /** Microseconds of CPU per request. */
  workers: number
  others: number
  /** The worker's share of the wall clock: far below 1, waking up is measured along with working. */
  busy: number
}

export interface Rounds {
  rounds: number
  /** Per variant and round. */
  requests: number
  /** Per variant, before the first round. */
  warmUp: number
}

const CONNECTIONS = 8
const PATH = '/p3/x/y?z=1'
const HEADERS = {
  host: 'bench.example',
  'x-set-one': 'old',
  'x-remove-me': 'gone',
  'user-agent': 'bench/1.0',
  accept: '*/*',
  'accept-encoding': 'gzip, deflate, br',
  'accept-language': 'en-US,en;q=0.9',
  cookie: 'session=0123456789abcdef0123456789abcdef; theme=dark',
  'x-request-start': '1700000000',
  authorization: 'Bearer abcdefghijklmnopqrstuvwxyz0123456789',
}
const REQUEST = requestText(PATH, HEADERS)

/** Samples of each variant by round. Rejects when a variant does not do its job, or when an answer is not 2xx. */
export async function measure(
  envoy: StaticEnvoy,
  variants: readonly Variant[],
  { rounds, requests, warmUp }: Rounds,
  client: Client,
  tell: (progress: string) => void,
): Promise<Sample[][]> {
  const port = (n: number): number => envoy.port(`v${n}`)
  for (const [n, variant] of variants.entries()) await prove(envoy, variant, port(n))
  const held = await Promise.all(variants.map(({ held = 0 }, n) => hold(port(n), held)))
  const take = async (n: number, count: number): Promise<Sample> => {
    const { good, ...sample } = await sampled(envoy.pid, count, () => client(port(n), CONNECTIONS, count, REQUEST))
    if (good < count) throw new Error(`${keyOf(variants[n]!)}: ${good} of ${count} answers were 2xx`)
    return sample
  }
  try {
    for (const n of variants.keys()) {
      tell(`warming up ${n + 1} of ${variants.length}`)
      await take(n, warmUp)
    }
    const samples: Sample[][] = variants.map(() => [])
    const order = random(1)
    for (let round = 0; round < rounds; round++) {
      tell(`round ${round + 1} of ${rounds}`)
      const shuffled = variants.map((_, n) => ({ n, place: order.below(1 << 30) })).sort((a, b) => a.place - b.place)
      for (const { n } of shuffled) samples[n]?.push(await take(n, requests))
    }
    return samples
  } finally {
    for (const socket of held.flat()) socket.destroy()
  }
}

async function sampled(pid: number, requests: number, ask: () => Promise<number>): Promise<Sample & { good: number }> {
  const before = cpuTime(pid)
  const begun = performance.now()
  const good = await ask()
  const wall = performance.now() - begun
  const after = cpuTime(pid)
  const workers = after.workers - before.workers
  return {
    workers: workers / 1000 / requests,
    others: (after.others - before.others) / 1000 / requests,
    busy: workers / 1e6 / wall,
    good,
  }
}

async function prove(envoy: StaticEnvoy, variant: Variant, port: number): Promise<void> {
  const copies = await copiesOf(envoy)
  const { status, headers } = await ask(`http://127.0.0.1:${port}${PATH}`, { headers: HEADERS })
  if (status !== 200) throw new Error(`${keyOf(variant)} answers ${status}`)
  for (const [name, value] of Object.entries(variant.shows ?? {}))
    if ((headers[name] ?? '') !== value) {
      const seen = JSON.stringify(headers[name])
      throw new Error(`${keyOf(variant)} does not do its job: ${name} is ${seen}\n${envoy.log()}`)
    }
  if (!variant.mirrors) return
  for (const end = Date.now() + 10_000; (await copiesOf(envoy)) === copies; )
    if (Date.now() > end) throw new Error(`${keyOf(variant)} does not mirror`)
}

const copiesOf = async (envoy: StaticEnvoy): Promise<number> =>
  Number((await envoy.admin('/stats?filter=^cluster.mirror.upstream_rq_total$')).split(' ')[1])

/** Requests whose answer never comes. */
const hold = (port: number, count: number): Promise<Socket[]> =>
  Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<Socket>((resolve, reject) => {
          const socket = connect({ host: '127.0.0.1', port, noDelay: true })
          socket.on('error', reject)
          socket.write(requestText(HELD_PATH, HEADERS), 'latin1', () => resolve(socket))
        }),
    ),
  )

// `npm run bench:filters`: CPU time of Envoy per request, for each job by our suite and by its rivals, above an Envoy without
// filters. Rounds are interleaved in random order, each variant against the floor of its own round; a round counts only
// when every answer was 2xx. Prints a table, or JSON with --json.
import { parseArgs } from 'node:util'
import { table } from 'table'
import { random } from '../fuzz/random.ts'
import { exchange } from '../fuzz/wire.ts'
import { cpuTime, quartiles } from './cpu.ts'
import { startAnswering, startVariants } from './filters-envoy.ts'
import { VARIANTS } from './variants.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '11' },
    requests: { type: 'string', default: '3000' },
    job: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write('usage: npm run bench:filters -- [--rounds 11] [--requests 3000] [--job NAME] [--json]\n')
  process.exit(0)
}

const variants = VARIANTS.filter(({ job }) => values.job === undefined || job === 'floor' || job === values.job)
const CONNECTIONS = 8
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
const REQUEST = `GET /p3/x/y?z=1 HTTP/1.1\r\n${Object.entries(HEADERS)
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join('')}\r\n`

/** Microseconds of Envoy's CPU per request; rejects unless every answer is 2xx. */
async function measure(pid: number, port: number, requests: number): Promise<number> {
  const share = Array.from({ length: Math.ceil(requests / CONNECTIONS) }, () => REQUEST)
  const before = cpuTime(pid)
  const lanes = await Promise.all(Array.from({ length: CONNECTIONS }, () => exchange(port, share, 1)))
  const after = cpuTime(pid)
  const bad = lanes.flat().find(reply => reply === 'closed' || !reply.line.startsWith('HTTP/1.1 2'))
  if (bad) throw new Error(`not 2xx: ${bad === 'closed' ? bad : bad.line}`)
  return (after - before) / 1000 / (share.length * CONNECTIONS)
}

await using up = await startAnswering()
await using envoy = await startVariants(variants, up.port('up'))
const samples: number[][] = variants.map(() => [])
const order = random(1)
for (let round = -1; round < Number(values.rounds); round++) {
  const shuffled = variants.map((_, n) => ({ n, place: order.below(1 << 30) })).sort((a, b) => a.place - b.place)
  for (const { n } of shuffled) {
    const sample = await measure(envoy.pid, envoy.port(`v${n}`), Number(values.requests))
    // The first round warms up.
    if (round >= 0) samples[n]?.push(sample)
  }
  if (process.stderr.isTTY) process.stderr.write(`\rround ${round + 1} of ${values.rounds}`)
}

const above = (n: number): number[] => (samples[n] ?? []).map((sample, round) => sample - (samples[0]?.[round] ?? 0))
const rows = variants.map(({ job, who }, n) => ({
  job,
  who,
  microseconds: quartiles(samples[n] ?? []),
  aboveFloor: quartiles(above(n)),
}))
const suiteOver = (job: string, median: number): number | undefined => {
  const native = rows.find(row => row.job === job && row.who.startsWith('native'))
  return native && median / native.aboveFloor.median
}
if (values.json) {
  process.stdout.write(
    `${JSON.stringify({ rounds: Number(values.rounds), requests: Number(values.requests), rows })}\n`,
  )
} else {
  const head = ['job', 'who', 'µs a request', 'above floor', 'quartiles', 'to native']
  const cells = rows.map(({ job, who, microseconds, aboveFloor }) => [
    job,
    who,
    microseconds.median.toFixed(1),
    aboveFloor.median.toFixed(2),
    `${aboveFloor.q1.toFixed(2)} … ${aboveFloor.q3.toFixed(2)}`,
    job === 'floor' ? '' : (suiteOver(job, aboveFloor.median)?.toFixed(2) ?? ''),
  ])
  process.stdout.write(`\n${table([head, ...cells])}`)
}

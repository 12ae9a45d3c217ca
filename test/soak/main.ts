// `npm run soak`: ten million requests through all four filters while the configuration changes a hundred times a second. Ends
// with 1 when an answer was not 2xx, when the modules' memory grew, or when the last change was not live within a second.
import { parseArgs } from 'node:util'
import { describeOutcome } from '../load/lanes.ts'
import { soak } from './soak.ts'

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '10000000' },
    rate: { type: 'string' },
    changes: { type: 'string', default: '100' },
    connections: { type: 'string', default: '32' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(
    'usage: npm run soak -- [--requests 10000000] [--rate PER_SECOND] [--changes 100 a second] [--connections 32] [--json]\n',
  )
  process.exit(0)
}
const MOST_GROWTH_MIB = 0.1
const MOST_LIVE_MS = 1000

const { outcome, bad, seconds, changes, lastLiveMs, growth } = await soak({
  requests: Number(values.requests),
  ...(values.rate !== undefined && { rate: Number(values.rate) }),
  changes: Number(values.changes),
  connections: Number(values.connections),
  tell: line => void process.stderr.write(`${line}\n`),
})
const figures = {
  requests: Number(values.requests),
  requestsPerSecond: Math.round(Number(values.requests) / seconds),
  answers: describeOutcome(outcome),
  changes,
  changesPerSecond: Math.round(changes / seconds),
  lastChangeLiveMs: Math.round(lastLiveMs),
  p50Ms: outcome.latency.percentile(50) / 1000,
  p99Ms: outcome.latency.percentile(99) / 1000,
  wasmMemoryGrowthMiB: growth.linear,
  residentGrowthMiB: Number(growth.resident.toFixed(2)),
}
if (values.json) process.stdout.write(`${JSON.stringify(figures)}\n`)
else for (const [name, value] of Object.entries(figures)) process.stdout.write(`${name.padEnd(20)} ${value}\n`)
const isGood = bad === 0 && growth.linear < MOST_GROWTH_MIB && lastLiveMs < MOST_LIVE_MS
process.exitCode = isGood ? 0 : 1

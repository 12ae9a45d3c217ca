// `npm run drill -- limit|keys|mirror`: reliability of the filters at full size, on demand. Prints what was seen and ends with 1
// when it is not what it should be.
import { parseArgs } from 'node:util'
import { table } from 'table'
import { drillKeys } from './keys.ts'
import { drillLimit } from './limit.ts'
import { drillMirror, MIRRORS } from './mirror.ts'

const USAGE = `usage: npm run drill -- limit|keys|mirror [options]
  limit    --limit 11000 --connections 512 --workers 2     passes within 0.1 % of the limit
  keys     --keys 10000000                                 memory after all keys as after those that fill the slots
  mirror   --rounds 11 --requests 2000 --rate 500          no failure; p99 within 5 % of that with a healthy mirror
`
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    limit: { type: 'string', default: '11000' },
    connections: { type: 'string', default: '512' },
    workers: { type: 'string', default: '2' },
    keys: { type: 'string', default: '10000000' },
    rounds: { type: 'string', default: '11' },
    requests: { type: 'string', default: '2000' },
    rate: { type: 'string', default: '500' },
    help: { type: 'boolean', default: false },
  },
})
const tell = (line: string): void => void process.stderr.write(`${line}\n`)
const MIB = 2 ** 20

const DRILLS: Record<string, () => Promise<boolean>> = {
  async limit() {
    const limit = Number(values.limit)
    const seen = await drillLimit({ limit, connections: Number(values.connections), workers: Number(values.workers) })
    process.stdout.write(`${JSON.stringify(seen)}\n`)
    return seen.others === 0 && Math.abs(seen.allowed - limit) <= limit / 1000
  },
  async keys() {
    const { memory, evictions, bad } = await drillKeys(Number(values.keys), tell)
    const rows = Object.entries(memory).map(([when, { resident, linear }]) => [
      when,
      (resident / MIB).toFixed(2),
      (linear / MIB).toFixed(2),
    ])
    process.stdout.write(table([['', 'MiB resident', 'MiB of Wasm memory'], ...rows]))
    process.stdout.write(`${evictions} evictions, ${bad} not 2xx\n`)
    return bad === 0 && memory.after.linear === memory.filled.linear
  },
  async mirror() {
    const { rounds, requests, rate } = values
    const seen = await drillMirror({
      rounds: Number(rounds),
      requests: Number(requests),
      perSecond: Number(rate),
      tell,
    })
    const to = (kind: (typeof MIRRORS)[number]): number => seen[kind].p99Ms / seen.healthy.p99Ms
    const rows = MIRRORS.map(kind => [
      kind,
      String(seen[kind].bad),
      seen[kind].p50Ms.toFixed(3),
      seen[kind].p99Ms.toFixed(3),
      to(kind).toFixed(2),
    ])
    process.stdout.write(table([['mirror', 'failed', 'p50 ms', 'p99 ms', 'p99 to healthy'], ...rows]))
    return MIRRORS.every(kind => seen[kind].bad === 0 && to(kind) <= 1.05)
  },
}

const drill = DRILLS[positionals[0] ?? '']
if (values.help || !drill) {
  process.stderr.write(USAGE)
  process.exit(values.help ? 0 : 2)
}
process.exitCode = (await drill()) ? 0 : 1

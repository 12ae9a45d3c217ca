// `npm run bench:host`: what the host costs, on one core: cold load, requests per second of CPU time, the unit suite of the four
// filters as a process of its own. Prints a table; fails on nothing.
import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { table } from 'table'
import { Host } from './core/index.ts'
import { module, probe } from './fixtures/build.ts'

const ROUNDS = 11
const REQUESTS = 20_000

const median = (numbers: number[]): number => numbers.sort((a, b) => a - b)[numbers.length >> 1]!

const perCpuSecond = (work: () => void): number => {
  const from = process.cpuUsage()
  for (let i = 0; i < REQUESTS; i++) work()
  const { user, system } = process.cpuUsage(from)
  return (REQUESTS * 1e6) / (user + system)
}

const { bytes } = await module(`
  const NAME: usize = memory.data<u8>([120, 45, 97])
  export function proxy_on_request_headers(c: u32, n: u32, e: u32): u32 { return replaceHeader(0, NAME, 3, NAME, 3) }`)

const cold: number[] = []
for (let round = 0; round < ROUNDS; round++) {
  const from = performance.now()
  const host = await Host.load((await probe()).bytes)
  await host.plugin().request().send()
  cold.push(performance.now() - from)
}
const request = (await Host.load(bytes)).plugin().request({ ':path': '/a' })
const rates: number[] = []
for (let round = 0; round < ROUNDS; round++) rates.push(perCpuSecond(() => request.sendNow()))

const root = resolve(import.meta.dirname, '../..')
const unit = ['mirror', 'rewrite', 'rate-limit', 'suite'].map(name => `test/filters/unit/${name}.test.ts`)
const mocha = [resolve(root, 'node_modules/mocha/bin/mocha.js'), ...unit]
execFileSync(process.execPath, mocha, { cwd: root, stdio: 'ignore' })
const begun = performance.now()
execFileSync(process.execPath, mocha, { cwd: root, stdio: 'ignore' })
const unitSeconds = (performance.now() - begun) / 1000

console.log(
  table([
    ['', 'median', 'target'],
    ['cold load to first answer, ms', median(cold).toFixed(1), '< 50'],
    ['simple requests per CPU second', Math.round(median(rates)).toLocaleString('en'), '100,000'],
    ['unit suite of the four filters, s', unitSeconds.toFixed(1), '< 5'],
  ]),
)

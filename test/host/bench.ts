// `npm run bench:host`: what the host costs, on one core: cold load, and requests per second of CPU time. Prints a table; fails on
// nothing.
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

console.log(
  table([
    ['', 'median', 'target'],
    ['cold load to first answer, ms', median(cold).toFixed(1), '< 50'],
    ['simple requests per CPU second', Math.round(median(rates)).toLocaleString('en'), '100,000'],
  ]),
)

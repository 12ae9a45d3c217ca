// `npm run fuzz:routes -- [--seed S] [--count N] [--requests N]`: random worlds and requests through the controller and Envoy,
// held against the model. Prints what was asked and the first mismatch made small. Ends with 1 when there is one.
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { describeMismatch, fuzz } from './fuzz.ts'
import { startRig } from './rig.ts'

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '300' },
    requests: { type: 'string', default: '50' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    help: { type: 'boolean', default: false },
  },
})
const [count, requests, seed] = [values.count, values.requests, values.seed].map(Number) as [number, number, number]
if (values.help || [count, requests, seed].some(value => !Number.isInteger(value) || value < 0)) {
  console.log(
    'usage: npm run fuzz:routes -- [--count 300] [--requests 50] [--seed N]   (count: worlds; requests: of each, on average)',
  )
  process.exit(values.help ? 0 : 2)
}

const started = performance.now()
const rig = await startRig()
const progress = (worlds: number) => process.stderr.isTTY && process.stderr.write(`\r${worlds}`)
const result = await fuzz(rig, { count, requests, seed, progress })
await rig[Symbol.asyncDispose]()
const kinds = [...result.kinds].sort(([, a], [, b]) => b - a).map(([kind, times]) => `${kind} ${times}`)
const seconds = ((performance.now() - started) / 1000).toFixed(1)
console.log(`${result.worlds} worlds, ${result.requests} requests, seed ${seed}, ${seconds} s; ${kinds.join(', ')}`)
if (result.mismatch) console.log(describeMismatch(result.mismatch))
process.exit(result.mismatch ? 1 : 0)

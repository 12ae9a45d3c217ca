// `npm run fuzz -- [--filter NAME] [--count N] [--seed N]`: our filters against Envoy's own features, in batches. Prints a
// line per batch, what the written differences explain, and the first mismatch made small. Ends with 1 when there is one.
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { describeMismatch, fuzz } from './fuzz.ts'
import { SUBJECTS, type SubjectName } from './subjects.ts'

const { values } = parseArgs({
  options: {
    filter: { type: 'string' },
    count: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    help: { type: 'boolean', default: false },
  },
})
const names = Object.keys(SUBJECTS) as SubjectName[]
const chosen = names.filter(name => values.filter === undefined || values.filter === name)
const count = Number(values.count)
const seed = Number(values.seed)
if (values.help || chosen.length === 0 || !Number.isInteger(count) || !Number.isInteger(seed)) {
  console.log(`usage: npm run fuzz -- [--filter ${names.join('|')}] [--count 100000] [--seed N]   (count: per filter)`)
  process.exit(values.help ? 0 : 2)
}

let failed = false
for (const name of chosen) {
  const started = performance.now()
  const result = await fuzz(name, {
    count,
    seed,
    progress: done => process.stderr.isTTY && process.stderr.write(`\r${name} ${done}`),
  })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const known = [...result.known].map(([difference, times]) => `${difference} ${times}`).join(', ')
  console.log(`${name}: ${result.inputs} inputs, seed ${seed}, ${seconds} s${known && `; as written: ${known}`}`)
  if (!result.mismatch) continue
  failed = true
  console.log(describeMismatch(result.mismatch))
}
process.exit(failed ? 1 : 0)

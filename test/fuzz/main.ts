// `npm run fuzz -- [--filter NAME] [--count N] [--seed N] [--seconds N]`: our filters against Envoy's own features, in batches.
// Prints a line for each filter, what the written differences explain, and the first mismatch made small. Ends with 1 when
// there is one. With `--seconds` all filters together begin no batch that would take longer, and the line says how far it came.
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { describeMismatch, fuzz } from './fuzz.ts'
import { SUBJECTS, type SubjectName } from './subjects.ts'

const { values } = parseArgs({
  options: {
    filter: { type: 'string' },
    count: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    seconds: { type: 'string', default: String(Number.MAX_SAFE_INTEGER) },
    help: { type: 'boolean', default: false },
  },
})
const names = Object.keys(SUBJECTS) as SubjectName[]
const chosen = names.filter(name => values.filter === undefined || values.filter === name)
const count = Number(values.count)
const seed = Number(values.seed)
const seconds = Number(values.seconds)
if (values.help || chosen.length === 0 || ![count, seed, seconds].every(Number.isInteger)) {
  console.log(`usage: npm run fuzz -- [--filter ${names.join('|')}] [--count N] [--seed N] [--seconds N]
  --count    inputs of each filter, default 100000
  --seed     default: any
  --seconds  for all filters together, default: as long as it takes`)
  process.exit(values.help ? 0 : 2)
}

let failed = false
const end = performance.now() + seconds * 1000
for (const [i, name] of chosen.entries()) {
  const started = performance.now()
  const result = await fuzz(name, {
    count,
    seed,
    // What the filters before have not used is for those that come.
    seconds: (end - started) / 1000 / (chosen.length - i),
    progress: done => process.stderr.isTTY && process.stderr.write(`\r${name} ${done}`),
  })
  const took = ((performance.now() - started) / 1000).toFixed(1)
  const known = [...result.known].map(([difference, times]) => `${difference} ${times}`).join(', ')
  console.log(
    `${name}: ${result.inputs} of ${count} inputs, seed ${seed}, ${took} s${known && `; as written: ${known}`}`,
  )
  if (!result.mismatch) continue
  failed = true
  console.log(describeMismatch(result.mismatch))
}
process.exit(failed ? 1 : 0)

// `npm run bench:filters`: CPU time of Envoy per request, for each job by our modules and by their rivals, above an Envoy without
// filters. Rounds are interleaved in random order, each variant against the floor of its own round; every answer has to be 2xx.
// Prints tables, Markdown or JSON; `--enforce` ends with 1 when a target is missed.
import { parseArgs } from 'node:util'
import { findEnvoy } from '../../envoy/find.ts'
import { build } from '../../filters/build.mts'
import { buildClient } from './client.ts'
import { figuresOf } from './figures.ts'
import { startAnswering, startSilent, startVariants } from './filters-envoy.ts'
import { allJobs } from './jobs/all.ts'
import { headersJobs } from './jobs/headers.ts'
import { mirrorJob } from './jobs/mirror.ts'
import { rateLimitJob } from './jobs/rate-limit.ts'
import { rewriteJob } from './jobs/rewrite.ts'
import { measure } from './measure.ts'
import { inMarkdown, inTerminal } from './report.ts'
import { buildRivals, RIVALS } from './rivals/build.ts'
import { TARGETS } from './targets.ts'
import type { Modules, OurModule, Variant } from './variant.ts'

const JOBS = [
  'headers-static',
  'headers-held',
  'headers-route',
  'rewrite',
  'rate-limit',
  'mirror',
  'all-unsampled',
  'all',
]
const USAGE = `usage: npm run bench:filters -- [options]
  --rounds N     measured rounds; default 11
  --requests N   per variant and round; default 3000
  --warm-up N    per variant before the first round; default 6000
  --jobs A,B     of ${JOBS.join(', ')}; default all
  --json         all figures for machines
  --markdown     tables for the README, with date and machine
  --enforce      end with 1 when a target is missed
`
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '11' },
    requests: { type: 'string', default: '3000' },
    'warm-up': { type: 'string', default: '6000' },
    jobs: { type: 'string', default: JOBS.join(',') },
    json: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
    enforce: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
const wanted = values.jobs.split(',')
const unknown = wanted.filter(job => !JOBS.includes(job))
if (values.help || unknown.length > 0) {
  process.stderr.write(unknown.length > 0 ? `no such job: ${unknown.join(', ')}\n${USAGE}` : USAGE)
  process.exit(values.help ? 0 : 2)
}
const rounds = {
  rounds: Number(values.rounds),
  requests: Number(values.requests),
  warmUp: Number(values['warm-up']),
}
const tell = (line: string): void => void process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${line}` : `${line}\n`)

const ours = Object.fromEntries((await build('release')).map(({ module, file }) => [module, file]))
const modules: Modules = { ours: ours as Record<OurModule, string>, rivals: await buildRivals(RIVALS, tell) }
const client = await buildClient(tell)
const floors: Variant[] = [
  { job: 'floor', who: 'no filter, direct', answers: 'directly' },
  { job: 'floor', who: 'no filter, backend', answers: 'by backend' },
]
const jobs = [headersJobs, rewriteJob, rateLimitJob, mirrorJob, allJobs].flatMap(job => job(modules))
const variants = [...floors, ...jobs.filter(({ job }) => wanted.includes(job))]

using silent = await startSilent()
await using answering = await startAnswering()
await using envoy = await startVariants(variants, modules, answering.port('up'), silent.port)
const samples = await measure(envoy, variants, rounds, client, tell)
if (process.stderr.isTTY) process.stderr.write('\n')
const figures = figuresOf(variants, samples, TARGETS)
if (values.json) process.stdout.write(`${JSON.stringify({ ...rounds, ...figures })}\n`)
else if (values.markdown) process.stdout.write(inMarkdown(figures, rounds, (await findEnvoy()).version))
else process.stdout.write(inTerminal(figures))
if (values.enforce && figures.verdicts.some(({ verdict }) => verdict === 'missed')) process.exitCode = 1

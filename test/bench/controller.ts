// `npm run bench:controller`: how fast the controller is with 100 to 10,000 routes, and what memory it takes: from the rename
// of a file to the first answer that shows it, from nothing to live, and each stage on its own. Prints tables, or JSON.
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { type ClusterFigures, clusterTable } from './controller/cluster-figures.ts'
import { measureLive } from './controller/live.ts'
import { measureStages } from './controller/stages.ts'
import { type Measured, tableOf } from './controller/table.ts'
import { type Shape, shapes, writeWorld } from './controller/world.ts'

const USAGE = `usage: npm run bench:controller -- [options]

A folder of HTTPRoutes, a file each, served by a real Envoy; one of them changes.

  --routes 100,1000,3000,10000   how many routes, one table each
  --shape hosts                  hosts: each route has a hostname of its own; paths: all share one
  --changes 200                  changes of one route
  --cluster                      on the rig instead (test/conformance; needs root): writes to an API server
  --churn 0                      with --cluster: seconds in which any route changes, or goes and comes again
  --json                         everything measured, for machines
`

const { values } = parseArgs({
  options: {
    routes: { type: 'string', default: '100,1000,3000,10000' },
    shape: { type: 'string', default: 'hosts' },
    changes: { type: 'string', default: '200' },
    cluster: { type: 'boolean', default: false },
    churn: { type: 'string', default: '0' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const isShape = (text: string): text is Shape => (shapes as readonly string[]).includes(text)
const sizes = values.routes.split(',').map(Number)
const changes = Number(values.changes)

if (values.help) {
  process.stdout.write(USAGE)
  process.exit(0)
}
if (!isShape(values.shape) || ![...sizes, changes].every(n => Number.isSafeInteger(n) && n > 0)) {
  process.stderr.write(USAGE)
  process.exit(2)
}

const all: unknown[] = []
for (const routes of sizes) {
  const [figures, text] = values.cluster ? await inCluster(routes) : await inFolder(routes, values.shape)
  if (!values.json) process.stdout.write(text)
  all.push(figures)
}
if (values.json) process.stdout.write(`${JSON.stringify(all)}\n`)

async function inFolder(routes: number, shape: Shape): Promise<[Measured, string]> {
  const measured = await measure(routes, shape)
  return [measured, tableOf(measured)]
}

/** The measuring runs in the cluster's network: only there its API server and its Gateways answer. */
async function inCluster(routes: number): Promise<[ClusterFigures, string]> {
  const { RIG, withCluster } = await import('../conformance/rig.mts')
  const inside = join(import.meta.dirname, 'controller/cluster.mts')
  return withCluster('bench', ['-crds', 'standard'], async logs => {
    const args = ['exec', process.execPath, inside, logs, String(routes), String(changes), values.churn]
    const { stdout, stderr } = await promisify(execFile)(RIG, args, { maxBuffer: 1 << 26 })
    process.stderr.write(stderr)
    const figures = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as ClusterFigures
    return [figures, clusterTable(figures)]
  })
}

async function measure(routes: number, shape: Shape): Promise<Measured> {
  const progress = (text: string): void => void process.stderr.write(`${routes} routes: ${text}\n`)
  progress('stages')
  const stages = await stagesOf(routes, shape)
  progress('from nothing to live')
  return { routes, shape, live: await measureLive({ routes, shape, changes, progress }), stages }
}

async function stagesOf(routes: number, shape: Shape) {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
  try {
    writeWorld(folder, { routes, shape, address: '127.0.0.1', backendPort: 9 })
    return await measureStages(folder, shape, changes)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

// `npm run test:admission:cluster [count] [seed]`: brings up a cluster (test/conformance) with the experimental CRDs of
// the Gateway API and our own, asks its API server about every vendored manifest and `count` mutations, compares its
// verdicts and words with ours, and takes the cluster down again, whatever happens. Needs root, and the cluster built.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../../..')
const rig = join(root, 'test/conformance/bin/rig')
const env = { ...process.env, RIG_NAME: 'admission' }
/** The environment lacks something. */
const LACKING = 3

let current: ChildProcess | undefined
let isEnding = false

const run = (command: string, ...args: string[]): Promise<number> =>
  new Promise((resolve, reject) => {
    // In a group of its own: what a terminal sends comes to us, and we decide.
    current = spawn(rig, [command, ...args], { env, stdio: ['ignore', 'inherit', 'inherit'], detached: true })
    current.once('error', reject)
    current.once('exit', status => resolve(status ?? 1))
  })

const step = async (command: string, ...args: string[]): Promise<void> => {
  if (isEnding) throw new Error('interrupted')
  const status = await run(command, ...args)
  if (status !== 0) throw new Error(`rig ${command} ended with ${status}`)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    isEnding = true
    current?.kill('SIGTERM')
  })
}

if (!existsSync(rig)) {
  console.error(`${rig} is missing: test/conformance/build.sh builds it`)
  process.exit(LACKING)
}
try {
  // What an earlier run may have left.
  await run('down')
  await step('up', '-crds', 'experimental')
  await step('kubectl', 'apply', '--server-side', '-f', join(root, 'controller/crds'))
  await step('kubectl', 'wait', '--for=condition=Established', '--timeout=60s', 'crd', '--all')
  await step('exec', process.execPath, join(import.meta.dirname, 'compare.mts'), ...process.argv.slice(2))
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
} finally {
  current = undefined
  await run('down')
}

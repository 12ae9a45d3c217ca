// The rig: built when its sources have changed, and one cluster of it brought up for some work and taken down after it.
// In: flags of `rig up`. Out: a cluster that `rig kubectl` and `rig exec` reach, with logs in a folder.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createWriteStream, globSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageFile } from '../../controller/package.ts'
import { findEnvoy } from '../../envoy/find.ts'

/** The machine cannot have what is asked for. */
export class Lacking extends Error {}

const here = packageFile('test/conformance')
export const RIG = join(here, 'bin', 'rig')

/** Status of a program whose output goes to ours; lines that `shown` accepts alone where there is a `log` for all. */
export const run = (
  command: string,
  args: readonly string[],
  to?: { log: string; shown: (line: string) => boolean },
): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: here, stdio: ['ignore', to ? 'pipe' : 'inherit', 'inherit'] })
    if (to && child.stdout) {
      child.stdout.pipe(createWriteStream(to.log))
      child.stdout.on('data', (chunk: Buffer) => {
        for (const line of chunk.toString().split('\n')) if (to.shown(line)) console.log(line)
      })
    }
    child.once('error', reject)
    child.once('exit', code => resolve(code ?? 1))
  })

const build = async (): Promise<void> => {
  const sources = globSync(['*.go', 'go.*', 'build.sh', 'cmd/*/*.go', 'conformance/*.go'], { cwd: here }).sort()
  const hash = createHash('sha256')
  for (const source of sources) hash.update(source).update(readFileSync(join(here, source)))
  const wanted = hash.digest('hex')
  const stamp = join(here, 'bin', 'built-from')
  if ((await readFile(stamp, 'utf8').catch(() => '')) === wanted) return
  console.log('building the rig: some minutes the first time')
  const status = await run('./build.sh', [])
  // A compiler that is killed had too little memory.
  if (status === 137) throw new Lacking('memory to build the rig')
  if (status !== 0) throw new Error('the rig does not build')
  await writeFile(stamp, wanted)
}

const envoy = async (): Promise<string> => {
  try {
    return (await findEnvoy({ onSlow: console.log })).path
  } catch (error) {
    throw new Lacking(`no Envoy: ${(error as Error).message}`)
  }
}

/** The status of work that ends with one: 3 where the machine lacks something, as for every command of ours. */
export const statusOf = async (work: () => Promise<number>): Promise<number> => {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Lacking)) throw error
    console.error(error.message)
    return 3
  }
}

/** `name` tells clusters of one machine apart; `flags` are those of `rig up`. */
export const withCluster = async <T,>(
  name: string,
  flags: readonly string[],
  work: (logs: string) => Promise<T>,
): Promise<T> => {
  await build()
  process.env.RIG_NAME ??= `${name}${process.pid}`
  // There is no way out of the cluster's network: what is missing is fetched before.
  process.env.SLUICE_ENVOY = await envoy()
  const logs = await mkdtemp(join(tmpdir(), `${name}-`))
  console.log(`logs: ${logs}`)
  try {
    if ((await run(RIG, ['up', ...flags])) !== 0) throw new Lacking('the cluster does not come up')
    return await work(logs)
  } finally {
    await run(RIG, ['down'])
  }
}

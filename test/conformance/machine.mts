// Whether this machine can have the rig. In: the machine. Out: what it lacks, in one line, or nothing. Root, Go, network
// namespaces with bridge and veth are tried, not guessed; Go's packages are looked up, which fetches what is missing.
import { execFile } from 'node:child_process'
import { mkdir, readFile, statfs } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { packageFile } from '../../controller/package.ts'

const run = promisify(execFile)
const here = packageFile('test/conformance')
const GIB = 2 ** 30
/** What a build from nothing writes: build cache, modules, programs. */
const DISK = 6 * GIB
/** Linking an API server, or a cluster with a suite beside it. */
const MEMORY = 2.5 * GIB
const FETCH_MS = 15 * 60_000

interface Failure {
  code?: string | number
  stderr?: string
  message: string
}

const lineOf = (error: unknown): string => {
  const { stderr, message } = error as Failure
  const lines = (stderr || message).trim().split('\n')
  return lines.at(-1) ?? ''
}

/** In the same order as the rig makes its network; what was made is taken down. */
const networkLacks = async (): Promise<string | undefined> => {
  const name = `probe${process.pid}`
  const ip = (...args: string[]) => run('ip', args)
  try {
    await ip('netns', 'add', name)
    try {
      await ip('-n', name, 'link', 'set', 'lo', 'up')
      await ip('-n', name, 'link', 'add', 'pods', 'type', 'bridge')
      await ip('-n', name, 'link', 'add', 'pod0', 'type', 'veth', 'peer', 'name', 'pod1')
      await ip('-n', name, 'link', 'set', 'pod0', 'master', 'pods', 'up')
      await ip('-n', name, 'route', 'add', 'local', '10.97.0.0/16', 'dev', 'lo')
    } finally {
      await ip('netns', 'del', name)
    }
    return undefined
  } catch (error) {
    if ((error as Failure).code === 'ENOENT') return 'iproute2 (`ip`)'
    return `network namespaces with bridge and veth: ${lineOf(error)}`
  }
}

/** Go needs a home; a machine that has none gets one in the checkout. */
const giveGoAHome = async (): Promise<void> => {
  if (process.env.HOME) return
  const home = join(here, 'bin', 'home')
  await mkdir(home, { recursive: true })
  process.env.HOME = home
}

const PACKAGES = ['./...', 'sigs.k8s.io/gateway-api/conformance/echo-basic']
/** Said of sources that do not fit go.mod: a fault of the repository, whatever the machine is like. */
const OURS = /go\.sum entry|no required module|updates to go\.mod|malformed|does not contain package/

const goLacks = async (): Promise<string | undefined> => {
  try {
    await run('go', ['version'], { cwd: here })
  } catch (error) {
    return (error as Failure).code === 'ENOENT' ? 'Go' : `Go 1.26: ${lineOf(error)}`
  }
  try {
    await run('go', ['list', '-deps', '-test', ...PACKAGES], { cwd: here, timeout: FETCH_MS, maxBuffer: 1 << 27 })
    return undefined
  } catch (error) {
    const line = lineOf(error)
    if (OURS.test(line)) throw new Error(`the rig's Go modules: ${line}`)
    return `Go modules, which cannot be had: ${line}`
  }
}

const spaceLacks = async (): Promise<string | undefined> => {
  const meminfo = await readFile('/proc/meminfo', 'utf8')
  const memory = Number(/MemAvailable:\s+(\d+) kB/.exec(meminfo)?.[1] ?? Number.POSITIVE_INFINITY) * 1024
  if (memory < MEMORY) return `memory: ${(memory / GIB).toFixed(1)} GiB are free, ${MEMORY / GIB} are needed`
  const isBuilt = await readFile(join(here, 'bin', 'built-from')).then(
    () => true,
    () => false,
  )
  if (isBuilt) return undefined
  for (const path of [here, process.env.GOCACHE ?? homedir()]) {
    const { bavail, bsize } = await statfs(path)
    if (bavail * bsize < DISK)
      return `disk space: ${((bavail * bsize) / GIB).toFixed(1)} GiB are free under ${path}, ${DISK / GIB} are needed`
  }
  return undefined
}

export const machineLacks = async (): Promise<string | undefined> => {
  if (process.platform !== 'linux') return 'Linux'
  if (process.getuid?.() !== 0) return 'root'
  await giveGoAHome()
  return (await networkLacks()) ?? (await spaceLacks()) ?? (await goLacks())
}

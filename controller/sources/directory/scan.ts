// What there is to read: all manifests under a directory, in path order, each once.
// In: the root. Out: files with a signature that changes when they do, the directories to watch, and what could not be
// looked at. Links are followed; a directory or file that was reached before, by whatever path, is not visited again,
// so cycles end. Names that begin with a dot are left out: they belong to editors, to git, to mounted ConfigMaps.
import { type BigIntStats, type Dirent, readdirSync, realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface FoundFile {
  /** From the root, with `/`. */
  path: string
  signature: string
  /** Changed so recently that a further change may leave the signature as it is. */
  isFresh: boolean
}

export interface Scan {
  files: FoundFile[]
  /** By absolute path, the path from the root; `undefined` for one outside that a link leads into. */
  directories: Map<string, string | undefined>
  /** Whether anything was reached through a link. */
  hasLinks: boolean
  problems: { path: string; message: string }[]
}

const MANIFEST = /\.(ya?ml|json)$/
const MAX_DEPTH = 64
const MAX_FILES = 100_000
const TOO_MANY = `more than ${MAX_FILES} files`
/** Above the resolution of file times: some systems write nanoseconds but read the clock every 10 ms, some write seconds. */
const FINE_NS = 50_000_000n
const COARSE_NS = 2_000_000_000n
const SECOND_NS = 1_000_000_000n

export const isManifest = (name: string): boolean => MANIFEST.test(name) && !name.startsWith('.')

export const scan = (root: string): Scan => {
  const result: Scan = { files: [], directories: new Map(), hasLinks: false, problems: [] }
  const seen = new Set<string>()

  const problem = (path: string, message: string): void => {
    result.problems.push({ path, message })
  }

  const visitDirectory = (absolute: string, path: string, depth: number): void => {
    if (depth > MAX_DEPTH) {
      problem(path, `directories are nested more than ${MAX_DEPTH} deep`)
      return
    }
    let entries: Dirent[]
    try {
      entries = readdirSync(absolute, { withFileTypes: true })
    } catch (error) {
      if (path === '' || !isGone(error)) problem(path, (error as Error).message)
      return
    }
    result.directories.set(absolute, path)
    entries.sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1))
    for (const entry of entries) {
      if (entry.name.startsWith('.')) continue
      visit(entry, join(absolute, entry.name), path === '' ? entry.name : `${path}/${entry.name}`, depth)
    }
  }

  const visit = (entry: Dirent, absolute: string, path: string, depth: number): void => {
    const isLink = entry.isSymbolicLink()
    if (!isLink && !entry.isDirectory() && !(entry.isFile() && isManifest(entry.name))) return
    const stats = statOf(absolute, path, isLink)
    if (!stats?.isDirectory() && !(stats?.isFile() && isManifest(entry.name))) return
    if (isLink) watchTarget(absolute)
    const identity = `${stats.dev}:${stats.ino}`
    if (seen.has(identity)) return
    seen.add(identity)
    if (stats.isDirectory()) visitDirectory(isLink ? realpathSync(absolute) : absolute, path, depth + 1)
    else if (result.files.length < MAX_FILES) result.files.push({ path, ...signatureOf(stats) })
    else if (result.problems.at(-1)?.message !== TOO_MANY) problem(path, TOO_MANY)
  }

  /** A link to nowhere says so when its name promises a manifest; a file that has just gone says nothing. */
  const statOf = (absolute: string, path: string, isLink: boolean): BigIntStats | undefined => {
    try {
      return statSync(absolute, { bigint: true })
    } catch (error) {
      if (isLink) result.hasLinks = true
      if (isLink ? isManifest(path) : !isGone(error)) problem(path, (error as Error).message)
      return undefined
    }
  }

  /** What a link points at changes elsewhere. */
  const watchTarget = (link: string): void => {
    result.hasLinks = true
    const directory = dirname(realpathSync(link))
    if (!result.directories.has(directory)) result.directories.set(directory, undefined)
  }

  try {
    const { dev, ino } = statSync(root, { bigint: true })
    seen.add(`${dev}:${ino}`)
    visitDirectory(root, '', 0)
  } catch (error) {
    problem('', (error as Error).message)
  }
  result.files.sort((a, b) => (a.path < b.path ? -1 : 1))
  return result
}

const signatureOf = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): { signature: string; isFresh: boolean } => {
  const resolution = ctimeNs % SECOND_NS === 0n ? COARSE_NS : FINE_NS
  return {
    signature: `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`,
    isFresh: BigInt(Date.now()) * 1_000_000n - ctimeNs < resolution,
  }
}

/** A directory sorts as the paths of what is in it. */
const sortKey = (entry: Dirent): string => (entry.isDirectory() ? `${entry.name}/` : entry.name)

const isGone = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'

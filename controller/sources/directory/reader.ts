// Keeps the world in step with the files, reading as little as it can.
// In: that a file may have changed, or that anything may have. Out: a world that has read what changed.
import { lstatSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type AdmissionOptions, createAdmission } from '../../admit/admit.ts'
import type { Change } from '../source.ts'
import { type FileText, readText } from './file.ts'
import { isManifest, type Scan, scan } from './scan.ts'
import { createWorld, type Ignored } from './world.ts'

export interface ReaderOptions extends AdmissionOptions {
  directory: string
}

export interface Reader {
  /** Looks at everything; reads what has another signature than before. */
  readAll(): Promise<Doubtful>
  /** Reads these files, unless it takes a look at everything to understand them. */
  readSome(paths: Iterable<string>): Promise<Doubtful | 'look at everything'>
  /** What an event in a directory is about. */
  subjectOf(directory: string, name: string): Subject
  directories(): Iterable<string>
  flush(): Change[]
  ignored(): Ignored
}

/** A manifest, by its path from the root; or something that only a look at everything explains; or nothing of ours. */
export type Subject = { path: string } | 'anything' | 'nothing'

/** Files that held objects and now are gone or empty. They are believed to be so when they are read once more. */
export type Doubtful = string[]

/** The event loop belongs to others, too. */
const SLICE_MS = 10

export const createReader = (options: ReaderOptions): Reader => {
  const root = resolve(options.directory)
  const world = createWorld(createAdmission(options))
  const signatures = new Map<string, string>()
  const doubted = new Set<string>()
  let last: Scan = { files: [], directories: new Map(), hasLinks: false, problems: [] }
  let problems = new Set<string>()

  const shown = (path: string): string => (path === '' ? options.directory : join(options.directory, path))

  const take = (path: string, content: FileText, doubtful: Doubtful): void => {
    const isNothing = content.type === 'gone' || (content.type === 'text' && content.text.trim() === '')
    if (isNothing && world.has(path) && !doubted.has(path)) {
      doubted.add(path)
      doubtful.push(path)
      signatures.delete(path)
      return
    }
    doubted.delete(path)
    world.update(path, shown(path), content)
  }

  const readAll = async (): Promise<Doubtful> => {
    last = scan(root)
    const doubtful: Doubtful = []
    const present = new Set(last.files.map(f => f.path))
    const isBroken = new Map(last.problems.map(p => [p.path, p.message] as const))
    let slice = performance.now()
    for (const { path, signature, isFresh } of last.files) {
      if (signatures.get(path) === signature) continue
      take(path, readText(join(root, path)), doubtful)
      if (!isFresh && !doubted.has(path)) signatures.set(path, signature)
      if (performance.now() - slice < SLICE_MS) continue
      await nextTurn()
      slice = performance.now()
    }
    // A folder that cannot be looked at says nothing about what was in it: unmounted, or about to be put back.
    const isRootBroken = isBroken.has('')
    for (const path of [...world.paths()]) {
      if (present.has(path) || isBroken.has(path) || (isRootBroken && path !== '')) continue
      if (problems.has(path)) world.update(path, shown(path), { type: 'gone' })
      else take(path, { type: 'gone' }, doubtful)
    }
    for (const [path, message] of isBroken) {
      world.update(path, shown(path), { type: 'unusable', line: 1, column: 1, message })
    }
    problems = new Set(isBroken.keys())
    return doubtful
  }

  const readSome = async (paths: Iterable<string>): Promise<Doubtful | 'look at everything'> => {
    const doubtful: Doubtful = []
    for (const path of paths) {
      const absolute = join(root, path)
      if (last.hasLinks || problems.has(path) || !isPlain(absolute)) return 'look at everything'
      signatures.delete(path)
      take(path, readText(absolute), doubtful)
    }
    return doubtful
  }

  const subjectOf = (directory: string, name: string): Subject => {
    const inside = last.directories.get(directory)
    if (inside === undefined) return 'anything'
    if (name.startsWith('.')) return last.hasLinks ? 'anything' : 'nothing'
    const absolute = join(directory, name)
    if (last.directories.has(absolute) || isDirectory(absolute)) return 'anything'
    if (isManifest(name)) return { path: inside === '' ? name : `${inside}/${name}` }
    // A directory tells of its own end under its own name.
    return isDirectory(directory) ? 'nothing' : 'anything'
  }

  return {
    readAll,
    readSome,
    subjectOf,
    directories: () => last.directories.keys(),
    flush: () => world.flush(),
    ignored: () => world.ignored(),
  }
}

/** Neither a link nor one of several names of a file; or not there. */
const isPlain = (absolute: string): boolean => {
  const stats = lstatSync(absolute, { throwIfNoEntry: false })
  return stats === undefined || (stats.isFile() && stats.nlink === 1)
}

const isDirectory = (absolute: string): boolean => {
  try {
    return statSync(absolute, { throwIfNoEntry: false })?.isDirectory() ?? false
  } catch {
    return false // ELOOP, EACCES: readAll will say so.
  }
}

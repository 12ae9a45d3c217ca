// Status as files, for those who have no API server to ask: `D/<Kind>/<namespace>/<name>.yaml`, `_` for the namespace
// of cluster-scoped objects. In: what is to be said about all objects. Out: one file for each, replaced atomically and
// only when it says something else than before, removed with its object. A restart takes up what it finds.
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { parse } from 'yaml'
import { sameJson } from '../model/equal.ts'
import { KINDS } from '../model/kinds.ts'
import type { KubeObject, ObjectKey } from '../model/object.ts'
import type { ObjectStatus } from '../translate/status.ts'
import { withStatus, yamlOf } from './document.ts'

export interface StatusFilesOptions {
  directory: string
  controllerName: string
  /** Milliseconds since 1970. */
  now?: () => number
  failed: (path: string, error: unknown) => void
}

export interface StatusFiles {
  /** All that is wanted now: what is not named is removed. */
  want(statuses: readonly ObjectStatus[]): void
  /** Resolves once everything wanted is written. */
  idle(): Promise<void>
}

/** Only files that begin so are taken up, replaced or removed. */
const MARK = '# Written by sluice; changes are lost.\n'
/** The event loop belongs to others, too. */
const SLICE_MS = 5

/** What is wrong with a status directory for a directory of manifests: it would be read as manifests. */
export const statusDirectoryFault = (manifests: string, status: string): string | undefined => {
  const outer = real(manifests)
  const inner = real(status)
  const isInside = inner === outer || inner.startsWith(outer.endsWith(sep) ? outer : outer + sep)
  return isInside ? `the status directory ${status} must not lie inside ${manifests}` : undefined
}

/** With all that leads to it. Node's own `recursive` never returns where a file system lets nobody make folders, as /proc. */
export const makeFolder = (path: string): void => {
  const absolute = resolve(path)
  try {
    mkdirSync(absolute)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && statSync(absolute).isDirectory()) return
    const parent = dirname(absolute)
    if (code !== 'ENOENT' || existsSync(parent)) throw error
    makeFolder(parent)
    mkdirSync(absolute)
  }
}

/** Links resolved as far as the path exists. */
const real = (path: string): string => {
  const absolute = resolve(path)
  try {
    return realpathSync(absolute)
  } catch {
    const parent = dirname(absolute)
    return parent === absolute ? absolute : join(real(parent), absolute.slice(parent.length))
  }
}

export const createStatusFiles = (options: StatusFilesOptions): StatusFiles => {
  const { directory, controllerName, failed, now = Date.now } = options
  const written = takeUp(directory)
  let wanted = new Map<string, ObjectStatus>()
  const due = new Set<string>()
  let working: Promise<void> | undefined

  const want: StatusFiles['want'] = statuses => {
    const next = new Map(statuses.map(s => [fileOf(s.key), s] as const))
    for (const [file, status] of next) {
      const before = wanted.get(file)
      if (before?.object !== status.object || !sameJson(before.status, status.status)) due.add(file)
    }
    for (const file of written.keys()) if (!next.has(file)) due.add(file)
    for (const file of wanted.keys()) if (!next.has(file)) due.add(file)
    wanted = next
    start()
  }

  const start = (): void => {
    if (due.size === 0 || working) return
    working = work().finally(() => {
      working = undefined
      start()
    })
  }

  const work = async (): Promise<void> => {
    let slice = performance.now()
    for (const file of due) {
      due.delete(file)
      try {
        bring(file, wanted.get(file))
      } catch (error) {
        failed(join(directory, file), error)
      }
      if (performance.now() - slice < SLICE_MS) continue
      await nextTurn()
      slice = performance.now()
    }
  }

  /** Synchronous: through the thread pool each step waits for a turn of a loop that a large folder keeps busy. */
  const bring = (file: string, status: ObjectStatus | undefined): void => {
    const path = join(directory, file)
    const before = written.get(file)
    if (status === undefined) {
      written.delete(file)
      rmSync(path, { force: true })
      return
    }
    const after = withStatus(status, before?.status, { controllerName, now: timestamp(now()) })
    if (before && sameJson(before, after)) return
    makeFolder(dirname(path))
    const temporary = join(dirname(path), `.sluice-${process.pid}.tmp`)
    writeFileSync(temporary, MARK + yamlOf(after))
    renameSync(temporary, path)
    written.set(file, after)
  }

  return {
    want,
    idle: async () => {
      while (working) await working
    },
  }
}

/** From the directory. Names are DNS names: none can lead elsewhere. */
const fileOf = (key: ObjectKey): string => {
  const [, kind = '', namespace = '', name = ''] = key.split('/')
  return join(kind, namespace || '_', `${fitting(name)}.yaml`)
}

/** Objects may have names of 253 characters, files of 255 with all that is added. */
const LONGEST = 250

const fitting = (name: string): string => {
  if (name.length <= LONGEST) return name
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 16)
  return `${name.slice(0, LONGEST - hash.length - 1)}_${hash}`
}

/** RFC 3339 to the second, as Kubernetes writes times. */
const timestamp = (time: number): string => new Date(time).toISOString().replace(/\.\d+Z$/, 'Z')

/** What an earlier run has left, by file. */
const takeUp = (directory: string): Map<string, KubeObject> => {
  const found = new Map<string, KubeObject>()
  for (const kind of list(directory).filter(name => Object.hasOwn(KINDS, name))) {
    for (const namespace of list(join(directory, kind))) {
      for (const name of list(join(directory, kind, namespace)).filter(n => n.endsWith('.yaml'))) {
        const file = join(kind, namespace, name)
        const object = ownObject(join(directory, file))
        if (object) found.set(file, object)
      }
    }
  }
  return found
}

const list = (directory: string): string[] => {
  try {
    return readdirSync(directory).sort()
  } catch {
    return []
  }
}

const ownObject = (path: string): KubeObject | undefined => {
  try {
    const text = readFileSync(path, 'utf8')
    return text.startsWith(MARK) ? (parse(text) as KubeObject) : undefined
  } catch {
    return undefined
  }
}

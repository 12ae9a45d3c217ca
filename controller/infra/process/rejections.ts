// What the Envoys of this machine rejected, over the end of a controller: the next one begins with it and does not send
// them the same again. One file for each proxy, written by the replica that its Envoys are connected to. Files of
// another version, or half of one, count as nothing.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SavedRejections } from '../../serve/server.ts'

type Saved = SavedRejections[string]

export interface Rejections {
  read(): SavedRejections
  /** Writes when it differs from what was written; nothing rejected is no file. */
  write(proxy: string, saved: Saved | undefined): void
}

/** @param directory of one group of controllers */
export const rejectionsIn = (directory: string): Rejections => {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const written = new Map<string, string>()
  const pathOf = (proxy: string): string =>
    join(directory, `${createHash('sha256').update(proxy).digest('hex').slice(0, 16)}.json`)
  return {
    read: () =>
      Object.fromEntries(
        readdirSync(directory)
          .filter(name => name.endsWith('.json'))
          .flatMap(name => entryOf(join(directory, name))),
      ),
    write: (proxy, saved) => {
      const isNothing = !saved || (saved.verdicts.length === 0 && Object.keys(saved.routes).length === 0)
      const text = isNothing ? '' : JSON.stringify({ proxy, saved })
      if (written.get(proxy) === text) return
      written.set(proxy, text)
      const path = pathOf(proxy)
      if (isNothing) return rmSync(path, { force: true })
      writeFileSync(`${path}.${process.pid}`, text, { mode: 0o600 })
      renameSync(`${path}.${process.pid}`, path)
    },
  }
}

const entryOf = (path: string): [string, Saved][] => {
  try {
    const { proxy, saved } = JSON.parse(readFileSync(path, 'utf8')) as { proxy?: unknown; saved?: Partial<Saved> }
    if (typeof proxy !== 'string' || !Array.isArray(saved?.verdicts) || typeof saved.routes !== 'object') return []
    return [[proxy, { verdicts: saved.verdicts, routes: saved.routes ?? {} }]]
  } catch {
    return []
  }
}

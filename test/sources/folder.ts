// A folder of manifests for the tests of the directory source, and what has been made of it in a word.
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Change } from '../../controller/sources/source.ts'
import { createStore, type Store } from '../../controller/store/store.ts'

export const service = (name: string, port = 80): string =>
  `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\nspec:\n  ports:\n  - port: ${port}\n`
export const options = { channel: 'standard', defaultNamespace: 'default' } as const

export interface Folder {
  directory: string
  path(name: string): string
  write(name: string, text: string): void
  /** As careful writers do: nobody ever sees half of it. */
  replace(name: string, text: string): void
  /** `name port` of all Services; and refusals, named from the folder. */
  lookAt(store: Store): Seen
  look(changes: readonly Change[]): Seen
  remove(): void
}

export interface Seen {
  services: string[]
  lines: string[]
}

export const createFolder = (): Folder => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-directory-'))
  const path = (name: string): string => join(directory, name)
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(path(name)), { recursive: true })
    writeFileSync(path(name), text)
  }
  const lookAt = (store: Store): Seen => {
    const { list, refusals } = store.snapshot()
    return {
      services: list('Service').map(s => `${s.metadata.name} ${s.spec?.ports?.[0]?.port}`),
      lines: refusals.map(({ at, message }) => `${at.file.replace(`${directory}/`, '')}:${at.line}: ${message}`),
    }
  }
  return {
    directory,
    path,
    write,
    replace: (name, text) => {
      write('.next', text)
      mkdirSync(dirname(path(name)), { recursive: true })
      renameSync(path('.next'), path(name))
    },
    lookAt,
    look: changes => {
      const store = createStore()
      store.changes(changes)
      return lookAt(store)
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

// A folder of YAML, read and translated once: for commands that say what they found and end.
import { stat } from 'node:fs/promises'
import { CommandError } from '../errors.ts'
import { type Ignored, readDirectory } from '../sources/directory.ts'
import type { Snapshot } from '../store/snapshot.ts'
import { createStore } from '../store/store.ts'
import { type Translation, translate } from '../translate/translate.ts'
import { builtModule, DEFAULT_CONTROLLER_NAME, folderSurroundings, type Module } from './machine.ts'

export interface FolderOptions {
  controllerName?: string
  portOffset?: number
}

export interface FolderOutcome {
  snapshot: Snapshot
  translation: Translation
  module: Module
  ignored: Ignored
}

/** Rejects with a `CommandError` of status 2 where there is no such folder. */
export async function checkFolder(dir: string): Promise<void> {
  const entry = await stat(dir).catch(() => undefined)
  if (!entry) throw new CommandError(2, `${dir}: no such folder`)
  if (!entry.isDirectory()) throw new CommandError(2, `${dir} is no folder; name the folder that holds the YAML files`)
}

export async function translateFolder(dir: string, options: FolderOptions): Promise<FolderOutcome> {
  await checkFolder(dir)
  const module = builtModule()
  const { controllerName = DEFAULT_CONTROLLER_NAME, portOffset = 0 } = options
  const { changes, ignored } = await readDirectory({
    directory: dir,
    channel: 'experimental',
    defaultNamespace: 'default',
  })
  const store = createStore()
  store.changes(changes)
  const snapshot = store.snapshot()
  const translation = translate(snapshot, {
    ...folderSurroundings(controllerName, portOffset, module)(new Map()),
    acknowledged: new Map(),
    rejections: new Map(),
    now: Date.now(),
  })
  return { snapshot, translation, module, ignored }
}

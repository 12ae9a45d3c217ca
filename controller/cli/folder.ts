// A folder of YAML, read and translated once: for commands that say what they found and end.
import { type Ignored, readDirectory } from '../sources/directory.ts'
import type { Snapshot } from '../store/snapshot.ts'
import { createStore } from '../store/store.ts'
import { type Translation, translate } from '../translate/translate.ts'
import { checkFolder } from './check-folder.ts'
import { builtModule, folderSurroundings, type Module } from './machine.ts'
import { DEFAULT_CONTROLLER_NAME } from './names.ts'

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

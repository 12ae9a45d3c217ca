// A world of files with a store behind it, for tests: what is in force, where it stands, what is said about the rest.
import { createAdmission } from '../../controller/admit/admit.ts'
import { keyOf } from '../../controller/model/object.ts'
import type { FileText } from '../../controller/sources/directory/file.ts'
import { createWorld } from '../../controller/sources/directory/world.ts'
import { createStore } from '../../controller/store/store.ts'

export const service = (name: string, port: number | string = 80): string =>
  `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\nspec:\n  ports:\n  - port: ${port}\n`
export const join = (...documents: string[]): string => documents.join('---\n')

/** A world with a store behind it; `write` without a text removes the file. */
export const start = () => {
  const world = createWorld(createAdmission({ channel: 'standard', defaultNamespace: 'default' }))
  const store = createStore()
  const set = (path: string, content: FileText): void => {
    world.update(path, `conf/${path}`, content)
    store.changes(world.flush())
  }
  const port = (name: string): unknown => store.snapshot().get('Service', 'default', name)?.spec?.ports?.[0]?.port
  return {
    world,
    store,
    write: (path: string, text?: string): void =>
      set(path, text === undefined ? { type: 'gone' } : { type: 'text', text }),
    ruin: (path: string): void => set(path, { type: 'unusable', line: 2, column: 3, message: 'unusable' }),
    port,
    object: (name: string) => store.snapshot().get('Service', 'default', name),
    lines: (): string[] =>
      store.snapshot().refusals.map(({ at, message }) => `${at.file}:${at.line}:${at.column}: ${message}`),
    place: (name: string): string => {
      const at = store.snapshot().locationOf(keyOf('', 'Service', 'default', name))
      return `${at?.file}:${at?.line}:${at?.column}`
    },
  }
}

export const BAD_PORT = 'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive'
/** Said as well: a target port that is not set is the port. */
export const BAD_TARGET_PORT = 'spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive'

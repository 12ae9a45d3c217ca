// `sluice check DIR`: what an API server would say to the files and the controller to the objects, without running anything.
// Objects with their status go to stdout, refused ones to stderr as `path:line:column: message`.
import { createLog } from '../observe/log.ts'
import { withStatus, yamlOf } from '../status/document.ts'
import type { Refusal } from '../store/snapshot.ts'
import type { ObjectStatus } from '../translate/status.ts'
import { faultsOf } from './faults.ts'
import { type FolderOptions, translateFolder } from './folder.ts'
import { createNotices } from './notices.ts'
import { overview } from './overview.ts'

export interface CheckOptions extends FolderOptions {
  output: 'table' | 'yaml' | 'json'
  controllerName: string
}

export async function check(dir: string, options: CheckOptions): Promise<0 | 1> {
  const { snapshot, translation, ignored } = await translateFolder(dir, options)
  if (options.output === 'table') createNotices(createLog('check', 'info')).ignored(ignored)
  for (const refusal of snapshot.refusals) process.stderr.write(`${lineOf(refusal)}\n`)
  const statuses = translation.statuses.toSorted(byName)
  process.stdout.write(printers[options.output](statuses, options.controllerName))
  return snapshot.refusals.length > 0 || statuses.some(status => faultsOf(status).length > 0) ? 1 : 0
}

const lineOf = ({ at: { file, line, column }, message }: Refusal): string => `${file}:${line}:${column}: ${message}`

const printers: Record<CheckOptions['output'], (statuses: readonly ObjectStatus[], controllerName: string) => string> =
  {
    table: statuses => overview(statuses, []),
    yaml: (statuses, name) => documents(statuses, name).map(yamlOf).join('---\n'),
    json: (statuses, name) => `${JSON.stringify(documents(statuses, name), null, 2)}\n`,
  }

const documents = (statuses: readonly ObjectStatus[], controllerName: string) => {
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  return statuses.map(status => withStatus(status, undefined, { controllerName, now }))
}

/** By kind, namespace, name. */
const byName = ({ object: a }: ObjectStatus, { object: b }: ObjectStatus): number =>
  compare(a.kind, b.kind) ||
  compare(a.metadata.namespace ?? '', b.metadata.namespace ?? '') ||
  compare(a.metadata.name, b.metadata.name)

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

// A folder of YAML as a test has it in; the translation of it out. Objects are admitted as files are: defaulted, pruned,
// and refused where the API server would refuse them, which no golden case wants.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import { createAdmission } from '../../controller/admit/admit.ts'
import type { KubeObject, ObjectKey } from '../../controller/model/object.ts'
import type { Snapshot } from '../../controller/store/snapshot.ts'
import { snapshotOf } from '../../controller/store/store.ts'
import { inspectCertificate, inspectTrust } from '../../controller/tls/inspect.ts'
import type { Options } from '../../controller/translate/translate.ts'

export const goldenRoot = join(import.meta.dirname, '../golden')

/** Names of the cases: the folders with an `in.yaml`. */
export const cases = (): string[] =>
  readdirSync(goldenRoot, { withFileTypes: true })
    .filter(entry => entry.isDirectory() && existsSync(join(goldenRoot, entry.name, 'in.yaml')))
    .map(entry => entry.name)
    .sort()

/** What a case may set beside its objects, in `options.yaml`. */
interface CaseOptions {
  /** Files of this folder whose objects come with the case's own: `certificates` is `certificates.yaml`. */
  with?: string[]
  /** Default: experimental. */
  channel?: keyof typeof admissions
  portOffset?: number
  unusableAddresses?: string[]
  implicitClass?: string
  unresolvedParents?: Options['unresolvedParents']
  /** Keys as in `ObjectKey`. */
  acknowledged?: Record<string, number>
  rejections?: Record<string, string>
  placement?: 'PerGateway'
  addresses?: Record<string, string[]>
  now?: string
}

const admissions = {
  standard: createAdmission({ channel: 'standard', defaultNamespace: 'default' }),
  experimental: createAdmission({ channel: 'experimental', defaultNamespace: 'default' }),
}

export const objectsOf = (text: string, channel: keyof typeof admissions = 'experimental'): KubeObject[] =>
  parseAllDocuments(text).flatMap(document => {
    const value = document.toJS()
    if (value === null) return []
    const verdict = admissions[channel](value, () => undefined)
    if (verdict.type !== 'admitted') throw new Error(`not admitted: ${JSON.stringify(verdict)}\n${document}`)
    return [{ ...verdict.object, metadata: { ...verdict.object.metadata, ...counted(value) } }]
  })

/** What an API server writes itself, and admission therefore drops. */
const counted = ({ metadata }: { metadata: KubeObject['metadata'] }): Partial<KubeObject['metadata']> => ({
  ...(metadata.generation === undefined ? {} : { generation: metadata.generation }),
  ...(metadata.creationTimestamp === undefined ? {} : { creationTimestamp: metadata.creationTimestamp }),
})

export const defaults: Options = {
  controllerName: 'sluice.dev/gateway-controller',
  implicitClass: 'sluice',
  placement: { type: 'Shared', proxy: 'sluice', portOffset: 0, book: new Map(), isUsable: () => true },
  unresolvedParents: 'Report',
  acknowledged: new Map(),
  rejections: new Map(),
  preflight: () => undefined,
  inspectCertificate,
  inspectTrust,
  now: Date.parse('2027-01-01T00:00:00Z'),
}

export const readCase = (name: string): { snapshot: Snapshot; options: Options } => {
  const folder = join(goldenRoot, name)
  const given = (readOptional(join(folder, 'options.yaml')) ?? {}) as CaseOptions
  const texts = [
    readFileSync(join(folder, 'in.yaml'), 'utf8'),
    ...(given.with ?? []).map(file => readFileSync(join(goldenRoot, `${file}.yaml`), 'utf8')),
  ]
  return { snapshot: snapshotOf(texts.flatMap(text => objectsOf(text, given.channel))), options: optionsOf(given) }
}

const optionsOf = (given: CaseOptions): Options => ({
  ...defaults,
  ...(given.implicitClass === undefined ? {} : { implicitClass: given.implicitClass }),
  unresolvedParents: given.unresolvedParents ?? defaults.unresolvedParents,
  placement:
    given.placement === 'PerGateway'
      ? {
          type: 'PerGateway',
          portOffset: given.portOffset ?? 0,
          addresses: new Map(Object.entries(given.addresses ?? {}).map(([name, addresses]) => [name, { addresses }])),
        }
      : {
          type: 'Shared',
          proxy: 'sluice',
          portOffset: given.portOffset ?? 0,
          book: new Map(),
          isUsable: address => !given.unusableAddresses?.includes(address),
        },
  acknowledged: new Map(Object.entries(given.acknowledged ?? {})) as Map<ObjectKey, number>,
  rejections: new Map(Object.entries(given.rejections ?? {})),
  now: given.now ? Date.parse(given.now) : defaults.now,
})

const readOptional = (path: string): unknown => {
  try {
    return parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

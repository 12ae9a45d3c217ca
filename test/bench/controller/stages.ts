// What the controller itself does with a world, stage by stage and without Envoy, in a process of its own so that nothing is
// warm: `node stages.ts FOLDER SHAPE CHANGES` prints milliseconds as JSON, of everything and of one changed route.
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { builtModule, folderSurroundings } from '../../../controller/cli/machine.ts'
import { createEmitter } from '../../../controller/emit/emit.ts'
import { createQuarantine } from '../../../controller/serve/quarantine.ts'
import { snapshotOf } from '../../../controller/serve/snapshot.ts'
import { encodeResponse } from '../../../controller/serve/wire.ts'
import { createReader } from '../../../controller/sources/directory/reader.ts'
import { createStore } from '../../../controller/store/store.ts'
import { createTranslator, type Translation } from '../../../controller/translate/translate.ts'
import { CHANGING, fileOf, routeText, type Shape } from './world.ts'

export const stageNames = ['read', 'translate', 'emit', 'encode'] as const
export type StageName = (typeof stageNames)[number]
export type StageTimes = Record<StageName, number>

export interface Stages {
  all: StageTimes
  oneRoute: StageTimes[]
  /** Of the route configuration, as it is sent. */
  bytes: number
}

export async function measureStages(folder: string, shape: Shape, changes: number): Promise<Stages> {
  const { stdout } = await promisify(execFile)(process.execPath, [import.meta.filename, folder, shape, String(changes)])
  return JSON.parse(stdout) as Stages
}

async function run(folder: string, shape: Shape, changes: number): Promise<Stages> {
  const reader = createReader({ directory: folder, channel: 'experimental', defaultNamespace: 'default' })
  const store = createStore()
  const translate = createTranslator()
  const surroundings = folderSurroundings('sluice.dev/gateway-controller', 0, builtModule())
  const emit = createEmitter({ module: 'suite.wasm', reusePort: false, accessLog: 'Stdout', systemCertificates: '' })
  const quarantine = createQuarantine()
  const rejections = new Map<string, string>()
  let book: Translation['book'] = new Map()

  const pass = async (read: () => Promise<unknown>) => {
    const marks = [performance.now()]
    const mark = (): void => void marks.push(performance.now())
    await read()
    store.changes(reader.flush())
    mark()
    const translation = translate(store.snapshot(), {
      ...surroundings(book),
      acknowledged: new Map(),
      rejections,
      now: Date.now(),
    })
    book = translation.book
    mark()
    const resources = translation.proxies.flatMap(emit)
    mark()
    const tables = [...(snapshotOf(resources, quarantine).entries.get('RouteConfiguration')?.values() ?? [])]
    const bytes = encodeResponse({
      type: 'RouteConfiguration',
      nonce: '1',
      removed: [],
      resources: tables.flatMap(entry =>
        entry.version === undefined ? [] : [{ name: entry.resource.name, version: entry.version, bytes: entry.bytes }],
      ),
    })
    mark()
    const times = Object.fromEntries(stageNames.map((name, n) => [name, marks[n + 1]! - marks[n]!])) as StageTimes
    return { times, bytes: bytes.length }
  }

  const { times: all, bytes } = await pass(reader.readAll)
  const oneRoute: StageTimes[] = []
  for (let version = 1; version <= changes; version++) {
    writeFileSync(join(folder, fileOf(CHANGING)), routeText(CHANGING, shape, version))
    oneRoute.push((await pass(() => reader.readSome([fileOf(CHANGING)]))).times)
  }
  return { all, oneRoute, bytes }
}

if (import.meta.main) {
  const [folder = '', shape = 'hosts', changes = '1'] = process.argv.slice(2)
  process.stdout.write(JSON.stringify(await run(folder, shape as Shape, Number(changes))))
}

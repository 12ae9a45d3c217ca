// Our own modules for tests: the released bytes, or, where COVERAGE is set, those that count lines. What they counted is written
// when mocha ends: `dist/coverage/lcov.info`, and a table on the terminal.
import { readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { build } from '../../../filters/build.mts'
import { Host, type HostOptions } from '../core/index.ts'
import { CoverageReport } from '../cover/coverage.ts'

const hosts: Host[] = []
const target = process.env.COVERAGE === undefined ? 'release' : 'coverage'
let folder: string | undefined

/** The bytes of one of our modules, built if need be. */
export const moduleBytes = async (name: string): Promise<Uint8Array> => readFile(await moduleFile(name))

const moduleFile = async (name: string): Promise<string> => {
  const built = (await build(target)).find(({ module }) => module === name)
  if (!built) throw new Error(`asconfig.json has no module "${name}"`)
  folder = dirname(built.file)
  return built.file
}

/** A host for one of our modules; its coverage counts. */
export const hostOf = async (name: string, options: HostOptions = {}): Promise<Host> => {
  const file = await moduleFile(name)
  const sourceMap = await readFile(`${file}.map`, 'utf8').catch(() => '')
  const host = await Host.load(await readFile(file), { sourceMap, ...options })
  if (target === 'coverage') hosts.push(host)
  return host
}

if (target === 'coverage') {
  after(async () => {
    if (folder === undefined) return
    const report = new CoverageReport(JSON.parse(await readFile(join(folder, 'coverage.json'), 'utf8')))
    for (const host of hosts) report.add(host)
    await writeFile(join(folder, 'lcov.info'), report.lcov())
    console.log(`\n${report.table()}\nlines: ${(100 * report.lines).toFixed(1)} %, in ${basename(folder)}/lcov.info`)
  })
}

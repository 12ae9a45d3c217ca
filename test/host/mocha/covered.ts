// Our own modules for tests: the released bytes, or, where COVERAGE is set, those that count lines. What any host has counted by
// the time mocha ends goes to `dist/coverage/lcov.info` and, as a table, to the terminal. A number in COVERAGE is the share of
// lines, in percent, below which the run fails.
import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { type ASUtil, instantiateSync } from '@assemblyscript/loader'
import { build } from '../../../filters/build.mts'
import { compile, moduleIn } from '../../../filters/compile.ts'
import { Host, type HostOptions } from '../core/index.ts'
import { type Counted, CoverageReport } from '../cover/coverage.ts'
import type { Point } from '../cover/point.ts'

export const target = process.env.COVERAGE === undefined ? 'release' : 'coverage'
const out = resolve(import.meta.dirname, '../../../dist/coverage')

/** What counters stand for, by the module's hash; and those who have run such modules. */
const points = new Map<string, readonly Point[]>()
const hosts: { host: Counted; module: string }[] = []

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const learn = (bytes: Uint8Array, json: string): void => void points.set(hashOf(bytes), JSON.parse(json) as Point[])

/** Once a test run: to see that all is up to date takes longer than most tests. */
let built: ReturnType<typeof build> | undefined

/** The file of one of our modules, built if need be. */
export const moduleFile = async (name: string): Promise<string> => {
  built ??= build(target)
  const found = (await built).find(({ module }) => module === name)
  if (!found) throw new Error(`asconfig.json has no module "${name}"`)
  if (target === 'coverage') learn(await readFile(found.file), await readFile(pointsOf(found.file), 'utf8'))
  return found.file
}

const pointsOf = (file: string): string => file.replace(/\.wasm$/, '.coverage.json')

/** Its bytes. */
export const moduleBytes = async (name: string): Promise<Uint8Array> => readFile(await moduleFile(name))

/** Another AssemblyScript entry, a path below the checkout, compiled as our modules are. */
export const compiledBytes = async (entry: string, options: readonly string[] = []): Promise<Uint8Array> => {
  const outputs = await compile(entry, target, 'module.wasm', options)
  const bytes = moduleIn(outputs, 'module.wasm')
  const json = outputs.get('coverage.json')
  if (json !== undefined) learn(bytes, String(json))
  return bytes
}

/** A host for one of our modules; traps tell the line where it was built with a source map. */
export const hostOf = async (name: string, options: HostOptions = {}): Promise<Host> => {
  const file = await moduleFile(name)
  const sourceMap = await readFile(`${file}.map`, 'utf8').catch(() => '')
  return Host.load(await readFile(file), { sourceMap, ...options })
}

interface Internals {
  __coverage_at?(): number
  __coverage_count?(): number
  memory: { buffer: ArrayBuffer }
}

/**
 * The exports of an AssemblyScript entry, without any host: for white-box tests. Whatever it imports answers 0. Buffers go in by
 * `__newArrayBuffer` and out by `__getArrayBuffer`.
 */
export const internals = async (entry: string): Promise<ASUtil & Record<string, (...args: never[]) => unknown>> => {
  const bytes = await compiledBytes(entry, ['--exportRuntime'])
  const imports = new Proxy({}, { get: () => new Proxy({}, { get: () => () => 0 }) })
  const { exports } = instantiateSync(bytes, imports)
  const { _initialize, __coverage_at, __coverage_count, memory } = exports as unknown as Internals & {
    _initialize?(): void
  }
  _initialize?.()
  const counters = (): Uint32Array[] =>
    __coverage_at && __coverage_count ? [new Uint32Array(memory.buffer, __coverage_at(), __coverage_count())] : []
  hosts.push({ host: { counters }, module: hashOf(bytes) })
  return exports as never
}

if (target === 'coverage') {
  Host.opened = (host, bytes) => hosts.push({ host, module: hashOf(bytes) })
  after(async () => {
    const report = new CoverageReport()
    for (const { host, module } of hosts) report.add(host, points.get(module) ?? [])
    await mkdir(out, { recursive: true })
    await writeFile(join(out, 'lcov.info'), report.lcov())
    const percent = 100 * report.lines
    console.log(`\n${report.table()}\nlines: ${percent.toFixed(1)} %, in ${basename(out)}/lcov.info`)
    const wanted = Number(process.env.COVERAGE)
    if (wanted > 1 && percent < wanted) throw new Error(`${percent.toFixed(1)} % of the lines ran, not ${wanted}`)
  })
}

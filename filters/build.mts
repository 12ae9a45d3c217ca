// Compiles the modules that `asconfig.json` lists, the suite for speed, the bare ones for size: AssemblyScript in, `dist/NAME.wasm` out (`dist/debug/`, `dist/coverage/`
// for those targets). What is up to date is left alone: a stamp beside the modules holds the hash of every input. Equal
// inputs give equal bytes. Imports that are not on the list of `imports.ts` fail the build.
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { version } from 'assemblyscript/asc'
import { compile, moduleIn, root, type Target } from './compile.ts'
import { shrink, shrinkVersion } from './shrink.ts'
import { cut } from './suite/cut.ts'
import { moduleOf, PLUGINS } from './suite/plugins.ts'

export interface Built {
  module: string
  file: string
  bytes: number
  /** It was compiled now; otherwise it was up to date. */
  fresh: boolean
}

export async function build(target: Target, folder = folderOf(target)): Promise<Built[]> {
  const config = await readFile(join(root, 'asconfig.json'), 'utf8')
  const modules = Object.entries((JSON.parse(config) as { modules: Record<string, string> }).modules).sort()
  const inputs = await hashOfInputs(config)
  const stampFile = join(folder, '.stamp.json')
  const stamp = await readStamp(stampFile)
  await mkdir(folder, { recursive: true })
  const built: Built[] = []
  const next: Stamp = {}
  for (const [module, entry] of modules) {
    const file = join(folder, `${module}.wasm`)
    const existing = await readFile(file).catch(() => undefined)
    const known = stamp[module]
    const fresh = !existing || known?.inputs !== inputs || known.output !== sha256(existing)
    const bytes = fresh
      ? await write(entry, target === 'release' && module !== 'suite' ? 'small' : target, file)
      : existing
    next[module] = { inputs, output: sha256(bytes) }
    if (module === 'suite') await writePlugins(file, bytes)
    built.push({ module, file, bytes: bytes.length, fresh })
  }
  if (built.some(({ fresh }) => fresh)) await replace(stampFile, `${JSON.stringify(next, null, 2)}\n`)
  return built
}

type Stamp = Record<string, { inputs: string; output: string }>

const folderOf = (target: Target): string => join(root, 'dist', target === 'release' ? '' : target)

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex')

async function readStamp(file: string): Promise<Stamp> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Stamp
  } catch {
    return {}
  }
}

/** Every source below `filters/`, the options and the compilers: more than one module needs, but never too little. */
async function hashOfInputs(config: string): Promise<string> {
  const files = (await readdir(join(root, 'filters'), { recursive: true })).filter(file => file.endsWith('.ts')).sort()
  const hash = createHash('sha256').update(`${version}\n${shrinkVersion}\n${config}\n`)
  for (const file of files) hash.update(`${file}\n`).update(await readFile(join(root, 'filters', file)))
  return hash.digest('hex')
}

async function write(entry: string, target: Target, file: string): Promise<Buffer> {
  const outputs = await compile(entry, target, basename(file))
  for (const [output, contents] of outputs) {
    // What the coverage transform writes bears no module's name.
    const name = output === 'coverage.json' ? basename(file).replace(/\.wasm$/, '.coverage.json') : output
    if (output !== basename(file)) await replace(join(dirname(file), name), contents)
  }
  const compiled = moduleIn(outputs, basename(file))
  const bytes = target === 'small' ? await shrink(compiled) : Buffer.from(compiled)
  await replace(file, bytes)
  return bytes
}

/** The modules of the suite's plugins, beside it. */
async function writePlugins(file: string, suite: Uint8Array): Promise<void> {
  for (const plugin of PLUGINS) {
    const path = moduleOf(file, plugin)
    const bytes = cut(suite, plugin.callbacks)
    const existing = await readFile(path).catch(() => undefined)
    if (!existing?.equals(bytes)) await replace(path, bytes)
  }
}

/** Whoever reads meanwhile sees the old file or the new one. */
async function replace(file: string, contents: Uint8Array | string): Promise<void> {
  const temporary = `${file}.${process.pid}`
  await writeFile(temporary, contents)
  await rename(temporary, file)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const target = process.argv[2] ?? 'release'
  if (target !== 'release' && target !== 'debug' && target !== 'coverage') {
    console.error('usage: build.mts [release|debug|coverage]')
    process.exit(2)
  }
  for (const { file, bytes, fresh } of await build(target))
    console.log(`${file.slice(root.length + 1)} ${bytes} bytes${fresh ? '' : ', up to date'}`)
}

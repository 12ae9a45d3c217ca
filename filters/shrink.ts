// The last step to a small module: its start function is run now instead of in every VM, so that what it sets becomes data
// and constants, and what follows from those is simplified. A module in, one that does the same out. Equal modules give equal bytes.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const require = createRequire(import.meta.url)
const tools = join(dirname(require.resolve('binaryen')), 'bin')
/** Another version may give other bytes. */
export const shrinkVersion = (require('binaryen/package.json') as { version: string }).version

/** What AssemblyScript has enabled in its modules. */
const FEATURES = ['bulk-memory', 'bulk-memory-opt', 'mutable-globals', 'nontrapping-float-to-int', 'sign-ext']
const START = '_initialize'
/** The compiler puts nothing below address 1024, and memory is zero where a module has no data. */
const ASSUMED = ['--low-memory-unused', '--zero-filled-memory']
/** Functions that are called with one constant mostly, and values that can be one thing only, make room for `-Oz` again. */
const PASSES = [...ASSUMED, '-Oz', '--monomorphize', '-Oz', '--gufa', '-Oz', '--converge', '--const-hoisting']

/** The module must have so much memory from the beginning that its start function asks for none. */
export async function shrink(module: Uint8Array): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-shrink-'))
  try {
    const file = join(folder, 'module.wasm')
    await writeFile(file, module)
    // Hosts that look for a start function still find one, which has nothing to do.
    await tool('wasm-ctor-eval', file, [`--ctors=${START}`, `--kept-exports=${START}`, '--ignore-external-input'])
    await tool('wasm-opt', file, PASSES)
    return await readFile(file)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function tool(name: string, file: string, options: readonly string[]): Promise<void> {
  const features = FEATURES.map(feature => `--enable-${feature}`)
  await run(process.execPath, [join(tools, name), file, ...features, ...options, '-o', file])
}

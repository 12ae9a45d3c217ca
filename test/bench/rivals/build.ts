// The rivals as modules: built once, cached in `dist/rivals` by the hash of their sources. Where a toolchain cannot be had the
// rival is left out, and the reason is told.
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { compileAssemblyScript, compileC, compileRust, exists } from '../../host/foreign/toolchains.ts'

export const RIVALS = [
  'C',
  'C, counting',
  'C plan, downstream',
  'C plan, upstream',
  'C rewrite',
  'C rewrite, counting',
  'C limit, worker',
  'C limit, node',
  'C mirror',
  'C all, downstream',
  'C all, upstream',
  'Rust SDK',
  'published AS SDK',
] as const
export type Rival = (typeof RIVALS)[number]

const here = import.meta.dirname
const folder = join(here, '../../../dist/rivals')
const FAST = ['-O3', '-mbulk-memory']

const COMPILERS: Record<Rival, (file: string) => Promise<void>> = {
  C: file => compileC(join(here, 'edits.c'), file, FAST),
  'C, counting': file => compileC(join(here, 'edits.c'), file, [...FAST, '-DDUTIES']),
  'C plan, downstream': file => compileC(join(here, 'plan.c'), file, [...FAST, '-DDOWNSTREAM']),
  'C plan, upstream': file => compileC(join(here, 'plan.c'), file, FAST),
  'C rewrite': file => compileC(join(here, 'rewrite.c'), file, FAST),
  'C rewrite, counting': file => compileC(join(here, 'rewrite.c'), file, [...FAST, '-DDUTIES']),
  'C limit, worker': file => compileC(join(here, 'limit.c'), file, FAST),
  'C limit, node': file => compileC(join(here, 'limit.c'), file, [...FAST, '-DNODE']),
  'C mirror': file => compileC(join(here, 'mirror.c'), file, FAST),
  'C all, downstream': file => compileC(join(here, 'all.c'), file, [...FAST, '-DDOWNSTREAM']),
  'C all, upstream': file => compileC(join(here, 'all.c'), file, FAST),
  'Rust SDK': file => compileRust(join(here, 'rust'), 'edits', file),
  'published AS SDK': file => compileAssemblyScript(join(here, 'edits.as.txt'), file),
}

/** The files of those that could be built. */
export async function buildRivals(
  wanted: readonly Rival[],
  tell: (line: string) => void,
): Promise<ReadonlyMap<Rival, string>> {
  await mkdir(folder, { recursive: true })
  const sources = await hashOfSources()
  const built = new Map<Rival, string>()
  for (const rival of wanted) {
    const file = join(folder, `${rival.replaceAll(/[^A-Za-z]+/g, '-')}.${sources}.wasm`)
    try {
      if (!(await exists(file))) {
        tell(`building ${rival} …`)
        const aside = `${file}.${process.pid}.wasm`
        await COMPILERS[rival](aside)
        await rename(aside, file)
      }
      built.set(rival, file)
    } catch (error) {
      tell(`left out: ${rival} (${reasonOf(error)})`)
    }
  }
  return built
}

/** What a compiler said first, or that there is none. */
function reasonOf(error: unknown): string {
  const { message, stderr = '' } = error as Error & { stderr?: string }
  const said = stderr.split('\n').find(line => /error/i.test(line))
  return said?.trim() ?? message.split('\n')[0] ?? ''
}

async function hashOfSources(): Promise<string> {
  const names = (await readdir(here, { recursive: true })).filter(name => /\.(c|h|txt|rs|toml|lock)$/.test(name)).sort()
  const hash = createHash('sha256')
  for (const name of names) hash.update(`${name}\n`).update(await readFile(join(here, name)))
  return hash.digest('hex').slice(0, 16)
}

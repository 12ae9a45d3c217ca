// Builds modules on other SDKs, after those projects' documented examples. They go to `dist/foreign`; nothing of them is
// committed.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { compileAssemblyScript, compileC, compileRust, exists, FOREIGN_FOLDER } from './toolchains.ts'

const here = import.meta.dirname

export const FOREIGN = ['hello.as', 'edit.as', 'refuse.as', 'headers.c', 'body.c', 'reply.c', 'edit.rust'] as const
export type Foreign = (typeof FOREIGN)[number]

/** The module's file, built if need be. Rejects where a toolchain cannot be had. */
export const buildForeign = async (name: Foreign): Promise<string> => {
  const file = join(FOREIGN_FOLDER, `${name}.wasm`)
  if (await exists(file)) return file
  await mkdir(FOREIGN_FOLDER, { recursive: true })
  if (name.endsWith('.as')) await compileAssemblyScript(join(here, `${name}.txt`), file)
  else if (name.endsWith('.rust')) await compileRust(join(here, 'rust'), 'edit', file)
  else await compileC(join(here, name), file)
  return file
}

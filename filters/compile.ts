// One AssemblyScript entry file in, everything that the compiler writes for it out: the module under `name`, and for some
// targets its source map under `name.map`. Equal inputs give equal bytes. A module that asks its host for more than
// `imports.ts` allows is an error.
import { basename, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { main as asc } from 'assemblyscript/asc'
import { foreignImports } from './imports.ts'

/** `small` is a release for size: what the host calls costs the same, as crossings outweigh code. */
export type Target = 'release' | 'small' | 'debug' | 'coverage'

/** The checkout: entries are paths below it. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

export async function compile(
  entry: string,
  target: Target,
  name: string,
  options: readonly string[] = [],
): Promise<Map<string, Uint8Array | string>> {
  const outputs = new Map<string, Uint8Array | string>()
  const { error, stderr } = await asc([entry, '--target', target, '--baseDir', root, '--outFile', name, ...options], {
    writeFile: (path, contents) => {
      outputs.set(basename(path), contents)
    },
  })
  if (error) throw new Error(`${entry}: ${error.message}\n${stderr}`)
  const foreign = foreignImports(moduleIn(outputs, name))
  if (foreign.length > 0) throw new Error(`${entry} imports ${foreign.join(', ')}`)
  return outputs
}

export function moduleIn(outputs: ReadonlyMap<string, Uint8Array | string>, name: string): Uint8Array {
  const bytes = outputs.get(name)
  if (bytes === undefined || typeof bytes === 'string') throw new Error(`the compiler wrote no ${name}`)
  return bytes
}

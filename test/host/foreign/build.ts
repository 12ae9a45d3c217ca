// Builds modules on other SDKs, after those projects' documented examples: `@gcoredev/proxy-wasm-sdk-as` from npm and plain C by
// the `ziglang` package of PyPI. Toolchains and modules go to `dist/foreign`; nothing of them is committed.
import { execFile } from 'node:child_process'
import { access, copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const here = import.meta.dirname
const folder = join(here, '../../../dist/foreign')

export const FOREIGN = ['hello.as', 'edit.as', 'refuse.as', 'headers.c', 'body.c', 'reply.c'] as const
export type Foreign = (typeof FOREIGN)[number]

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/** The module's file, built if need be. Rejects where a toolchain cannot be had. */
export const buildForeign = async (name: Foreign): Promise<string> => {
  const file = join(folder, `${name}.wasm`)
  if (await exists(file)) return file
  await mkdir(folder, { recursive: true })
  if (name.endsWith('.as')) await buildAssemblyScript(name, file)
  else await buildC(name, file)
  return file
}

const buildAssemblyScript = async (name: string, file: string): Promise<void> => {
  if (!(await exists(join(folder, 'node_modules/@gcoredev')))) {
    await run('npm', [
      'i',
      '--prefix',
      folder,
      '--no-save',
      '@gcoredev/proxy-wasm-sdk-as@1.2.3',
      '@assemblyscript/wasi-shim@0.1.0',
    ])
  }
  await copyFile(join(here, `${name}.txt`), join(folder, `${name}.ts`))
  const asc = join(here, '../../../node_modules/.bin/asc')
  const shim = JSON.stringify({ extends: './node_modules/@assemblyscript/wasi-shim/asconfig.json' })
  await writeFile(join(folder, 'asconfig.json'), shim)
  const options = ['--use', 'abort=abort_proc_exit', '-O3', '-o', file]
  await run(asc, [`${name}.ts`, '--config', 'asconfig.json', ...options], { cwd: folder })
}

const buildC = async (name: string, file: string): Promise<void> => {
  const zig = join(folder, 'zig')
  if (!(await exists(join(zig, 'ziglang'))))
    await run('python3', ['-m', 'pip', 'install', '--quiet', '--target', zig, 'ziglang==0.17.1'])
  const flags = ['-target', 'wasm32-freestanding', '-nostdlib', '-Wl,--no-entry', '-O2', '-o', file, join(here, name)]
  await run('python3', ['-m', 'ziglang', 'cc', ...flags], { env: { ...process.env, PYTHONPATH: zig } })
}

// Builds modules on other SDKs, after those projects' documented examples: `@gcoredev/proxy-wasm-sdk-as` from npm, plain C by
// the `ziglang` package of PyPI, the crate `proxy-wasm` 0.2.1 by Debian's Rust 1.63, unpacked without being installed. Toolchains and modules go to `dist/foreign`; nothing of them is committed.
import { execFile } from 'node:child_process'
import { access, copyFile, cp, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const here = import.meta.dirname
const folder = join(here, '../../../dist/foreign')

export const FOREIGN = ['hello.as', 'edit.as', 'refuse.as', 'headers.c', 'body.c', 'reply.c', 'edit.rust'] as const
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
  else if (name.endsWith('.rust')) await buildRust(file)
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

const DEBIAN = [
  'rustc',
  'cargo',
  'libstd-rust-1.63',
  'libstd-rust-dev',
  'libstd-rust-dev-wasm32',
  'libllvm14',
  'lld-14',
]
const DEBIAN_LIBRARIES = [
  'libgit2-1.5',
  'libhttp-parser2.9',
  'libssh2-1',
  'libmbedcrypto7',
  'libmbedtls14',
  'libmbedx509-1',
]

/** Debian's cargo is too old for the registry: a newer one on the PATH gathers the crates of the lock file. */
const buildRust = async (file: string): Promise<void> => {
  const debian = join(folder, 'debian')
  const root = join(debian, 'usr')
  if (!(await exists(join(root, 'bin/rustc')))) {
    await mkdir(debian, { recursive: true })
    await run('apt-get', ['download', ...DEBIAN, ...DEBIAN_LIBRARIES], { cwd: debian })
    for (const name of await readdir(debian))
      if (name.endsWith('.deb')) await run('dpkg', ['-x', name, '.'], { cwd: debian })
  }
  const crate = join(folder, 'rust')
  await cp(join(here, 'rust'), crate, { recursive: true })
  const { stdout } = await run('cargo', ['vendor', '--locked', 'vendor'], { cwd: crate })
  await mkdir(join(crate, '.cargo'), { recursive: true })
  await writeFile(join(crate, '.cargo/config.toml'), stdout)
  const rustc = join(crate, 'rustc.sh')
  await writeFile(rustc, `#!/bin/sh\nexec ${root}/bin/rustc --sysroot ${root} "$@"\n`, { mode: 0o755 })
  const env = {
    ...process.env,
    RUSTC: rustc,
    PATH: `${root}/bin:${process.env.PATH}`,
    LD_LIBRARY_PATH: join(root, 'lib/x86_64-linux-gnu'),
  }
  await run(join(root, 'bin/cargo'), ['build', '--release', '--offline', '--target', 'wasm32-wasi'], {
    cwd: crate,
    env,
  })
  await copyFile(join(crate, 'target/wasm32-wasi/release/edit.wasm'), file)
}

// Compilers of other SDKs' modules, fetched once into `dist/foreign`: `@gcoredev/proxy-wasm-sdk-as` from npm, C by the
// `ziglang` package of PyPI, Rust by Debian's 1.63, unpacked without being installed. A source goes in, a module comes out;
// each rejects where its toolchain cannot be had.
import { execFile } from 'node:child_process'
import { access, copyFile, cp, mkdir, readdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const checkout = join(import.meta.dirname, '../../..')
/** Toolchains, and what is made by them; nothing of it is committed. */
export const FOREIGN_FOLDER = join(checkout, 'dist/foreign')

export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/** AssemblyScript on the published SDK; `source` ends in `.as.txt`, as our own compiler's checks would not take it. */
export async function compileAssemblyScript(source: string, file: string): Promise<void> {
  const folder = FOREIGN_FOLDER
  await mkdir(folder, { recursive: true })
  if (!(await exists(join(folder, 'node_modules/@gcoredev')))) {
    const packages = ['@gcoredev/proxy-wasm-sdk-as@1.2.3', '@assemblyscript/wasi-shim@0.1.0']
    await run('npm', ['i', '--prefix', folder, '--no-save', ...packages])
  }
  const entry = `${basename(source, '.txt')}.ts`
  await copyFile(source, join(folder, entry))
  const shim = JSON.stringify({ extends: './node_modules/@assemblyscript/wasi-shim/asconfig.json' })
  await writeFile(join(folder, 'asconfig.json'), shim)
  const options = ['--config', 'asconfig.json', '--use', 'abort=abort_proc_exit', '-O3', '-o', file]
  await run(join(checkout, 'node_modules/.bin/asc'), [entry, ...options], { cwd: folder })
}

/** To Wasm. */
export const compileC = (source: string, file: string, flags: readonly string[] = ['-O2']): Promise<void> =>
  zig(['-target', 'wasm32-freestanding', '-nostdlib', '-Wl,--no-entry', ...flags, '-o', file, source])

/** To a program for this machine. */
export const compileProgram = (source: string, file: string): Promise<void> =>
  zig(['-O2', '-D_GNU_SOURCE', '-o', file, source])

async function zig(options: readonly string[]): Promise<void> {
  const folder = join(FOREIGN_FOLDER, 'zig')
  if (!(await exists(join(folder, 'ziglang'))))
    await run('python3', ['-m', 'pip', 'install', '--quiet', '--target', folder, 'ziglang==0.17.1'])
  await run('python3', ['-m', 'ziglang', 'cc', ...options], { env: { ...process.env, PYTHONPATH: folder } })
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

/** A crate of `name` with its lock file. Debian's cargo is too old for the registry: a newer one on the PATH gathers the crates. */
export async function compileRust(source: string, name: string, file: string): Promise<void> {
  const debian = join(FOREIGN_FOLDER, 'debian')
  const root = join(debian, 'usr')
  if (!(await exists(join(root, 'bin/rustc')))) {
    await mkdir(debian, { recursive: true })
    await run('apt-get', ['download', ...DEBIAN, ...DEBIAN_LIBRARIES], { cwd: debian })
    for (const archive of await readdir(debian))
      if (archive.endsWith('.deb')) await run('dpkg', ['-x', archive, '.'], { cwd: debian })
  }
  const crate = join(FOREIGN_FOLDER, 'crates', name)
  await cp(source, crate, { recursive: true })
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
  const options = ['build', '--release', '--offline', '--target', 'wasm32-wasi']
  await run(join(root, 'bin/cargo'), options, { cwd: crate, env })
  await copyFile(join(crate, `target/wasm32-wasi/release/${name}.wasm`), file)
}

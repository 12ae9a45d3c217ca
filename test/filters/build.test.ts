import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { build } from '../../filters/build.mts'
import { compile } from '../../filters/compile.ts'
import { foreignImports } from '../../filters/imports.ts'
import { importing } from './module.ts'

/** 16 KiB for a bare module, whatever it holds. */
const MOST_KIB: Record<string, number> = { headers: 16, mirror: 16, 'rate-limit': 15, rewrite: 16, suite: 32 }

/** Every page of a module's memory as it is, then as it is when the module was told to start. */
async function memories(file: string): Promise<[before: Uint8Array, after: Uint8Array]> {
  const compiled = new engine.Module(await readFile(file))
  const imports: Record<string, Record<string, () => number>> = { env: {}, wasi_snapshot_preview1: {} }
  for (const { module, name } of engine.Module.imports(compiled)) imports[module]![name] = () => 0
  const { memory, _initialize } = new engine.Instance(compiled, imports).exports
  const before = new Uint8Array(memory.buffer.slice(0))
  _initialize()
  return [before, new Uint8Array(memory.buffer)]
}

/** The little of the engine's interface that is needed; ES2024's types leave it to the DOM's. */
const engine = (
  globalThis as unknown as {
    WebAssembly: {
      Module: { new (bytes: Uint8Array): object; imports(module: object): { module: string; name: string }[] }
      Instance: new (
        module: object,
        imports: object,
      ) => { exports: { memory: { buffer: ArrayBuffer }; _initialize: () => void } }
    }
  }
).WebAssembly

describe('building the filters', () => {
  let folder: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-build-'))
  })

  after(() => rm(folder, { recursive: true, force: true }))

  it('gives the same bytes every time, and leaves alone what is up to date', async function () {
    this.timeout(120_000)
    const first = await build('release', folder)
    expect(first.map(({ module }) => module)).to.deep.equal(['headers', 'mirror', 'rate-limit', 'rewrite', 'suite'])
    expect(first.every(({ fresh }) => fresh)).to.equal(true)
    const files = first.map(({ file }) => file)
    const before = await Promise.all(files.map(file => stat(file)))
    expect((await build('release', folder)).some(({ fresh }) => fresh)).to.equal(false)
    expect((await Promise.all(files.map(file => stat(file)))).map(({ mtimeMs }) => mtimeMs)).to.deep.equal(
      before.map(({ mtimeMs }) => mtimeMs),
    )
    const bytes = await Promise.all(files.map(file => readFile(file)))
    await Promise.all(files.map(file => writeFile(file, 'spoilt')))
    expect((await build('release', folder)).every(({ fresh }) => fresh)).to.equal(true)
    for (const [i, file] of files.entries()) expect((await readFile(file)).equals(bytes[i]!), file).to.equal(true)
  })

  it('makes modules of known size, with no imports but the allowed', async () => {
    const sizes: Record<string, number> = {}
    for (const { module, bytes, file } of await build('release')) {
      sizes[module] = bytes
      expect(bytes, module).to.be.at.most(MOST_KIB[module]! * 1024)
      expect(foreignImports(await readFile(file))).to.deep.equal([])
    }
    const golden = new URL('sizes.json', import.meta.url)
    if (process.env.UPDATE_GOLDEN) await writeFile(golden, `${JSON.stringify(sizes, null, 2)}\n`)
    // Whoever makes a module larger or smaller says so: UPDATE_GOLDEN=1 writes the file.
    expect(sizes).to.deep.equal(JSON.parse(await readFile(golden, 'utf8')))
  })

  it('has run what starts a bare module: nothing is left to do for a VM', async () => {
    for (const { module, file } of await build('release')) {
      if (module === 'suite') continue
      const [before, after] = await memories(file)
      expect(Buffer.from(after).equals(before), module).to.equal(true)
      // Tables and buffers of fixed size are in the memory that it has from the beginning.
      expect(after.length, module).to.equal(8 * 65_536)
    }
  })

  it('fails for a module that imports what no host has to give', async () => {
    let message = ''
    try {
      await compile('test/filters/foreign/assembly/index.ts', 'release', 'foreign.wasm')
    } catch (error) {
      message = String(error)
    }
    expect(message).to.contain('imports env.no_such_call')
  })

  it('names imports that no host has to give', () => {
    expect(foreignImports(importing('env', 'proxy_log'))).to.deep.equal([])
    expect(foreignImports(importing('wasi_snapshot_preview1', 'random_get'))).to.deep.equal([])
    expect(foreignImports(importing('env', 'abort'))).to.deep.equal(['env.abort'])
    expect(foreignImports(importing('env', 'random_get'))).to.deep.equal(['env.random_get'])
    expect(foreignImports(importing('wasi_snapshot_preview1', 'fd_write'))).to.deep.equal([
      'wasi_snapshot_preview1.fd_write',
    ])
  })
})

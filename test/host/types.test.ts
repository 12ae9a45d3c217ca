// The declarations of `sluice/testkit`: a consumer's TypeScript compiles against the package as it is packed, and what is wrong
// does not.
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { expect } from 'chai'

const root = resolve(import.meta.dirname, '../..')
const tsc = join(root, 'node_modules/typescript/bin/tsc')

const CONSUMER = `
import { arbitrary, Host, type Outcome, PluginError, seeded, TestClock, useSnapshots } from 'sluice/testkit'
import { Host as CoreHost } from 'sluice/testkit/core'

useSnapshots(import.meta.url)
const wasm = new Uint8Array()
const host = await Host.load(wasm, { workers: 2, clock: new TestClock(), random: seeded(7) })
const plugin = host.plugin({ rootId: 'rate-limit', configuration: { limit: 1 } })
const outcome: Outcome = await plugin.request({ ':path': '/a' }).body('x', new Uint8Array([1])).send()
export const status: number | undefined = outcome.localReply?.status
export const fault = (error: unknown): string => (error instanceof PluginError ? error.fault : '')
export const core: typeof CoreHost = CoreHost
export const request = arbitrary.request()
`

const run = (args: string[], cwd: string): Promise<string> =>
  new Promise(done => {
    execFile(process.execPath, args, { cwd }, (_error, out, err) => done(out + err))
  })

describe('declarations of the test kit', function () {
  this.timeout(60_000)
  let folder: string

  before(async () => {
    expect(await run([join(import.meta.dirname, 'build.mts')], root)).to.equal('')
    // Below the checkout, so that the types of mocha, chai and fast-check are found as in any project that has them.
    folder = await mkdtemp(join(root, 'dist/consumer-'))
    const installed = join(folder, 'node_modules/sluice')
    await mkdir(join(installed, 'dist'), { recursive: true })
    await cp(join(root, 'package.json'), join(installed, 'package.json'))
    await cp(join(root, 'dist/types'), join(installed, 'dist/types'), { recursive: true })
    await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  })

  after(() => rm(folder, { recursive: true, force: true }))

  const compile = async (source: string): Promise<string> => {
    await writeFile(join(folder, 'consumer.ts'), source)
    const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--types', 'node,mocha,chai']
    const faults = await run([tsc, ...flags, '--ignoreConfig', 'consumer.ts'], folder)
    // Other libraries' declarations have faults of their own where they meet.
    return faults
      .split('\n')
      .filter(line => /^(consumer|node_modules\/sluice)/.test(line))
      .join('\n')
  }

  it('let a consumer compile, libraries checked', async () => {
    expect(await compile(CONSUMER)).to.equal('')
  })

  it('tell what is wrong', async () => {
    expect(await compile(CONSUMER.replace('workers: 2', "workers: 'two'"))).to.include('TS2322')
    expect(await compile(CONSUMER.replace('.send()', '.post()'))).to.include("Property 'post' does not exist")
  })

  it('are where package.json says', async () => {
    const { exports } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
      exports: Record<string, { types: string } | string>
    }
    for (const [name, target] of Object.entries(exports)) {
      if (typeof target === 'string') continue
      const text = await readFile(join(root, target.types), 'utf8')
      expect(text, `${name} in ${dirname(target.types)}`).to.include('export')
    }
  })
})

// The modules of the suite's plugins: the callbacks that they keep, and everything else as it was.
import { readFile } from 'node:fs/promises'
import { expect } from 'chai'
import { cut } from '../../filters/suite/cut.ts'
import { moduleOf, PLUGINS } from '../../filters/suite/plugins.ts'
import { suiteModule } from './suite.ts'

const engine = (
  globalThis as unknown as {
    WebAssembly: { Module: { new (bytes: Uint8Array): object; exports(module: object): { name: string }[] } }
  }
).WebAssembly

const exportsOf = (bytes: Uint8Array): string[] =>
  engine.Module.exports(new engine.Module(bytes)).map(({ name }) => name)
const isCallback = (name: string): boolean => name.startsWith('proxy_on_')

describe('a module without some of its callbacks', () => {
  let suite: Buffer

  before(async () => {
    suite = await readFile(await suiteModule())
  })

  for (const plugin of PLUGINS)
    it(`is that of ${plugin.name}, as it lies beside the suite`, async () => {
      const bytes = cut(suite, plugin.callbacks)
      const always = ['proxy_on_configure', 'proxy_on_tick']
      expect(exportsOf(bytes).filter(isCallback)).to.have.members([...always, ...plugin.callbacks])
      const others = exportsOf(suite).filter(name => !isCallback(name))
      expect(exportsOf(bytes).filter(name => !isCallback(name))).to.deep.equal(others)
      expect(Buffer.from(bytes).equals(await readFile(moduleOf(await suiteModule(), plugin)))).to.equal(true)
    })

  it('keeps the whole module where it keeps all callbacks', () => {
    expect(Buffer.from(cut(suite, exportsOf(suite))).equals(suite)).to.equal(true)
  })

  it('is none of a module that is cut off', () => {
    for (const length of [9, 20, suite.length - 1000])
      expect(() => new engine.Module(cut(suite.subarray(0, length), []))).to.throw()
  })
})

// What is loaded and what is refused, with one clear error each.
import { expect } from 'chai'
import { Host, ModuleError, PluginError } from '../core/index.ts'
import { module, probe } from '../fixtures/build.ts'
import { load } from './load.ts'

describe('loading a module', function () {
  this.timeout(30_000)

  const refused = async (bytes: Uint8Array): Promise<ModuleError> => {
    try {
      await Host.load(bytes)
    } catch (error) {
      expect(error).to.be.instanceOf(ModuleError)
      return error as ModuleError
    }
    throw new Error('was loaded')
  }

  it('refuses what is no Wasm', async () => {
    expect((await refused(new Uint8Array([1, 2, 3]))).fault).to.equal('not-wasm')
  })

  it('refuses a module that is cut off', async () => {
    const { bytes } = await module('')
    expect((await refused(bytes.subarray(0, bytes.length / 2))).fault).to.equal('corrupt')
  })

  it('refuses a module without an ABI version', async () => {
    const error = await refused(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]))
    expect(error.fault).to.equal('no-abi-version')
    expect(error.message).to.include('proxy_abi_version_0_2_1')
  })

  it('names an import that no host offers', async () => {
    const { bytes } = await module(`@external('env', 'proxy_clear_route_cache') declare function clear(): u32
      export function proxy_on_log(c: u32): void { clear() }`)
    const error = await refused(bytes)
    expect(error.message).to.include('env.proxy_clear_route_cache').and.include('0.2.1')
  })

  it('names an import of the wrong type', async () => {
    const { bytes } = await module(`@external('env', 'proxy_done') declare function done(x: u64): u32
      export function proxy_on_log(c: u32): void { done(1) }`)
    expect((await refused(bytes)).message).to.equal(
      'The module imports env.proxy_done as i64 -> i32, but hosts offer void -> i32.',
    )
  })

  it('tells of a trap at start', async () => {
    const host = await load(`export function _initialize(): void { unreachable() }`)
    expect(() => host.plugin()).to.throw(PluginError, 'trapped at start, in _initialize: unreachable')
  })

  it('lets only a few functions be called at start', async () => {
    const host = await load(`export function _initialize(): void { log(2, 0, 0); tickEvery(1) }`)
    expect(() => host.plugin()).to.throw(PluginError, 'env.proxy_set_tick_period_milliseconds must not be called while')
  })

  it('tells of a refused configuration', async () => {
    const host = await Host.load((await probe()).bytes)
    expect(() => host.plugin({ configuration: 'Refuse this' })).to.throw(PluginError, 'refuses its configuration')
    expect(() => host.plugin({ configuration: 'Trap here' })).to.throw(PluginError, 'trapped')
  })
})

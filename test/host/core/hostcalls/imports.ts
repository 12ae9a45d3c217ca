// The functions a module imports. Each is looked up by name in the tables of its neighbours, wrapped so that a call at a
// forbidden time (start, `malloc`) traps as in Envoy, and handed over only where the ABI version has it.
import { importType } from '../abi.ts'
import { ModuleError } from '../module.ts'
import type { Vm } from '../vm.ts'
import { engine, type WasmImports, type WasmMemory } from '../wasm.ts'
import { bufferCalls } from './buffers.ts'
import { calloutCalls } from './callouts.ts'
import { foreignCalls } from './foreign.ts'
import { generalCalls } from './general.ts'
import { headerCalls } from './headers.ts'
import { sharedCalls } from './shared.ts'
import { wasiCalls } from './wasi.ts'

/** Arguments as the engine passes them: i32 as signed numbers, i64 as bigints. */
// biome-ignore lint/suspicious/noExplicitAny: each function has its own parameters, checked against the module's types
export type HostCall = (...args: any[]) => number | undefined
export type HostCalls = Record<string, HostCall>

// `WasmBase::allocMemory` and `WasmBase::startVm`: what may be called while the module is not open for business.
const IN_MALLOC = new Set(['proxy_log', 'fd_write', 'clock_time_get', 'poll_oneoff'])
const NOT_AT_START = new Set([
  'fd_close',
  'fd_read',
  'fd_seek',
  'path_open',
  'proc_exit',
  'sched_yield',
  'pthread_equal',
])

export class RestrictedCall extends Error {
  override readonly name = 'RestrictedCall'
}

export const makeImports = (vm: Vm): { imports: WasmImports; given: WasmMemory | undefined } => {
  const calls: HostCalls = {
    ...generalCalls(vm),
    ...foreignCalls(vm),
    ...headerCalls(vm),
    ...bufferCalls(vm),
    ...sharedCalls(vm),
    ...calloutCalls(vm),
  }
  const wasi = wasiCalls(vm)
  const imports: WasmImports = {}
  let given: WasmMemory | undefined
  for (const { module, name, type, limits } of vm.info.imports) {
    imports[module] ??= {}
    if (type === 'memory') {
      given = new engine.Memory(limits!)
      imports[module][name] = given
    } else if (type === 'table') {
      imports[module][name] = new engine.Table({ element: 'anyfunc', ...limits! })
    } else {
      const call = module === 'env' ? calls[name] : wasi[name]
      if (!call || importType(vm.info.abi, module, name) === undefined) {
        throw new ModuleError('missing-import', `The module imports ${module}.${name}, which the host lacks.`)
      }
      imports[module][name] = vm.world.suspension.suspending(name, guarded(vm, module, name, call))
    }
  }
  return { imports, given }
}

const guarded = (vm: Vm, module: string, name: string, call: HostCall): HostCall => {
  const inMalloc = IN_MALLOC.has(name)
  const proxyCall = module === 'env' && name !== 'proxy_log' && name !== 'emscripten_notify_memory_growth'
  const atStart = !proxyCall && !NOT_AT_START.has(name)
  if (inMalloc) return call
  return (...args) => {
    if (vm.phase !== 'open' && !(vm.phase === 'start' && atStart)) {
      const when = vm.phase === 'start' ? 'while the module starts' : 'inside malloc'
      throw new RestrictedCall(`restricted_callback: ${module}.${name} must not be called ${when}`)
    }
    return call(...args)
  }
}

// A module ready to be instantiated: bytes in; compiled out, as a metered copy where that can be. Throws a `ModuleError` for
// bytes that Envoy would not load, or that can be given no budget.
import { BUDGET_MAX, type Metered, type Metering, meter } from './metering.ts'
import { inspect, ModuleError, type ModuleInfo } from './module.ts'
import { engine, type WasmModule } from './wasm.ts'

/** How many steps a callback may take: rounds of loops and calls of functions; a call of the host counts as a hundred. */
export type Budget = number | 'none'

export interface LoadedModule {
  compiled: WasmModule
  info: ModuleInfo
  /** What ends endless loops; absent where the test wants no budget. */
  meter: Metered | undefined
}

/** Far more than a filter's work on one call; an endless loop uses it up in a fraction of a second. */
const DEFAULT_BUDGET = 100_000_000

export const loadModule = async (bytes: Uint8Array, budget: Budget = DEFAULT_BUDGET): Promise<LoadedModule> => {
  const info = inspect(bytes)
  const metering = meteringOf(bytes, info, budget)
  const copy = metering.ok && (await engine.compile(metering.metered.bytes).catch(() => undefined))
  if (copy) return { compiled: copy, info, meter: metering.metered }
  // The module itself: what is wrong with it is told in its own offsets.
  return unmetered(await engine.compile(bytes).catch(notCompiled), info, budget, metering)
}

/** The same without a promise: browsers allow it for small modules only. */
export const loadModuleNow = (bytes: Uint8Array, budget: Budget = DEFAULT_BUDGET): LoadedModule => {
  const info = inspect(bytes)
  const metering = meteringOf(bytes, info, budget)
  const copy = metering.ok && compileNow(metering.metered.bytes)
  if (copy && !(copy instanceof Error)) return { compiled: copy, info, meter: metering.metered }
  const compiled = compileNow(bytes)
  return compiled instanceof Error ? notCompiled(compiled) : unmetered(compiled, info, budget, metering)
}

const compileNow = (bytes: Uint8Array): WasmModule | Error => {
  try {
    return new engine.Module(bytes)
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

const meteringOf = (bytes: Uint8Array, info: ModuleInfo, budget: Budget): Metering => {
  if (budget === 'none') return { ok: false, reason: 'the test wants no budget' }
  if (!Number.isInteger(budget) || budget < 1 || budget > BUDGET_MAX) {
    throw new RangeError(`A budget is "none" or a whole number from 1 to ${BUDGET_MAX}, not ${budget}.`)
  }
  return meter(bytes, info, budget)
}

const unmetered = (compiled: WasmModule, info: ModuleInfo, budget: Budget, metering: Metering): LoadedModule => {
  if (budget === 'none') return { compiled, info, meter: undefined }
  const reason = metering.ok ? 'its metered copy does not compile' : metering.reason
  throw new ModuleError('not-metered', `The module cannot be given a budget: ${reason}. Load it with budget: 'none'.`)
}

const notCompiled = (error: unknown): never => {
  throw new ModuleError('does-not-compile', error instanceof Error ? error.message : String(error))
}

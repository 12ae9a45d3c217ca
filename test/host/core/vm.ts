// One Wasm instance on one worker: it calls the module's exports, keeps track of which context is running, runs what was put
// off until a call has returned, and turns a trap into a dead VM. Behaviour of proxy-wasm-cpp-host's `WasmBase`.
import { Context, type RootContext } from './context.ts'
import { makeImports } from './hostcalls/imports.ts'
import type { LoadedModule } from './loaded.ts'
import { Memory } from './memory.ts'
import { MetricIds } from './metrics.ts'
import type { ModuleInfo } from './module.ts'
import type { Run } from './run.ts'
import { locate } from './source-map.ts'
import { engine, type WasmGlobal, type WasmMemory } from './wasm.ts'
import type { World } from './world.ts'

/** Which host functions may be called: at start and inside `malloc` only a few. */
export type Phase = 'open' | 'start' | 'malloc'

/** Why a VM is dead. */
export interface Trap {
  /** The export that was called. */
  callback: string
  /** With the place where it is known. */
  message: string
  /** Frames of the module, innermost first, as the engine prints them, and their places. */
  stack: string[]
  /** `file:line:column` in the source, where the host has been given a source map. */
  place: string | undefined
  /** `budget`: the callback took more steps than the test allows, most likely in an endless loop. */
  kind: 'trap' | 'budget'
  cause: unknown
}

export interface VmIdentity {
  vmId: string
  configuration: Uint8Array
}

type Export = (...args: number[]) => number | Promise<number>

export class Vm {
  readonly world: World
  readonly info: ModuleInfo
  readonly identity: VmIdentity
  readonly worker: number
  readonly memory: Memory
  readonly metrics: MetricIds
  // No Map: one that is filled and emptied all day links its old tables to the new, and the collector keeps them all alive.
  readonly #contexts: Record<number, Context> = Object.create(null)
  /** Belongs to no plugin: the module starts in it, and `malloc` runs in it. */
  readonly own: Context
  /** Root contexts that answered "not yet" to `proxy_on_done`. */
  readonly pendingDone = new Set<RootContext>()
  phase: Phase = 'open'
  current: Context | undefined
  trap: Trap | undefined
  /** A local reply was asked for: whatever the callback answers, iteration stops. */
  stopNext = false
  #effective = 0
  #nextContext = 1
  #nextCall = [0, 1, 2]
  readonly #exports = new Map<string, Export>()
  readonly #malloc: (size: number) => number
  readonly #meter: LoadedModule['meter']
  /** What is left of the budget. */
  readonly #left: WasmGlobal | undefined
  readonly #after: (() => Run<void> | undefined)[] = []

  constructor(world: World, { compiled, info, meter }: LoadedModule, identity: VmIdentity, worker: number) {
    this.world = world
    this.info = info
    this.identity = identity
    this.worker = worker
    this.metrics = new MetricIds(world.metrics)
    this.own = new Context(this, 0)
    const { imports, given } = makeImports(this)
    this.phase = 'start'
    const instance = new engine.Instance(compiled, imports)
    const exported = instance.exports
    const memory = (exported.memory as WasmMemory | undefined) ?? given
    if (!memory) throw new Error('The module neither exports a memory named "memory" nor imports one.')
    this.memory = new Memory(memory)
    for (const name of info.exports) {
      const fn = exported[name] as Export
      this.#exports.set(name, name.startsWith('proxy_on_') ? world.suspension.promising(fn) : fn)
    }
    this.#meter = meter
    this.#left = meter && (exported[meter.left] as WasmGlobal)
    this.#malloc = (exported.malloc ?? exported.proxy_on_memory_allocate) as (size: number) => number
    if (meter?.start !== undefined) this.#startSection(exported[meter.start] as () => void)
    if (!this.trap) this.#start()
  }

  get failed(): boolean {
    return this.trap !== undefined
  }

  has(callback: string): boolean {
    return this.#exports.has(callback)
  }

  register(context: Context): number {
    const id = this.#nextContext++
    this.#contexts[id] = context
    return id
  }

  forget(id: number): void {
    delete this.#contexts[id]
  }

  nextCallId(kind: 'http' | 'grpc-call' | 'grpc-stream'): number {
    const at = kind === 'http' ? 0 : kind === 'grpc-call' ? 1 : 2
    this.#nextCall[at]! += 4
    return this.#nextCall[at]!
  }

  /** The context that host functions act on. */
  acting(): Context {
    const effective = this.#effective === 0 ? undefined : this.#contexts[this.#effective]
    const context = effective ?? this.current
    // Envoy would dereference null: a start section runs before the VM is ready.
    if (!context) throw new Error('the start section of the module calls a host function')
    return context
  }

  setEffective(id: number): boolean {
    // 0 is the VM's own context: taken, and as good as none.
    if (id !== 0 && !(id in this.#contexts)) return false
    this.#effective = id
    return true
  }

  /** Puts off what must not happen while the module is running. */
  later(action: () => Run<void> | undefined): void {
    this.#after.push(action)
  }

  /**
   * Calls one callback of the module, as `context`. Undefined where the module has no such callback, or is or becomes dead.
   * `decide` sees the answer before what was put off is done, as in cpp-host (`DeferAfterCallActions`).
   */
  *call<T>(context: Context, callback: string, args: number[], decide: (answer: number | undefined) => T): Run<T> {
    const fn = this.#exports.get(callback)
    if (!fn || this.trap) return decide(undefined)
    const outer = this.current
    const outerEffective = this.#effective
    this.current = context
    this.#effective = 0
    if (!outer) this.#refill()
    const meter = this.world.meter?.start(callback, this)
    let answer: number | undefined
    try {
      // Without `...`: this is the hottest line of the host.
      const given = fn(context.id, args[0]!, args[1]!, args[2]!, args[3]!)
      const value = typeof given === 'object' ? yield given : given
      answer = value === undefined ? 0 : value >>> 0
    } catch (error) {
      this.fail(callback, error)
    } finally {
      meter?.()
      this.current = outer
      this.#effective = outerEffective
    }
    if (this.trap) yield* context.trapped()
    const decided = decide(answer)
    this.stopNext = false
    if (this.#after.length > 0) yield* this.settle()
    return decided
  }

  /** Does what was put off. */
  *settle(): Run<void> {
    for (let action = this.#after.shift(); action; action = this.#after.shift()) {
      const work = action()
      if (work) yield* work
    }
  }

  /** Room in the module's memory, or 0. Re-enters the module: views of the memory are stale afterwards. */
  allocate(size: number): number {
    const outer = this.current
    const outerEffective = this.#effective
    this.current = this.own
    this.#effective = 0
    this.phase = 'malloc'
    try {
      const at = this.#malloc(size) >>> 0
      return at !== 0 && this.memory.holds(at, size) ? at : 0
    } finally {
      this.phase = 'open'
      this.current = outer
      this.#effective = outerEffective
    }
  }

  /** Gives bytes to the module: allocates, copies, writes address and size. False where its memory does not take them. */
  give(bytes: Uint8Array, addressAt: number, sizeAt: number): boolean {
    let at = 0
    if (bytes.length > 0) {
      at = this.allocate(bytes.length)
      if (at === 0 || !this.memory.write(at, bytes)) return false
    }
    return this.memory.writeWord(addressAt, at) && this.memory.writeWord(sizeAt, bytes.length)
  }

  /** Counters of a module that was built for coverage; none of any other. */
  counters(): Uint32Array {
    const at = this.#exports.get('__coverage_at')
    const count = this.#exports.get('__coverage_count')
    if (!at || !count) return new Uint32Array(0)
    const from = Number(at())
    return new Uint32Array(this.memory.bytes.slice(from, from + Number(count()) * 4).buffer)
  }

  fail(callback: string, cause: unknown): void {
    if (this.trap) return
    const error = cause instanceof Error ? cause : new Error(String(cause))
    const lines = (error.stack ?? '').split('\n').map(line => line.trim())
    const own = lines.filter(line => line.includes('wasm')).map(line => this.#inModule(line))
    const { frames, place } = locate(own, this.world.sources)
    const kind = this.#left && this.#left.value < 0 ? 'budget' : 'trap'
    const steps = this.#meter?.budget
    const what = kind === 'trap' ? error.message : `${callback} has not ended within ${steps} steps: an endless loop?`
    const message = place === undefined ? what : `${what} at ${place}`
    this.trap = { callback, message, stack: frames, place, kind, cause }
    this.world.trapped(this, this.trap)
  }

  /** A frame with the offset in the module, not in its metered copy. */
  #inModule(frame: string): string {
    const meter = this.#meter
    if (!meter) return frame
    return frame.replace(/(?<=:0x)[0-9a-f]+(?=\)?$)/, at => meter.original(Number.parseInt(at, 16)).toString(16))
  }

  #refill(): void {
    if (this.#left) this.#left.value = this.#meter!.budget
  }

  /** As the engine would: in no context yet, and what it throws is thrown. An endless one is a dead VM. */
  #startSection(start: () => void): void {
    try {
      start()
    } catch (error) {
      if (this.#left!.value >= 0) throw error
      this.fail('the start section', error)
    }
  }

  #start(): void {
    this.#refill()
    this.current = this.own
    const once = (name: string, ...args: number[]): boolean => {
      const fn = this.#exports.get(name)
      if (!fn) return false
      fn(...args)
      return true
    }
    try {
      if (this.#exports.has('_initialize')) {
        once('_initialize')
        if (!once('main', 0, 0)) once('__main_void')
      } else once('_start')
    } catch (error) {
      this.fail(this.#exports.has('_initialize') ? '_initialize' : '_start', error)
    }
    this.phase = 'open'
    this.current = undefined
  }
}

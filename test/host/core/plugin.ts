// Plugins and the VMs they live in: one VM per worker and vm_id, one root context per plugin and configuration, what happens
// when a configuration changes under running streams, and when a VM has died.
import { type Data, toBytes } from './bytes.ts'
import { Callouts, type HttpCall } from './calls.ts'
import { type PluginIdentity, RootContext } from './context.ts'
import type { Exchange } from './exchange.ts'
import { HttpFilter, type Stream } from './filter.ts'
import type { GrpcCall } from './grpc.ts'
import type { HeaderInit } from './headers.ts'
import type { Host } from './host.ts'
import type { RequestBuilder } from './request.ts'
import { type Run, runNow } from './run.ts'
import { type Trap, Vm, type VmIdentity } from './vm.ts'
import type { World } from './world.ts'

export type FailurePolicy = 'fail-closed' | 'fail-open' | 'fail-reload'

export interface PluginOptions {
  name?: string
  rootId?: string
  /** Text and bytes as they are, an object as JSON. */
  configuration?: Data | object
  vmConfiguration?: Data | object
  vmId?: string
  /** Where `plugin.request` puts it. Default: downstream. */
  placement?: 'downstream' | 'upstream'
  /** Of the plugin's Envoy configuration, `allow_on_headers_stop_iteration`. */
  onHeadersStop?: 'stop-all' | 'as-returned'
  onTrap?: FailurePolicy
}

export type PluginFault = 'start-trap' | 'start-refused' | 'configure-trap' | 'configure-refused'

export class PluginError extends Error {
  override readonly name = 'PluginError'
  readonly fault: PluginFault
  readonly trap: Trap | undefined

  constructor(fault: PluginFault, message: string, trap?: Trap) {
    super(message)
    this.fault = fault
    this.trap = trap
  }
}

interface Calls {
  http: HttpCall[]
  grpc: GrpcCall[]
}

/** Envoy's wait between two reloads of a VM that died: `reload_config.backoff`. */
const RELOAD_MS = 1000

/** All VMs of the simulated Envoy. */
export class Workers {
  readonly world: World
  readonly count: number
  readonly onTrap: FailurePolicy
  readonly #vms = new Map<string, Vm>()
  /** Dead ones, too. */
  readonly #made: Vm[] = []
  readonly #calls: Calls
  #listeners: { calls: Calls; exchange: Exchange }[] = []

  constructor(world: World, count: number, onTrap: FailurePolicy, calls: Calls) {
    this.world = world
    this.count = count
    this.onTrap = onTrap
    this.#calls = calls
  }

  /** Calls made while an exchange is running are told in its outcome, too. */
  listen(calls: Calls, exchange: Exchange): void {
    this.#listeners = this.#listeners.filter(listener => !listener.exchange.ended)
    this.#listeners.push({ calls, exchange })
  }

  memory(): number[] {
    return [...this.#vms.values()].map(vm => vm.memory.size)
  }

  counters(): Uint32Array[] {
    return this.#made.map(vm => vm.counters())
  }

  /** The VM of this identity on this worker: the living one, or a new one. */
  vm(host: Host, identity: VmIdentity, worker: number): Vm {
    const key = `${worker}\0${identity.vmId}\0${identity.configuration.join()}`
    const held = this.#vms.get(key)
    if (held && !held.failed) return held
    const vm = new Vm(this.world, host.module, identity, worker)
    this.#vms.set(key, vm)
    this.#made.push(vm)
    if (vm.trap) {
      throw new PluginError(
        'start-trap',
        `The module trapped at start, in ${vm.trap.callback}: ${vm.trap.message}`,
        vm.trap,
      )
    }
    return vm
  }

  callouts(root: RootContext): Callouts {
    return new Callouts(root, {
      http: call => {
        this.#calls.http.push(call)
        for (const listener of this.#listeners) listener.calls.http.push(call)
      },
      grpc: call => {
        this.#calls.grpc.push(call)
        for (const listener of this.#listeners) listener.calls.grpc.push(call)
      },
    })
  }
}

/** A root context and the streams that still hold it. */
interface Handle {
  root: RootContext
  streams: number
  retired: boolean
}

export class Plugin {
  readonly #host: Host
  readonly #workers: Workers
  readonly #options: PluginOptions
  readonly #vmIdentity: VmIdentity
  #identity: PluginIdentity
  readonly #handles: Handle[] = []
  readonly #loadedAt: number[] = []

  constructor(host: Host, workers: Workers, options: PluginOptions) {
    this.#host = host
    this.#workers = workers
    this.#options = options
    this.#vmIdentity = { vmId: options.vmId ?? '', configuration: asBytes(options.vmConfiguration ?? '') }
    this.#identity = {
      name: options.name ?? '',
      rootId: options.rootId ?? '',
      configuration: asBytes(options.configuration ?? ''),
    }
    for (let worker = 0; worker < workers.count; worker++) {
      this.#handles[worker] = this.#start(worker, this.#identity)
      this.#loadedAt[worker] = workers.world.clock.elapsed
    }
  }

  /** A request through this plugin alone. */
  request(headers?: HeaderInit): RequestBuilder {
    const chain = this.#options.placement === 'upstream' ? { upstream: [this] } : { downstream: [this] }
    return this.#host.chain(chain).request(headers)
  }

  /** A new configuration, in the same VMs; streams that run keep the old one. Refused: throws, the old one stays. */
  configure(configuration: Data | object): void {
    const identity = { ...this.#identity, configuration: asBytes(configuration) }
    const handles: Handle[] = []
    for (let worker = 0; worker < this.#workers.count; worker++) handles[worker] = this.#start(worker, identity)
    this.#identity = identity
    for (const [worker, handle] of handles.entries()) {
      const old = this.#handles[worker]!
      this.#handles[worker] = handle
      old.retired = true
      this.#plainly(this.#retire(old))
    }
  }

  /** The root context's id on a worker: what logs and effective contexts name. */
  rootContext(worker = 0): number {
    return this.#handles[worker]!.root.id
  }

  /** The plugin is removed from Envoy's configuration. */
  remove(): void {
    for (const handle of this.#handles) {
      handle.retired = true
      this.#plainly(this.#retire(handle))
    }
  }

  /** For the host: this plugin's filter on a stream; none where the plugin is dead and fails open. */
  filters(stream: Stream, worker: number): HttpFilter[] {
    const policy = this.#options.onTrap ?? this.#workers.onTrap
    if (this.#handles[worker]!.root.vm.failed) this.#revive(worker, policy)
    const handle = this.#handles[worker]!
    if (handle.root.vm.failed && policy === 'fail-open') return []
    const filter = new HttpFilter(handle.root.vm, handle.root, stream, {
      onHeadersStop: this.#options.onHeadersStop ?? 'stop-all',
      gone: () => this.#left(handle),
    })
    handle.streams++
    return [filter]
  }

  #revive(worker: number, policy: FailurePolicy): void {
    const now = this.#workers.world.clock.elapsed
    // A lower bound and up to half as much again (`JitteredLowerBoundBackOffStrategy`).
    const wait = RELOAD_MS * (1 + this.#workers.world.random() / 2)
    if (policy !== 'fail-reload' || now - this.#loadedAt[worker]! < wait) return
    try {
      this.#handles[worker] = this.#start(worker, this.#identity)
      this.#loadedAt[worker] = now
    } catch (error) {
      if (!(error instanceof PluginError)) throw error
    }
  }

  #start(worker: number, identity: PluginIdentity): Handle {
    const vm = this.#workers.vm(this.#host, this.#vmIdentity, worker)
    const root = new RootContext(vm, identity, made => this.#workers.callouts(made))
    const who = identity.rootId === '' ? 'the plugin' : `the plugin "${identity.rootId}"`
    if (!this.#plainly(root.start())) throw refusal(vm, 'start', `proxy_on_vm_start of ${who}`)
    if (!this.#plainly(root.configure())) throw refusal(vm, 'configure', `proxy_on_configure of ${who}`)
    return { root, streams: 0, retired: false }
  }

  #plainly<T>(work: Run<T>): T {
    return this.#workers.world.suspension.plainly(() => runNow(work))
  }

  *#left(handle: Handle): Run<void> {
    handle.streams--
    yield* this.#retire(handle)
  }

  *#retire(handle: Handle): Run<void> {
    if (handle.retired && handle.streams === 0) yield* handle.root.shutDown()
  }
}

const refusal = (vm: Vm, step: 'start' | 'configure', where: string): PluginError => {
  if (vm.trap) return new PluginError(`${step}-trap`, `${where} trapped: ${vm.trap.message}`, vm.trap)
  return new PluginError(`${step}-refused`, `${where} answered false: the module refuses its configuration.`)
}

const asBytes = (configuration: Data | object): Uint8Array =>
  typeof configuration === 'string' || configuration instanceof Uint8Array
    ? toBytes(configuration)
    : toBytes(JSON.stringify(configuration))

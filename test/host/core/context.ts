// What a module calls a context: the VM's own (id 0), one root per plugin, one per stream. A context knows which maps,
// buffers and attributes are in reach at the moment; whatever is not answers with Envoy's own status.
import { BufferType, MapType } from './abi.ts'
import type { Body } from './bytes.ts'
import type { Callouts, CallResponse } from './calls.ts'
import type { HeaderMap } from './headers.ts'
import type { Property } from './properties.ts'
import type { Run } from './run.ts'
import type { Vm } from './vm.ts'

/** Bodies can be changed, plain bytes cannot. */
export type Buffer = Body | Uint8Array

export interface LocalReply {
  status: number
  body: string
  headers: (readonly [string, string])[]
  grpcStatus: number | undefined
  details: string
}

const NOTHING = new Uint8Array(0)

export class Context {
  readonly vm: Vm
  readonly id: number
  /** The stream is over and being logged. */
  logging = false
  /** The module has been told of it (`proxy_on_context_create`). */
  created = false
  #lastBuffer: Buffer = NOTHING

  constructor(vm: Vm, id?: number) {
    this.vm = vm
    this.id = id ?? vm.register(this)
  }

  get root(): RootContext | undefined {
    return undefined
  }

  /** A map that may be changed. */
  map(_type: number): HeaderMap | undefined {
    return undefined
  }

  /** A map to read. */
  readMap(type: number): HeaderMap | undefined {
    const root = this.root
    if (!root) return undefined
    if (type === MapType.GrpcInitialMetadata) return root.received.initialMetadata
    if (type === MapType.GrpcTrailingMetadata) return root.received.trailingMetadata
    if (type === MapType.HttpCallResponseHeaders) return root.received.call?.headers
    if (type === MapType.HttpCallResponseTrailers) return root.received.call?.trailers
    return undefined
  }

  buffer(type: number): Buffer | undefined {
    if (type === BufferType.CallData) return this.#lastBuffer
    const buffer = this.findBuffer(type)
    if (buffer) this.#lastBuffer = buffer
    return buffer
  }

  protected findBuffer(type: number): Buffer | undefined {
    const root = this.root
    switch (type) {
      case BufferType.VmConfiguration:
        return this.vm.identity.configuration
      case BufferType.PluginConfiguration:
        return this === (root as Context | undefined) ? root?.configuring : undefined
      case BufferType.HttpCallResponseBody:
        return root?.received.call?.body
      case BufferType.GrpcReceive:
        return root?.received.grpc ?? NOTHING
      case BufferType.RequestBody:
      case BufferType.ResponseBody:
      case BufferType.DownstreamData:
      case BufferType.UpstreamData:
        return NOTHING
      default:
        return undefined
    }
  }

  /** An attribute by its first name; undefined: not found. */
  attribute(name: string): Property {
    if (name === 'plugin_vm_id') return this.vm.identity.vmId
    const root = this.root
    if (name === 'plugin_root_id') return root?.plugin.rootId ?? ''
    if (name === 'plugin_name') return root?.plugin.name
    return undefined
  }

  /** Filter state; undefined where there is no stream. */
  get filterState(): Map<string, Uint8Array> | undefined {
    return undefined
  }

  /** `proxy_continue_stream` and its kind; answers a status. */
  continueStream(_type: number): number | undefined {
    return undefined
  }

  closeStream(_type: number): number | undefined {
    return undefined
  }

  localReply(_reply: LocalReply): void {}

  /** After a request header was changed. */
  requestHeadersChanged(): void {}

  /** The VM has just died while this context was running. */
  *trapped(): Run<void> {}

  log(level: number, message: string): void {
    this.vm.world.logs.push({
      level: (['trace', 'debug', 'info', 'warn', 'error', 'critical'] as const)[level]!,
      message,
      rootId: this.root?.plugin.rootId ?? '',
      context: this.id,
      worker: this.vm.worker,
    })
  }

  *create(parent: number): Run<void> {
    if (!this.vm.failed && !this.created && this.vm.has('proxy_on_context_create')) {
      yield* this.vm.call(this, 'proxy_on_context_create', [parent], ignore)
    }
    this.created = true
  }

  /** Whether the module is done with the context. */
  *done(): Run<boolean> {
    if (this.vm.failed || !this.vm.has('proxy_on_done')) return true
    return yield* this.vm.call(this, 'proxy_on_done', [], answer => answer !== 0)
  }

  *delete(): Run<void> {
    if (this.created && this.vm.has('proxy_on_delete')) yield* this.vm.call(this, 'proxy_on_delete', [], ignore)
  }
}

export const ignore = (): void => {}

export interface PluginIdentity {
  name: string
  rootId: string
  configuration: Uint8Array
}

export class RootContext extends Context {
  readonly plugin: PluginIdentity
  readonly callouts: Callouts
  /** What the callback that is running is about. */
  readonly received: {
    call?: CallResponse | undefined
    grpc?: Uint8Array | undefined
    initialMetadata?: HeaderMap | undefined
    trailingMetadata?: HeaderMap | undefined
  } = {}
  /** The configuration is in reach while the plugin is started or configured. */
  configuring: Uint8Array | undefined
  status = { code: 0, message: '' }
  /** What `expr_create` was given, by token, as it evaluates. */
  readonly expressions: (Uint8Array | undefined)[] = []
  stopTicking: (() => void) | undefined
  tickPeriod = 0

  constructor(vm: Vm, plugin: PluginIdentity, callouts: (root: RootContext) => Callouts) {
    super(vm)
    this.plugin = plugin
    this.callouts = callouts(this)
  }

  override get root(): RootContext {
    return this
  }

  /** `proxy_on_context_create` and `proxy_on_vm_start`; false: the module refused. */
  *start(): Run<boolean> {
    this.configuring = this.plugin.configuration
    yield* this.vm.call(this, 'proxy_on_context_create', [0], ignore)
    this.created = true
    this.configuring = undefined
    const size = this.vm.identity.configuration.length
    return yield* this.vm.call(this, 'proxy_on_vm_start', [size], answer => this.#accepts(answer))
  }

  *configure(): Run<boolean> {
    this.configuring = this.plugin.configuration
    const size = this.plugin.configuration.length
    const accepted = yield* this.vm.call(this, 'proxy_on_configure', [size], answer => this.#accepts(answer))
    this.configuring = undefined
    return accepted
  }

  /** A callback that the module lacks accepts; one that trapped does not. */
  #accepts(answer: number | undefined): boolean {
    return answer === undefined ? !this.vm.failed : answer !== 0
  }

  /** Ticks every so many milliseconds from now on; 0 ends it. */
  tickEvery(period: number): void {
    this.tickPeriod = period
    this.stopTicking?.()
    this.stopTicking = undefined
    if (period <= 0) return
    this.stopTicking = this.vm.world.clock.after(period, () => this.#tick())
  }

  *#tick(): Run<void> {
    this.stopTicking = undefined
    yield* this.vm.call(this, 'proxy_on_tick', [], ignore)
    const again = this.stopTicking === undefined && this.tickPeriod > 0 && !this.vm.failed
    if (again) this.stopTicking = this.vm.world.clock.after(this.tickPeriod, () => this.#tick())
  }

  ready(token: number): void {
    // Envoy posts to the owner's thread: never inside the call that enqueued.
    this.vm.world.clock.after(0, () => this.vm.call(this, 'proxy_on_queue_ready', [token], ignore))
  }

  /** The plugin is gone: the module may still put its end off with `proxy_on_done` answering false. */
  *shutDown(): Run<void> {
    if (yield* this.done()) yield* this.finish()
    else this.vm.pendingDone.add(this)
  }

  *finish(): Run<void> {
    yield* this.delete()
    this.tickEvery(0)
    this.callouts.cancelAll()
    this.vm.forget(this.id)
  }
}

// A simulated Envoy for proxy-wasm modules: `Host.load(bytes)`, then plugins, then requests through them. Imports nothing of
// Node: it runs in a browser, too.
import { LOG_LEVELS, type LogLevel } from './abi.ts'
import type { Data } from './bytes.ts'
import type { Cluster, HttpCall } from './calls.ts'
import { type Random, seeded, TestClock } from './clock.ts'
import { Exchange } from './exchange.ts'
import type { Stream } from './filter.ts'
import type { GrpcCall } from './grpc.ts'
import type { HeaderInit } from './headers.ts'
import { type Budget, type LoadedModule, loadModule, loadModuleNow } from './loaded.ts'
import { Metrics } from './metrics.ts'
import { type FailurePolicy, Plugin, type PluginOptions, Workers } from './plugin.ts'
import { newRequest, type RequestBuilder, type RequestSpec } from './request.ts'
import { SharedData, SharedQueues } from './shared.ts'
import { readSourceMap } from './source-map.ts'
import { Interleaver, neverSuspend } from './suspend.ts'
import type { Meter, World } from './world.ts'

export interface HostOptions {
  /** Worker threads of the simulated Envoy: one VM each. Default 1. */
  workers?: number
  clock?: TestClock
  random?: Random
  /** The clusters that plugins may call, by name. */
  clusters?: Readonly<Record<string, Cluster>>
  environment?: Readonly<Record<string, string>>
  logLevel?: LogLevel
  onTrap?: FailurePolicy
  /** `at-shared-data`: workers can be raced (`host.race`); needs JSPI. */
  suspend?: 'never' | 'at-shared-data'
  meter?: Meter
  /** Steps after which a callback is ended as an endless loop. Default 100,000,000. */
  budget?: Budget
  /** The module's source map, as text: traps then tell the line. */
  sourceMap?: string
}

export interface Chain {
  downstream?: readonly Plugin[]
  upstream?: readonly Plugin[]
}

export class Host {
  /** Told of every host that is loaded, and of its module: for coverage. */
  static opened: (host: Host, bytes: Uint8Array) => void = () => {}
  readonly world: World
  readonly module: LoadedModule
  readonly clock: TestClock
  readonly #workers: Workers
  readonly #interleaver: Interleaver | undefined
  #open: Exchange[] = []
  readonly #calls = { http: [] as HttpCall[], grpc: [] as GrpcCall[] }

  /** Throws a `ModuleError` for bytes that Envoy would not load. */
  static async load(bytes: Uint8Array, options: HostOptions = {}): Promise<Host> {
    return opened(new Host(await loadModule(bytes, options.budget), options), bytes)
  }

  /** `load` without a promise: browsers allow it for small modules only. */
  static loadNow(bytes: Uint8Array, options: HostOptions = {}): Host {
    return opened(new Host(loadModuleNow(bytes, options.budget), options), bytes)
  }

  private constructor(module: LoadedModule, options: HostOptions) {
    this.module = module
    this.clock = options.clock ?? new TestClock()
    const random = options.random ?? seeded(1)
    this.#interleaver = options.suspend === 'at-shared-data' ? new Interleaver(random) : undefined
    this.world = {
      clock: this.clock,
      random,
      metrics: new Metrics(),
      shared: new SharedData(),
      queues: new SharedQueues(),
      clusters: options.clusters ?? {},
      environment: options.environment ?? {},
      logLevel: LOG_LEVELS.indexOf(options.logLevel ?? 'trace'),
      logs: [],
      suspension: this.#interleaver ?? neverSuspend,
      meter: options.meter,
      sources: readSourceMap(options.sourceMap ?? ''),
      trapped: (_, trap) => {
        for (const exchange of this.#open) exchange.traps.push(trap)
      },
    }
    this.#workers = new Workers(this.world, options.workers ?? 1, options.onTrap ?? 'fail-closed', this.#calls)
  }

  /** Starts and configures a plugin on every worker. Throws a `PluginError` where the module refuses or traps. */
  plugin(options: PluginOptions = {}): Plugin {
    return new Plugin(this, this.#workers, options)
  }

  /** A request through several plugins, in the order given. */
  chain(chain: Chain): { request(headers?: HeaderInit): RequestBuilder } {
    const open = (spec: RequestSpec): Exchange => {
      const calls = { http: [] as HttpCall[], grpc: [] as GrpcCall[] }
      const exchange = new Exchange(
        this.world,
        spec,
        stream => filtersOf(chain.downstream ?? [], spec, stream),
        stream => filtersOf(chain.upstream ?? [], spec, stream),
        calls,
      )
      this.#open = this.#open.filter(other => !other.ended)
      this.#open.push(exchange)
      this.#workers.listen(calls, exchange)
      return exchange
    }
    const onWorker = (worker: number, work: () => Promise<void>): Promise<void> =>
      this.#interleaver ? this.#interleaver.onWorker(worker, work) : work()
    return {
      request: (headers = { ':method': 'GET', ':path': '/' }) => newRequest({ open, onWorker }, withPseudo(headers)),
    }
  }

  get logs(): World['logs'] {
    return this.world.logs
  }

  /** Metrics by name, over all workers. */
  get metrics(): Record<string, number> {
    return this.world.metrics.values()
  }

  /** Every call plugins have made. */
  get httpCalls(): readonly HttpCall[] {
    return this.#calls.http
  }

  /** Bytes of memory of each VM alive. */
  get memory(): number[] {
    return this.#workers.memory()
  }

  /** What modules built for coverage have counted, VM by VM. */
  counters(): Uint32Array[] {
    return this.#workers.counters()
  }

  /** Shared data of a vm_id, keys as text. */
  shared(vmId = ''): Map<string, Uint8Array> {
    return new Map([...this.world.shared.entries(vmId)].map(([key, { value }]) => [key, value]))
  }

  /** Plays tasks against each other, in an order that the host's randomness decides. */
  async race<T>(tasks: readonly (() => Promise<T>)[]): Promise<T[]> {
    if (!this.#interleaver) throw new Error("Races need a host loaded with suspend: 'at-shared-data'.")
    return this.#interleaver.race(tasks)
  }
}

const opened = (host: Host, bytes: Uint8Array): Host => {
  Host.opened(host, bytes)
  return host
}

const filtersOf = (plugins: readonly Plugin[], spec: RequestSpec, stream: Stream): ReturnType<Plugin['filters']> =>
  plugins.flatMap(plugin => plugin.filters(stream, spec.worker))

const isPairs = (headers: HeaderInit): headers is readonly (readonly [Data, Data])[] => Array.isArray(headers)

/** A request needs method, path, authority and scheme; what the test leaves out is filled in. */
const withPseudo = (headers: HeaderInit): HeaderInit => {
  if (isPairs(headers)) return headers
  const lower = new Set(Object.keys(headers).map(name => name.toLowerCase()))
  return {
    ...(lower.has(':method') ? {} : { ':method': 'GET' }),
    ...(lower.has(':path') ? {} : { ':path': '/' }),
    ...(lower.has(':authority') || lower.has('host') ? {} : { ':authority': 'example.com' }),
    ...(lower.has(':scheme') ? {} : { ':scheme': 'http' }),
    ...headers,
  }
}

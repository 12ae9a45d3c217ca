// Counters, gauges and histograms. Values belong to the Envoy, ids to a VM: two VMs that define the same name add to the
// same number.
import { Status } from './abi.ts'

export type MetricKind = 'counter' | 'gauge' | 'histogram'
const KINDS: readonly MetricKind[] = ['counter', 'gauge', 'histogram']
const UNSIGNED = (1n << 64n) - 1n

/** All values at one moment. */
export type MetricSnapshot = readonly bigint[]

export class Metrics {
  readonly #index = new Map<string, number>()
  readonly #names: string[] = []
  /** A histogram's value is the number of its samples. */
  readonly #values: bigint[] = []
  readonly #samples = new Map<number, bigint[]>()

  define(kind: MetricKind, name: string): number {
    const key = `${kind}\0${name}`
    let index = this.#index.get(key)
    if (index === undefined) {
      index = this.#names.length
      this.#index.set(key, index)
      this.#names.push(name)
      this.#values.push(0n)
      if (kind === 'histogram') this.#samples.set(index, [])
    }
    return index
  }

  get(index: number): bigint {
    return this.#values[index]!
  }

  set(index: number, value: bigint): void {
    this.#values[index] = value & UNSIGNED
  }

  sample(index: number, value: bigint): void {
    const samples = this.#samples.get(index)!
    samples.push(value)
    this.#values[index] = BigInt(samples.length)
  }

  snapshot(): MetricSnapshot {
    return this.#values.slice()
  }

  /** Name to value, sorted by name. */
  values(): Record<string, number> {
    return this.#since([], () => true)
  }

  /** By how much each metric has grown since; those that did not are left out. */
  growth(since: MetricSnapshot): Record<string, number> {
    return this.#since(since, by => by !== 0n)
  }

  #since(before: MetricSnapshot, wanted: (by: bigint) => boolean): Record<string, number> {
    const pairs: [string, number][] = []
    for (let i = 0; i < this.#values.length; i++) {
      const by = this.#values[i]! - (before[i] ?? 0n)
      if (wanted(by)) pairs.push([this.#names[i]!, Number(by)])
    }
    return Object.fromEntries(pairs.sort(([a], [b]) => (a < b ? -1 : 1)))
  }
}

/** The metrics one VM has defined. */
export class MetricIds {
  readonly #metrics: Metrics
  readonly #byId = new Map<number, { kind: MetricKind; index: number }>()
  readonly #next = [0, 1, 2]

  constructor(metrics: Metrics) {
    this.#metrics = metrics
  }

  get count(): number {
    return this.#byId.size
  }

  /** A new id, or undefined where there is no such type. */
  define(type: number, name: string): number | undefined {
    const kind = KINDS[type]
    if (kind === undefined) return undefined
    this.#next[type]! += 4
    const id = this.#next[type]!
    this.#byId.set(id, { kind, index: this.#metrics.define(kind, name) })
    return id
  }

  increment(id: number, offset: bigint): number {
    if ((id & 3) > 1) return Status.BadArgument
    const metric = this.#byId.get(id)
    if (!metric) return Status.NotFound
    if (metric.kind === 'counter' && offset <= 0n) return Status.BadArgument
    this.#metrics.set(metric.index, this.#metrics.get(metric.index) + offset)
    return Status.Ok
  }

  record(id: number, value: bigint): number {
    const metric = this.#byId.get(id)
    if (!metric) return Status.NotFound
    const unsigned = value & UNSIGNED
    if (metric.kind === 'counter') this.#metrics.set(metric.index, this.#metrics.get(metric.index) + unsigned)
    else if (metric.kind === 'gauge') this.#metrics.set(metric.index, unsigned)
    else this.#metrics.sample(metric.index, unsigned)
    return Status.Ok
  }

  get(id: number): bigint | number {
    if ((id & 3) > 1) return Status.BadArgument
    const metric = this.#byId.get(id)
    return metric ? this.#metrics.get(metric.index) : Status.NotFound
  }
}

// Counters, gauges and histograms. Values belong to the Envoy, ids to a VM: two VMs that define the same name add to the
// same number.
import { Status } from './abi.ts'

export type MetricKind = 'counter' | 'gauge' | 'histogram'
const KINDS: readonly MetricKind[] = ['counter', 'gauge', 'histogram']
const UNSIGNED = (1n << 64n) - 1n

/** A moment in the life of all metrics, and what has changed since: nobody pays for metrics that stay as they are. */
export interface Moment {
  index: number
  by: bigint
  next: Moment | undefined
}

export class Metrics {
  readonly #index = new Map<string, number>()
  readonly #names: string[] = []
  /** A histogram's value is the number of its samples. */
  readonly #values: bigint[] = []
  readonly #samples = new Map<number, bigint[]>()
  #now: Moment = { index: -1, by: 0n, next: undefined }

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
    const held = this.#values[index]!
    const wrapped = value & UNSIGNED
    this.#values[index] = wrapped
    const change: Moment = { index, by: wrapped - held, next: undefined }
    this.#now.next = change
    this.#now = change
  }

  sample(index: number, value: bigint): void {
    const samples = this.#samples.get(index)!
    samples.push(value)
    this.set(index, BigInt(samples.length))
  }

  get now(): Moment {
    return this.#now
  }

  /** Name to value, sorted by name. */
  values(): Record<string, number> {
    return named(this.#values.map((value, index) => [this.#names[index]!, value]))
  }

  /** By how much each metric has grown since; those that did not are left out. */
  growth(since: Moment): Record<string, number> {
    if (!since.next) return {}
    const by = new Map<number, bigint>()
    for (let change = since.next as Moment | undefined; change; change = change.next) {
      by.set(change.index, (by.get(change.index) ?? 0n) + change.by)
    }
    return named([...by].filter(([, grown]) => grown !== 0n).map(([index, grown]) => [this.#names[index]!, grown]))
  }
}

const named = (values: [name: string, value: bigint][]): Record<string, number> =>
  Object.fromEntries(values.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => [name, Number(value)]))

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

// Counters, gauges and histograms. Values belong to the Envoy, ids to a VM: two VMs that define the same name add to the
// same number.
import { Status } from './abi.ts'

export type MetricKind = 'counter' | 'gauge' | 'histogram'
const KINDS: readonly MetricKind[] = ['counter', 'gauge', 'histogram']

interface Metric {
  kind: MetricKind
  value: bigint
  samples: bigint[]
}

export class Metrics {
  readonly #byName = new Map<string, Metric>()

  metric(kind: MetricKind, name: string): Metric {
    const key = `${kind}\0${name}`
    let metric = this.#byName.get(key)
    if (!metric) {
      metric = { kind, value: 0n, samples: [] }
      this.#byName.set(key, metric)
    }
    return metric
  }

  /** Name to value; a histogram's value is the number of its samples. */
  values(): Record<string, number> {
    const values: Record<string, number> = {}
    for (const [key, metric] of [...this.#byName].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const name = key.slice(key.indexOf('\0') + 1)
      values[name] = metric.kind === 'histogram' ? metric.samples.length : Number(metric.value)
    }
    return values
  }
}

const UNSIGNED = (1n << 64n) - 1n

/** The metrics one VM has defined. */
export class MetricIds {
  readonly #metrics: Metrics
  readonly #byId = new Map<number, Metric>()
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
    this.#byId.set(id, this.#metrics.metric(kind, name))
    return id
  }

  increment(id: number, offset: bigint): number {
    if ((id & 3) > 1) return Status.BadArgument
    const metric = this.#byId.get(id)
    if (!metric) return Status.NotFound
    if (metric.kind === 'counter' && offset <= 0n) return Status.BadArgument
    metric.value = (metric.value + offset) & UNSIGNED
    return Status.Ok
  }

  record(id: number, value: bigint): number {
    const metric = this.#byId.get(id)
    if (!metric) return Status.NotFound
    const unsigned = value & UNSIGNED
    if (metric.kind === 'counter') metric.value = (metric.value + unsigned) & UNSIGNED
    else if (metric.kind === 'gauge') metric.value = unsigned
    else metric.samples.push(unsigned)
    return Status.Ok
  }

  get(id: number): bigint | number {
    if ((id & 3) > 1) return Status.BadArgument
    return this.#byId.get(id)?.value ?? Status.NotFound
  }
}

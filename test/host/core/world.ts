// What all workers and VMs of one simulated Envoy have in common. Everything that comes from outside (time, randomness, other
// clusters) is here and in the test's hand.
import type { LogLevel } from './abi.ts'
import type { Cluster } from './calls.ts'
import type { Random, TestClock } from './clock.ts'
import type { Metrics } from './metrics.ts'
import type { SharedData, SharedQueues } from './shared.ts'
import type { SourceMap } from './source-map.ts'
import type { Suspension } from './suspend.ts'
import type { Trap, Vm } from './vm.ts'

export interface LogLine {
  level: LogLevel
  message: string
  rootId: string
  /** Id of the context that logged. */
  context: number
  worker: number
}

/** Watches callbacks; what `start` answers is called when the callback has returned. */
export interface Meter {
  start(callback: string, vm: Vm): () => void
}

export interface World {
  clock: TestClock
  random: Random
  metrics: Metrics
  shared: SharedData
  queues: SharedQueues
  clusters: Readonly<Record<string, Cluster>>
  environment: Readonly<Record<string, string>>
  /** What `proxy_get_log_level` tells; lines below it are dropped, as Envoy does. */
  logLevel: number
  logs: LogLine[]
  suspension: Suspension
  meter: Meter | undefined
  sources: SourceMap
  trapped(vm: Vm, trap: Trap): void
}

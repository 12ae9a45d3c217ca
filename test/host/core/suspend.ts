// Where a module may be suspended. Plainly: nowhere. Under JSPI (WebAssembly JavaScript Promise Integration: Node 24, current
// browsers) a worker can stop at a host call while other workers run: that is how races between workers are played, in an
// order that a seed decides.
import type { Random } from './clock.ts'
import { engine, type WasmFunction } from './wasm.ts'

export interface Suspension {
  /** Wraps an export. */
  promising<F extends WasmFunction>(fn: F): F
  /** Wraps an import; `name` without its module. */
  suspending<F extends WasmFunction>(name: string, fn: F): F
  /** Exports that `work` calls do not suspend: plugins start, are configured and end so. Shared data is out of reach there. */
  plainly<T>(work: () => T): T
}

export const neverSuspend: Suspension = {
  promising: fn => fn,
  suspending: (_, fn) => fn,
  plainly: work => work(),
}

/** Host calls at which workers can see each other's doings. */
const SHARED = new Set([
  'proxy_get_shared_data',
  'proxy_set_shared_data',
  'proxy_enqueue_shared_queue',
  'proxy_dequeue_shared_queue',
])

interface Jspi {
  Suspending: new (fn: WasmFunction) => WasmFunction
  promising(fn: WasmFunction): WasmFunction
}

const jspi = (): Jspi => {
  const { Suspending, promising } = engine
  if (!Suspending || !promising) {
    throw new Error('This JavaScript engine has no JSPI (WebAssembly.promising): races need Node 24 or newer.')
  }
  return { Suspending, promising }
}

/** Plays tasks against each other: each runs until its next host call, then a seeded choice says who goes on. */
export class Interleaver implements Suspension {
  readonly #jspi = jspi()
  readonly #random: Random
  readonly #waiting: (() => void)[] = []
  readonly #busy = new Set<number>()
  #running = 0
  #racing = false
  #plain = false
  /** How often a worker was stopped and another choice was possible. */
  switches = 0

  constructor(random: Random) {
    this.#random = random
  }

  promising<F extends WasmFunction>(fn: F): F {
    const promising = this.#jspi.promising(fn)
    const either = (...args: never[]): unknown => (this.#plain ? fn(...args) : promising(...args))
    return either as F
  }

  plainly<T>(work: () => T): T {
    this.#plain = true
    try {
      return work()
    } finally {
      this.#plain = false
    }
  }

  suspending<F extends WasmFunction>(name: string, fn: F): F {
    if (!SHARED.has(name)) return fn
    const stop = (...args: never[]): unknown => {
      if (!this.#racing) return fn(...args)
      return this.#turn().then(() => fn(...args))
    }
    return new this.#jspi.Suspending(stop) as unknown as F
  }

  /** Runs the tasks to their ends; results in the order of the tasks. */
  async race<T>(tasks: readonly (() => Promise<T>)[]): Promise<T[]> {
    this.#racing = true
    const results = tasks.map(async task => {
      await this.#turn()
      try {
        return await task()
      } finally {
        this.#running--
        this.#next()
      }
    })
    this.#next()
    try {
      return await Promise.all(results)
    } finally {
      this.#racing = false
    }
  }

  /** A worker does one thing at a time: another task of the same worker waits, whoever else may run. */
  async onWorker(worker: number, work: () => Promise<void>): Promise<void> {
    if (!this.#racing) return work()
    while (this.#busy.has(worker)) await this.#turn()
    this.#busy.add(worker)
    try {
      await work()
    } finally {
      this.#busy.delete(worker)
    }
  }

  #turn(): Promise<void> {
    return new Promise(resolve => {
      this.#waiting.push(resolve)
      if (this.#running > 0) {
        this.#running--
        this.#next()
      }
    })
  }

  #next(): void {
    if (this.#running > 0 || this.#waiting.length === 0) return
    if (this.#waiting.length > 1) this.switches++
    const [chosen] = this.#waiting.splice(Math.floor(this.#random() * this.#waiting.length), 1)
    this.#running++
    chosen!()
  }
}

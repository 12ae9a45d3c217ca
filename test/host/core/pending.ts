// Calls that have begun and not ended, by token: what is due for them can be cancelled.
import type { Cluster } from './calls.ts'
import { ignore, type RootContext } from './context.ts'
import type { Run } from './run.ts'

export class PendingCalls {
  readonly #root: RootContext
  readonly #cancels = new Map<number, () => void>()

  constructor(root: RootContext) {
    this.#root = root
  }

  get size(): number {
    return this.#cancels.size
  }

  has(token: number): boolean {
    return this.#cancels.has(token)
  }

  /** Nothing is due for it yet. */
  open(token: number): void {
    this.#cancels.set(token, ignore)
  }

  after(token: number, ms: number, fire: () => Run<void>): void {
    this.#cancels.set(token, this.#root.vm.world.clock.after(ms, fire))
  }

  drop(token: number): void {
    this.#cancels.delete(token)
  }

  /** False where there is no such call. */
  cancel(token: number): boolean {
    this.#cancels.get(token)?.()
    return this.#cancels.delete(token)
  }

  cancelAll(): void {
    for (const cancel of this.#cancels.values()) cancel()
    this.#cancels.clear()
  }

  cluster(name: string): Cluster | undefined {
    const clusters = this.#root.vm.world.clusters
    return Object.hasOwn(clusters, name) ? clusters[name] : undefined
  }
}

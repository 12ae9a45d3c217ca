// Time and randomness in the test's hand. Nothing in the host reads a real clock: it moves when the test says so, and what
// falls due on the way (ticks, call timeouts) happens in order.
import { type Run, run } from './run.ts'

interface Timer {
  at: number
  order: number
  fire: () => Run<void>
}

export class TestClock {
  /** Nanoseconds since 1970, as `proxy_get_current_time_nanoseconds` tells. */
  #wall: bigint
  /** Milliseconds since the clock was made: what timers go by. */
  #elapsed = 0
  #timers: Timer[] = []
  #order = 0

  /** `start`: milliseconds since 1970; default 2026-01-01. */
  constructor(start: number | Date = Date.UTC(2026, 0, 1)) {
    this.#wall = BigInt(Math.round(Number(start) * 1e6))
  }

  get wallNanoseconds(): bigint {
    return this.#wall
  }

  get monotonicNanoseconds(): bigint {
    return BigInt(Math.round(this.#elapsed * 1e6))
  }

  /** Milliseconds since the clock was made. */
  get elapsed(): number {
    return this.#elapsed
  }

  /** Lets this many milliseconds pass: timers due on the way fire, each at its own time. */
  async advance(milliseconds: number): Promise<void> {
    await run(this.pass(milliseconds))
  }

  /** For the host: what is due at once (`0`), or within so many milliseconds, happens. */
  *pass(milliseconds: number): Run<void> {
    const until = this.#elapsed + milliseconds
    for (let next = this.#due(until); next; next = this.#due(until)) {
      this.#timers.splice(this.#timers.indexOf(next), 1)
      this.#move(next.at)
      yield* next.fire()
    }
    this.#move(until)
  }

  /** Moves the wall clock alone, as an NTP step does: timers and the monotonic clock do not notice. */
  step(milliseconds: number): void {
    this.#wall += BigInt(Math.round(milliseconds * 1e6))
  }

  /** For the host: `fire` runs after this many milliseconds. Answers a function that cancels it. */
  after(milliseconds: number, fire: () => Run<void>): () => void {
    const timer = { at: this.#elapsed + milliseconds, order: this.#order++, fire }
    this.#timers.push(timer)
    return () => {
      const at = this.#timers.indexOf(timer)
      if (at >= 0) this.#timers.splice(at, 1)
    }
  }

  #due(until: number): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers) {
      if (timer.at > until) continue
      if (!first || timer.at < first.at || (timer.at === first.at && timer.order < first.order)) first = timer
    }
    return first
  }

  #move(to: number): void {
    if (to === this.#elapsed) return
    this.#wall += BigInt(Math.round((to - this.#elapsed) * 1e6))
    this.#elapsed = to
  }
}

/** Numbers in [0, 1). */
export type Random = () => number

/** The same numbers for the same seed (mulberry32). */
export const seeded = (seed: number): Random => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

// How long to wait before the next try. Jitter keeps a hundred clients of a restarted API server from coming back in
// the same moment; the cap keeps the return within the five seconds that we promise.

export interface Backoff {
  /** Milliseconds to wait now: grows with each call. */
  next(): number
  /** After a success. */
  reset(): void
}

/** `random` gives numbers in [0, 1). Each wait is half fixed, half random: between 50 % and 100 % of `base * 2^n`. */
export const backoff = (baseMs: number, maxMs: number, random: () => number = Math.random): Backoff => {
  let failures = 0
  return {
    next: () => {
      const full = Math.min(maxMs, baseMs * 2 ** Math.min(failures++, 30))
      return Math.round(full / 2 + (full / 2) * random())
    },
    reset: () => {
      failures = 0
    },
  }
}

/** Resolves after `ms` (at once for none), or when aborted: callers look at the signal themselves. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (signal.aborted || ms <= 0) return resolve()
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })

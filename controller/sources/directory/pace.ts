// When to act on changes: on the first at once; on those that follow when 10 ms have passed without another, and after
// 100 ms at the latest. Whoever only wants that nobody looks too early asks for the pause, too.
// In: calls of `now` and `soon`. Out: calls of `act`, never two at a time.

export interface Pace {
  /** Acts at once, unless it has just acted. */
  now(): void
  /** Acts after the pause. */
  soon(): void
  stop(): Promise<void>
}

export interface PaceOptions {
  pauseMs: number
  limitMs: number
}

export const createPace = (act: () => Promise<void>, { pauseMs, limitMs }: PaceOptions): Pace => {
  let timer: NodeJS.Timeout | undefined
  let deadline = 0
  let quietSince = Number.NEGATIVE_INFINITY
  let acting: Promise<void> | undefined
  let isStopped = false
  let isWanted = false

  const schedule = (delay: number): void => {
    clearTimeout(timer)
    timer = setTimeout(run, delay)
  }

  const run = (): void => {
    timer = undefined
    deadline = 0
    if (isStopped) return
    if (acting) {
      isWanted = true
      return
    }
    acting = act().finally(() => {
      acting = undefined
      quietSince = performance.now()
      if (!isWanted) return
      isWanted = false
      soon()
    })
  }

  const soon = (): void => {
    if (isStopped) return
    const time = performance.now()
    if (deadline === 0) deadline = time + limitMs
    schedule(Math.max(0, Math.min(pauseMs, deadline - time)))
  }

  const now = (): void => {
    const isQuiet = !acting && timer === undefined && performance.now() - quietSince >= pauseMs
    if (isQuiet) run()
    else soon()
  }

  return {
    now,
    soon,
    stop: async () => {
      isStopped = true
      clearTimeout(timer)
      await acting
    },
  }
}

// CPU time of a process by its threads, and what to make of samples of it.
import { readdirSync, readFileSync } from 'node:fs'

/** Nanoseconds on a CPU so far; threads that have ended are not in it. */
export interface CpuTime {
  /** Of the threads that serve requests. */
  workers: number
  /** Of the main thread, of V8's compilers, and so on. */
  others: number
}

export function cpuTime(pid: number): CpuTime {
  const time = { workers: 0, others: 0 }
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const read = (file: string): string => readFileSync(`/proc/${pid}/task/${task}/${file}`, 'latin1')
    try {
      const spent = Number(read('schedstat').split(' ')[0])
      if (read('comm').startsWith('wrk:')) time.workers += spent
      else time.others += spent
    } catch {
      // The thread has ended since the folder was read.
    }
  }
  return time
}

export interface Quartiles {
  q1: number
  median: number
  q3: number
}

export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const place = share * (sorted.length - 1)
  const below = sorted[Math.floor(place)] ?? Number.NaN
  return below + ((sorted[Math.ceil(place)] ?? Number.NaN) - below) * (place % 1)
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5)

export const quartiles = (samples: readonly number[]): Quartiles => ({
  q1: quantile(samples, 0.25),
  median: median(samples),
  q3: quantile(samples, 0.75),
})

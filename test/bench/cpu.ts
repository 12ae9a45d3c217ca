// CPU time of a process, and what to make of samples of it.
import { readdirSync, readFileSync } from 'node:fs'

/** Nanoseconds on a CPU of all threads of a process so far; threads that have ended are not in it. */
export function cpuTime(pid: number): number {
  let sum = 0
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    try {
      sum += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1').split(' ')[0])
    } catch {
      // The thread has ended since the folder was read.
    }
  }
  return sum
}

export interface Quartiles {
  q1: number
  median: number
  q3: number
}

export function quartiles(samples: number[]): Quartiles {
  const sorted = samples.toSorted((a, b) => a - b)
  const at = (share: number): number => {
    const place = share * (sorted.length - 1)
    const below = sorted[Math.floor(place)] ?? Number.NaN
    return below + ((sorted[Math.ceil(place)] ?? Number.NaN) - below) * (place % 1)
  }
  return { q1: at(0.25), median: at(0.5), q3: at(0.75) }
}

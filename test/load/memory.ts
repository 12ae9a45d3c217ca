// Memory of a running Envoy out of /proc: what the process holds, and what its Wasm modules have taken for themselves.
import { readdirSync, readFileSync } from 'node:fs'

export interface Memory {
  /** Bytes resident. */
  resident: number
  /** Bytes of all linear memories: the writable start of a reservation of gigabytes, which is how V8 lays them out. */
  linear: number
}

const GUARD = 2 ** 31

export function memoryOf(pid: number): Memory {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1')
  const resident = Number(/^Rss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? Number.NaN) * 1024
  let linear = 0
  let before: { end: bigint; size: number } | undefined
  for (const line of readFileSync(`/proc/${pid}/maps`, 'latin1').split('\n')) {
    const [, from, to, access, path] = /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+\s*(.*)$/.exec(line) ?? []
    if (from === undefined || to === undefined) continue
    const [start, end] = [BigInt(`0x${from}`), BigInt(`0x${to}`)]
    const size = Number(end - start)
    if (access === '---p' && size >= GUARD && before?.end === start) linear += before.size
    before = access === 'rw-p' && !path ? { end, size } : undefined
  }
  return { resident, linear }
}

/** The process among the descendants of `pid` whose name begins with `envoy`: the fetched one has its version in its name. */
export function envoyBelow(pid: number): number {
  const children = new Map<number, number[]>()
  const names = new Map<number, string>()
  for (const entry of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    try {
      const [, name = '', parent] = /^\d+ \((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${entry}/stat`, 'latin1')) ?? []
      names.set(Number(entry), name)
      children.set(Number(parent), [...(children.get(Number(parent)) ?? []), Number(entry)])
    } catch {
      // It has ended since the folder was read.
    }
  }
  const queue = [pid]
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    if (names.get(at)?.startsWith('envoy')) return at
    queue.push(...(children.get(at) ?? []))
  }
  throw new Error(`no envoy below process ${pid}`)
}

// The processes below a process, as /proc tells it.
import { readdirSync, readFileSync } from 'node:fs'

/** Process ids of children, their children and so on. */
export function descendants(pid: number): number[] {
  const children = new Map<number, number[]>()
  for (const entry of readdirSync('/proc')) {
    const parent = /^\d+$/.test(entry) ? parentOf(Number(entry)) : undefined
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(entry)])
  }
  const below = (of: number): number[] => (children.get(of) ?? []).flatMap(child => [child, ...below(child)])
  return below(pid)
}

/** Whether the process runs; one that has ended and waits to be reaped does not. */
export function alive(pid: number): boolean {
  const state = statOf(pid)?.[0]
  return state !== undefined && state !== 'Z'
}

/** Resolves once none of them runs; fails after ten seconds with those that do. */
export async function gone(pids: number[]): Promise<void> {
  for (const end = Date.now() + 10_000; Date.now() < end; ) {
    if (!pids.some(alive)) return
    await new Promise(done => setTimeout(done, 10))
  }
  throw new Error(`still running: ${pids.filter(alive).join(', ')}`)
}

const parentOf = (pid: number): number | undefined => {
  const parent = statOf(pid)?.[1]
  return parent === undefined ? undefined : Number(parent)
}

/** State and parent and so on: what follows the name in parentheses. */
function statOf(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

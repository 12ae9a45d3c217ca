// Ends a process when we end, however we end. A shell waits on a pipe that only we hold: the kernel closes it even after
// SIGKILL, the shell reads the end and kills. (Linux could do it by PR_SET_PDEATHSIG, which Node does not reach.)
import { type ChildProcess, spawn } from 'node:child_process'

export interface Lifeline {
  readonly pid: number | undefined
  /** To be called once the process has been reaped: its id may come to mean another. */
  cut(): void
}

const untilEnd = 'read -r _; kill -KILL "$1" 2>/dev/null'

/** @param pid the process that must not outlive us */
export function lifeline(pid: number): Lifeline {
  let held: ChildProcess | undefined
  let isCut = false
  const hold = () => {
    const watcher = spawn('sh', ['-c', untilEnd, 'lifeline', String(pid)], {
      stdio: ['pipe', 'ignore', 'ignore'],
      // A session of its own: Ctrl-C in a terminal must not reach it before we are done.
      detached: true,
    })
    held = watcher
    watcher.on('error', () => undefined)
    watcher.stdin.on('error', () => undefined)
    watcher.once('exit', () => {
      if (!isCut) hold()
    })
  }
  hold()
  return {
    get pid() {
      return held?.pid
    },
    cut: () => {
      isCut = true
      held?.kill('SIGKILL')
    },
  }
}

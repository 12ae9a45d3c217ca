// One child process that is kept running: started, started again when it dies, ended when we end. In: how to start it.
// Out: events for the log. Waits grow while it keeps dying, with jitter, and start over once it has lived for a while.
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { type Lifeline, lifeline } from './lifeline.ts'

export interface ChildSpec {
  /** As the log names it. */
  name: string
  command: string
  args: readonly string[]
  options?: SpawnOptions
  /** Milliseconds between SIGTERM and SIGKILL. */
  grace: number
}

export type ChildEvent =
  | { type: 'started'; name: string; pid: number }
  | { type: 'ended'; name: string; pid: number | undefined; status: number | null; why: string; againInMs: number }
  | { type: 'failed'; name: string; why: string; againInMs: number }

export interface KeptChild {
  readonly process: ChildProcess | undefined
  /** Ends it and does not start it again; resolves once it has been reaped. */
  stop(): Promise<void>
}

export interface KeepOptions {
  onEvent: (event: ChildEvent) => void
  /** Called with each new process, before it has said anything. */
  onProcess?: (child: ChildProcess) => void
  random?: () => number
}

const firstWaitMs = 50
const longestWaitMs = 5_000
/** After this long it counts as well, and the next death is followed by the shortest wait again. */
const healthyMs = 10_000

export function keepRunning(spec: ChildSpec, { onEvent, onProcess, random = Math.random }: KeepOptions): KeptChild {
  let child: ChildProcess | undefined
  let line: Lifeline | undefined
  let timer: NodeJS.Timeout | undefined
  let deaths = 0
  let isStopping = false
  let reaped: () => void = () => undefined

  const again = (): number => {
    const wait = Math.min(longestWaitMs, firstWaitMs * 2 ** deaths) * (0.5 + random() / 2)
    deaths++
    timer = setTimeout(start, wait)
    return Math.round(wait)
  }

  const start = () => {
    const begun = performance.now()
    const current = spawn(spec.command, spec.args, { ...spec.options, detached: true })
    child = current
    if (current.pid !== undefined) {
      line = lifeline(current.pid)
      onEvent({ type: 'started', name: spec.name, pid: current.pid })
      onProcess?.(current)
    }
    current.once('error', error => {
      if (current.pid !== undefined) return
      child = undefined
      if (isStopping) reaped()
      else onEvent({ type: 'failed', name: spec.name, why: error.message, againInMs: again() })
    })
    current.once('exit', (code, signal) => {
      line?.cut()
      child = undefined
      if (isStopping) return reaped()
      if (performance.now() - begun > healthyMs) deaths = 0
      const why = signal ? `killed by ${signal}` : `ended with status ${code}`
      onEvent({ type: 'ended', name: spec.name, pid: current.pid, status: code, why, againInMs: again() })
    })
  }

  start()
  return {
    get process() {
      return child
    },
    stop: async () => {
      isStopping = true
      clearTimeout(timer)
      const current = child
      if (!current) return
      const gone = new Promise<void>(done => {
        reaped = done
      })
      current.kill('SIGTERM')
      const hard = setTimeout(() => current.kill('SIGKILL'), spec.grace)
      await gone
      clearTimeout(hard)
    },
  }
}

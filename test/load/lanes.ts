// Load for an Envoy: connections that are kept, one request each under way, no parsing beyond what tells one answer from the
// next. What is asked goes in as text of HTTP/1.1, a count of statuses and a histogram of latencies come out.
import { connect, type Socket } from 'node:net'
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'

export interface Outcome {
  /** Status → how many answers had it. */
  statuses: Map<number, number>
  /** Requests whose connection ended before the whole answer had come. */
  resets: number
  /** Microseconds from when a request was due to the end of its answer. */
  latency: RecordableHistogram
}

export interface Lanes extends Disposable {
  /** Asks `count` times, as fast as answers come or `perSecond`; `request` gives the n-th request's bytes as latin1. */
  run(count: number, request: (n: number) => string, perSecond?: number): Promise<Outcome>
}

/** Connections are opened when they are first needed, and again after the peer has closed them. */
export function openLanes(port: number, connections: number, host = '127.0.0.1'): Lanes {
  const lanes = Array.from({ length: connections }, () => newLane(host, port))
  return {
    async run(count, request, perSecond = Number.POSITIVE_INFINITY) {
      const outcome: Outcome = { statuses: new Map(), resets: 0, latency: createHistogram({ figures: 4 }) }
      const begun = performance.now()
      let issued = 0
      const drive = async (lane: Lane): Promise<void> => {
        while (issued < count) {
          const n = issued++
          const due = begun + (n * 1000) / perSecond
          // Timers are no finer than a millisecond; what is due within it goes at once.
          const early = due - performance.now()
          if (early >= 1) await setTimeout(early)
          const from = Number.isFinite(perSecond) ? due : performance.now()
          const status = await lane.ask(request(n))
          if (status === RESET) outcome.resets++
          else outcome.statuses.set(status, (outcome.statuses.get(status) ?? 0) + 1)
          outcome.latency.record(Math.max(1, Math.round((performance.now() - from) * 1000)))
        }
      }
      await Promise.all(lanes.map(drive))
      return outcome
    },
    [Symbol.dispose]() {
      for (const lane of lanes) lane.close()
    },
  }
}

/** Answers that were not 2xx, and requests without one. */
export function failures({ statuses, resets }: Outcome): number {
  let bad = resets
  for (const [status, count] of statuses) if (status < 200 || status > 299) bad += count
  return bad
}

/** `200: 5, 503: 1, reset: 1` */
export function describeOutcome({ statuses, resets }: Outcome): string {
  const parts = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`)
  return [...parts, ...(resets > 0 ? [`reset: ${resets}`] : [])].join(', ')
}

export function requestText(path: string, headers: Record<string, string>, method = 'GET'): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`
}

const RESET = -1

interface Lane {
  ask(request: string): Promise<number>
  close(): void
}

function newLane(host: string, port: number): Lane {
  let socket: Socket | undefined
  let text = ''
  let answer: ((status: number) => void) | undefined
  const settle = (status: number): void => {
    const waiting = answer
    answer = undefined
    text = ''
    waiting?.(status)
  }
  const open = (): Socket => {
    const opened = connect({ host, port, noDelay: true })
    opened.setEncoding('latin1')
    opened.on('data', (chunk: string) => {
      text += chunk
      const status = finished(text)
      if (status !== undefined) settle(status)
    })
    opened.on('error', () => {})
    opened.on('close', () => {
      if (socket !== opened) return
      socket = undefined
      settle(RESET)
    })
    return opened
  }
  return {
    ask(request) {
      return new Promise(resolve => {
        answer = resolve
        socket ??= open()
        socket.write(request, 'latin1')
      })
    },
    close() {
      const closing = socket
      socket = undefined
      closing?.destroy()
    },
  }
}

/** The status, once the whole answer is there. Envoy's answers here have a length or are chunked. */
function finished(text: string): number | undefined {
  const head = text.indexOf('\r\n\r\n')
  if (head < 0) return undefined
  const at = text.indexOf('content-length: ')
  const isWhole =
    at >= 0 && at < head
      ? text.length >= head + 4 + Number.parseInt(text.slice(at + 16, at + 26), 10)
      : !text.includes('transfer-encoding: chunked') || text.endsWith('0\r\n\r\n')
  return isWhole ? Number.parseInt(text.slice(9, 12), 10) : undefined
}

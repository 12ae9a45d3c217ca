// A steady stream of HTTP/1.1 requests over kept connections, and what became of each: flows in a rate, flows out counts.
// Raw sockets: a client library's own retries would hide exactly the resets that the tests look for.
import { connect, type Socket } from 'node:net'

export interface LoadOptions {
  host: string
  port: number
  path: string
  /** Requests per second over all connections. */
  rate: number
  connections: number
  headers?: Record<string, string>
}

export interface LoadResult {
  sent: number
  /** Answers by status code. */
  statuses: Map<number, number>
  /** Requests whose connection ended before the answer, and connections refused, by reason. */
  lost: Map<string, number>
}

export interface Load {
  readonly result: LoadResult
  /** Stops sending, waits for the answers under way. */
  stop(): Promise<LoadResult>
}

const count = <K>(map: Map<K, number>, key: K) => map.set(key, (map.get(key) ?? 0) + 1)

export function startLoad(options: LoadOptions): Load {
  const result: LoadResult = { sent: 0, statuses: new Map(), lost: new Map() }
  const lanes = Array.from({ length: options.connections }, () => lane(options, result))
  const started = performance.now()
  let offered = 0
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - started) / 1000) * options.rate)
    for (; offered < due; offered++) lanes[offered % lanes.length]?.send()
  }, 2)
  return {
    result,
    async stop() {
      clearInterval(timer)
      await Promise.all(lanes.map(each => each.finish()))
      return result
    },
  }
}

interface Lane {
  send(): void
  finish(): Promise<void>
}

/** One connection that asks one thing at a time; what comes while it waits is queued. */
function lane(options: LoadOptions, result: LoadResult): Lane {
  const lines = Object.entries({ host: `${options.host}:${options.port}`, ...options.headers })
  const request = `GET ${options.path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
  let socket: Socket | undefined
  let waiting = false
  let queued = 0
  let buffer = ''
  let idle: (() => void) | undefined

  const settle = () => {
    waiting = false
    if (queued > 0) {
      queued--
      write()
    } else idle?.()
  }
  const drop = (reason: string) => {
    socket = undefined
    buffer = ''
    if (!waiting) return
    count(result.lost, reason)
    settle()
  }
  const open = () => {
    const fresh = connect({ host: options.host, port: options.port, noDelay: true })
    let reason = 'closed before the answer'
    fresh.setEncoding('latin1')
    fresh.on('data', (text: string) => {
      buffer += text
      const answer = takeAnswer(buffer)
      if (!answer) return
      buffer = buffer.slice(answer.length)
      count(result.statuses, answer.status)
      if (answer.close) {
        fresh.removeAllListeners('close')
        fresh.destroy()
        socket = undefined
        buffer = ''
      }
      settle()
    })
    fresh.on('error', (error: NodeJS.ErrnoException) => {
      reason = error.code ?? error.message
    })
    fresh.on('close', () => drop(reason))
    return fresh
  }
  const write = () => {
    waiting = true
    result.sent++
    socket ??= open()
    socket.write(request)
  }
  return {
    send: () => {
      if (waiting) queued++
      else write()
    },
    async finish() {
      queued = 0
      if (waiting) await new Promise<void>(done => (idle = done))
      socket?.removeAllListeners('close')
      socket?.destroy()
    },
  }
}

/** The first whole answer in `text` (content-length or chunked), or undefined while it is incomplete. */
export function takeAnswer(text: string): { status: number; length: number; close: boolean } | undefined {
  const head = text.indexOf('\r\n\r\n')
  if (head < 0) return undefined
  const header = text.slice(0, head).toLowerCase()
  const status = Number(header.slice(9, 12))
  const close = header.includes('\r\nconnection: close')
  const body = head + 4
  const length = /\r\ncontent-length: (\d+)/.exec(header)?.[1]
  if (length !== undefined) {
    const end = body + Number(length)
    return text.length >= end ? { status, length: end, close } : undefined
  }
  if (!header.includes('\r\ntransfer-encoding: chunked')) return { status, length: body, close }
  const last = text.startsWith('0\r\n\r\n', body) ? body : text.indexOf('\r\n0\r\n\r\n', body - 2)
  if (last < 0) return undefined
  return { status, length: last + (last === body ? 5 : 7), close }
}

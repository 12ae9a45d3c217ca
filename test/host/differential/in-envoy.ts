// Runs scenarios in a real Envoy: the probe in a listener's chain or in a cluster's, raw sockets on both sides, the probe's log
// read from Envoy's.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { findEnvoy } from '../../../envoy/find.ts'
import { bootstrap } from './bootstrap.ts'
import { grpcUpstream } from './grpc-upstream.ts'
import { chunk, head, lastChunk, type Message, onMessages } from './http1.ts'
import { encodeProgram } from './program.ts'
import { framing, type Observed, type RunnerOptions, responseFraming, type Scenario } from './scenario.ts'

export interface InEnvoy {
  /** What is expected says only how long to wait for what: on a busy machine Envoy takes its time. */
  run(scenario: Scenario, id: string, expected: Observed): Promise<Observed>
  /** What Envoy logged besides the probe's lines. */
  readonly log: readonly string[]
  stop(): Promise<void>
}

/** How long a client waits before it takes a stream for stuck that is expected to be, and any other. */
const PATIENCE_MS = { stuck: 250, going: 10_000 }
/** How long a line is waited for that is expected, and one that is not. */
const LINE_MS = { expected: 10_000, unexpected: 100 }

export const envoyRunner = async (wasmFile: string, options: RunnerOptions = {}): Promise<InEnvoy> => {
  const { path } = await findEnvoy()
  const folder = await mkdtemp(join(tmpdir(), 'host-differential-'))
  const seen = new Map<string, Message>()
  const running = new Map<string, Scenario>()
  const backend = await listen(socket => serve(socket, running, seen))
  const side = await listen(socket =>
    onMessages(
      socket,
      () => false,
      () => socket.write(SIDE),
    ),
  )
  const grpc = await grpcUpstream()
  const ports = { downstream: await freePort(), upstream: await freePort() }
  const config = bootstrap({
    ...options,
    wasmFile,
    ports,
    backend: portOf(backend),
    side: portOf(side),
    grpc: grpc.port,
  })
  const file = join(folder, 'envoy.json')
  await writeFile(file, JSON.stringify(config))
  const args = ['-c', file, '--disable-hot-restart', '--concurrency', '1', '-l', 'warning', '--log-format', '%v']
  const envoy = spawn(path, [...args, '--component-log-level', 'wasm:info', '--use-dynamic-base-id'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const logs = readLogs(envoy)
  await untilListening(ports.upstream, envoy, logs)
  return {
    log: logs.other,
    run: async (scenario, id, expected) => {
      running.set(id, scenario)
      const client = await exchange(scenario, id, { port: ports[scenario.placement], logs, expected })
      await reached(logs, id, expected, 'delete', 1)
      const got = seen.get(id)
      running.delete(id)
      seen.delete(id)
      return { log: logs.take(id), upstream: got ? upstreamOf(got) : null, client }
    },
    stop: async () => {
      envoy.kill('SIGKILL')
      for (const server of [backend, side, grpc]) server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const SIDE = `${head('HTTP/1.1 200 OK', [
  ['x-side', 'yes'],
  ['content-length', '4'],
])}side`

const listen = async (onSocket: (socket: Socket) => void): Promise<Server> => {
  const server = createServer(socket => {
    socket.on('error', () => {})
    onSocket(socket)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return server
}

const portOf = (server: Server): number => (server.address() as { port: number }).port

const freePort = async (): Promise<number> => {
  const server = await listen(() => {})
  const port = portOf(server)
  await new Promise(resolve => server.close(resolve))
  return port
}

const idOf = (message: Message): string => message.headers.find(([name]) => name === 'x-id')?.[1] ?? ''

const serve = (socket: Socket, running: Map<string, Scenario>, seen: Map<string, Message>): void => {
  onMessages(
    socket,
    () => false,
    message => {
      const id = idOf(message)
      seen.set(id, message)
      const scenario = running.get(id)
      if (!scenario) return socket.destroy()
      const { status, headers, body, trailers } = scenario.response
      const frame = responseFraming(scenario)
      let text = head(`HTTP/1.1 ${status} X`, [...headers, ...frame])
      const bodyless = scenario.request.method === 'HEAD'
      if (!bodyless && frame[0]?.[0] === 'transfer-encoding') text += body.map(chunk).join('') + lastChunk(trailers)
      else if (!bodyless) text += body.join('')
      socket.write(text)
    },
  )
}

interface Logs {
  lines: Map<string, string[]>
  other: string[]
  take(id: string): string[]
  /** Waits until the lines of a stream are such, or for so long. */
  until(id: string, holds: (lines: readonly string[]) => boolean, ms: number): Promise<void>
}

/** Waits for so many lines of this callback: for long where they are expected, else shortly. */
const reached = (logs: Logs, id: string, expected: Observed, callback: string, count: number): Promise<void> => {
  const ms = countOf(expected.log, callback) >= count ? LINE_MS.expected : LINE_MS.unexpected
  return logs.until(id, lines => countOf(lines, callback) >= count, ms)
}

/** How many lines a stream leaves before it ends. */
const linesBeforeEnd = (log: readonly string[]): number => {
  const end = log.findIndex(line => /^(log|done|delete)\b/.test(line))
  return end < 0 ? log.length : end
}

const countOf = (lines: readonly string[], callback: string): number =>
  lines.filter(line => new RegExp(`^${callback}( [^:]*)?$`).test(line)).length

const readLogs = (envoy: ChildProcess): Logs => {
  const lines = new Map<string, string[]>()
  const other: string[] = []
  const waiting = new Set<() => void>()
  createInterface({ input: envoy.stderr! }).on('line', line => {
    const match = /wasm log[^:]*: #(\S+) (.*)$/.exec(line)
    if (!match) {
      other.push(line)
      return
    }
    const held = lines.get(match[1]!)
    if (held) held.push(match[2]!)
    else lines.set(match[1]!, [match[2]!])
    for (const look of waiting) look()
  })
  return {
    lines,
    other,
    take: id => {
      const held = lines.get(id) ?? []
      lines.delete(id)
      return held
    },
    until: (id, holds, ms) =>
      new Promise(resolve => {
        const end = (): void => {
          clearTimeout(timer)
          waiting.delete(look)
          resolve()
        }
        const look = (): void => {
          if (holds(lines.get(id) ?? [])) end()
        }
        const timer = setTimeout(end, ms)
        waiting.add(look)
        look()
      }),
  }
}

const untilListening = async (port: number, envoy: ChildProcess, logs: Logs): Promise<void> => {
  for (let tries = 0; tries < 200; tries++) {
    if (envoy.exitCode !== null) throw new Error(`Envoy ended:\n${logs.other.join('\n')}`)
    const open = await new Promise<boolean>(resolve => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy()
        resolve(true)
      }).on('error', () => resolve(false))
    })
    if (open) return
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  throw new Error(`Envoy does not listen:\n${logs.other.join('\n')}`)
}

/** The client's side of a scenario. */
const exchange = async (
  scenario: Scenario,
  id: string,
  { port, logs, expected }: { port: number; logs: Logs; expected: Observed },
): Promise<Observed['client']> => {
  const { method, path, headers, body, trailers } = scenario.request
  const socket = connect(port, '127.0.0.1')
  socket.setNoDelay(true)
  const answer = new Promise<Observed['client']>(resolve => {
    let patience: NodeJS.Timeout | undefined
    const wait = async (): Promise<void> => {
      const stuck = expected.client === 'nothing'
      const count = linesBeforeEnd(expected.log)
      if (stuck) await logs.until(id, lines => lines.length >= count, LINE_MS.expected)
      patience = setTimeout(() => resolve('nothing'), stuck ? PATIENCE_MS.stuck : PATIENCE_MS.going)
    }
    const end = (what: Observed['client']): void => {
      clearTimeout(patience)
      resolve(what)
    }
    onMessages(
      socket,
      () => method === 'HEAD',
      message => end(clientOf(message)),
    )
    socket.on('error', () => end('cut off'))
    socket.on('close', () => end('cut off'))
    void wait()
  })
  const frame = framing(scenario)
  const all: [string, string][] = [
    ['host', 'test.example'],
    ['x-id', id],
    ['x-program', encodeProgram(scenario.program, id)],
    ...headers,
    ...frame,
  ]
  const start = head(`${method} ${path} HTTP/1.1`, all)
  if (frame[0]?.[0] !== 'transfer-encoding') socket.write(start + body.join(''))
  else {
    socket.write(start + chunk(body[0] ?? ''))
    for (const [i, part] of body.slice(1).entries()) {
      await reached(logs, id, expected, 'request-body', i + 1)
      socket.write(chunk(part))
    }
    socket.write(lastChunk(trailers))
  }
  const observed = await answer
  socket.destroy()
  return observed
}

const NOT_COMPARED = new Set(['transfer-encoding', 'connection', 'date', 'content-length'])
const wire = (headers: [string, string][]): string[] =>
  headers.filter(([name]) => !NOT_COMPARED.has(name)).map(([name, value]) => `${name}: ${value}`)

const clientOf = ({ start, headers, body, trailers }: Message): Observed['client'] => ({
  status: Number(start.split(' ')[1]),
  headers: wire(headers),
  body,
  trailers: wire(trailers),
})

const upstreamOf = ({ start, headers, body, trailers }: Message): Observed['upstream'] => {
  // The path may hold blanks: it is what stands between the first and the last.
  const method = start.slice(0, start.indexOf(' '))
  const path = start.slice(method.length + 1, start.lastIndexOf(' '))
  return { method, path, headers: wire(headers), body, trailers: wire(trailers) }
}

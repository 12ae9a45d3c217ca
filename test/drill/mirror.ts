// The mirror drill: the same requests on routes whose mirror is absent, healthy, dead, silent, or comes and goes; in turns,
// at a fixed rate. What the client saw comes out: failures, and how late the slowest hundredth was.
import { createServer, type Server, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { median } from '../bench/cpu.ts'
import { emptyPlan, startSuite } from '../filters/suite.ts'
import { startAnswering } from '../load/answering.ts'
import { failures, openLanes, requestText } from '../load/lanes.ts'

export const MIRRORS = ['none', 'healthy', 'dead', 'silent', 'flapping'] as const
export type MirrorKind = (typeof MIRRORS)[number]

export interface MirrorOptions {
  rounds: number
  /** Per kind and round. */
  requests: number
  perSecond: number
  tell?(progress: string): void
}

export type Mirrored = Record<MirrorKind, { bad: number; p50Ms: number; p99Ms: number }>

/** Medians over the rounds. */
export async function drillMirror({ rounds, requests, perSecond, tell }: MirrorOptions): Promise<Mirrored> {
  await using primary = await startAnswering()
  await using silent = await startSilent()
  await using flapping = await startFlapping(150)
  await using gone = await startSilent()
  await gone[Symbol.asyncDispose]()
  const clusters = {
    up: primary.port('up'),
    healthy: primary.port('up'),
    dead: gone.port,
    silent: silent.port,
    flapping: flapping.port,
  }
  const routes = MIRRORS.map(kind => ({ host: kind, ...(kind !== 'none' && { plan: mirroring(kind) }) }))
  await using envoy = await startSuite(routes, { clusters, manager: { access_log: [] }, logLevel: 'error' })
  using lanes = openLanes(envoy.port('main'), 16)
  const samples = Object.fromEntries(
    MIRRORS.map(kind => [kind, { bad: 0, p50: [] as number[], p99: [] as number[] }]),
  ) as Record<MirrorKind, { bad: number; p50: number[]; p99: number[] }>
  for (let round = -1; round < rounds; round++) {
    tell?.(round < 0 ? 'warming up' : `round ${round + 1} of ${rounds}`)
    for (const kind of MIRRORS) {
      const text = requestText('/', { host: kind })
      const outcome = await lanes.run(requests, () => text, perSecond)
      const sample = samples[kind]
      sample.bad += failures(outcome)
      if (round < 0) continue
      sample.p50.push(outcome.latency.percentile(50) / 1000)
      sample.p99.push(outcome.latency.percentile(99) / 1000)
    }
  }
  return Object.fromEntries(
    MIRRORS.map(kind => {
      const { bad, p50, p99 } = samples[kind]
      return [kind, { bad, p50Ms: median(p50), p99Ms: median(p99) }]
    }),
  ) as Mirrored
}

const mirroring = (cluster: string) => ({
  ...emptyPlan(),
  upstream: {
    request: [
      {
        type: 'Mirror' as const,
        policy: `default/${cluster}`,
        cluster,
        fraction: { numerator: 1, denominator: 1 },
        timeoutMs: 1000,
      },
    ],
    response: [],
  },
})

interface Port extends AsyncDisposable {
  port: number
}

const listen = (server: Server, port = 0): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
  })

/** Takes connections and never says anything. */
async function startSilent(): Promise<Port> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket
      .on('error', () => {})
      .on('close', () => sockets.delete(socket))
      .resume()
  })
  const port = await listen(server)
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      if (server.listening) await new Promise(done => server.close(done))
    },
  }
}

/** Answers for `periodMs`, is gone for as long, and so on. */
async function startFlapping(periodMs: number): Promise<Port> {
  const sockets = new Set<Socket>()
  const ended = new AbortController()
  const start = (): Server =>
    createServer(socket => {
      sockets.add(socket)
      socket.on('error', () => {}).on('close', () => sockets.delete(socket))
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'))
    })
  let server = start()
  const port = await listen(server)
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    if (server.listening) await new Promise(done => server.close(done))
  }
  const flap = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      await setTimeout(periodMs, undefined, { signal: ended.signal })
      await stop()
      await setTimeout(periodMs, undefined, { signal: ended.signal })
      server = start()
      await listen(server, port)
    }
  }
  const flapping = flap().catch(error => {
    if ((error as Error).name !== 'AbortError') throw error
  })
  return {
    port,
    async [Symbol.asyncDispose]() {
      ended.abort()
      await flapping
      await stop()
    },
  }
}

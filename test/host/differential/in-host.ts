// Runs a scenario in the host.

import { toByteString } from '../core/bytes.ts'
import type { Headers } from '../core/headers.ts'
import { type Host, Host as HostOf, type Outcome, type Plugin, seeded, TestClock } from '../core/index.ts'
import { GRPC_CLUSTER } from './grpc-upstream.ts'
import { encodeProgram } from './program.ts'
import { framing, type Observed, type Pairs, type RunnerOptions, responseFraming, type Scenario } from './scenario.ts'

export interface InHost {
  run(scenario: Scenario, id: string): Promise<Observed>
}

/** What Envoy's clusters `backend`, `side` and `dead` do with calls: see `in-envoy.ts`. */
const CLUSTERS = {
  backend: {},
  side: {
    http: () => ({ status: 200, headers: { 'x-side': 'yes', 'content-length': '4' }, body: 'side' }),
  },
  grpc: GRPC_CLUSTER,
  dead: { http: () => 'no-host' as const },
}

const CLUSTER = { downstream: 'backend', upstream: 'filtered' } as const

const ROUTE = {
  name: 'the-route',
  metadata: { test: { answer: 42, name: 'value', list: ['a', 'b'], flag: true } },
}

export const hostRunner = async (wasm: Uint8Array, options: RunnerOptions = {}): Promise<InHost> => {
  const host: Host = await HostOf.load(wasm, {
    clusters: CLUSTERS,
    clock: new TestClock(),
    random: seeded(1),
    onTrap: options.onTrap ?? 'fail-reload',
  })
  const plugins: Record<Scenario['placement'], Plugin> = {
    downstream: host.plugin({
      name: 'probe',
      rootId: options.rootId ?? 'downstream',
      vmId: 'probe',
      configuration: options.configuration ?? 'probe',
    }),
    upstream: host.plugin({
      name: 'probe',
      rootId: options.rootId ?? 'upstream',
      vmId: 'probe',
      configuration: options.configuration ?? 'probe',
      placement: 'upstream',
    }),
  }
  return {
    run: async (scenario, id) => {
      const { request, response } = scenario
      const headers: Pairs = [
        [':authority', 'test.example'],
        [':path', request.path],
        [':method', request.method],
        [':scheme', 'http'],
        ['x-id', id],
        ['x-program', encodeProgram(scenario.program, id)],
        ...request.headers,
        // Envoy takes `transfer-encoding` off a request before any filter sees it.
        ...framing(scenario).filter(([name]) => name !== 'transfer-encoding'),
        ['x-forwarded-proto', 'http'],
      ]
      let builder = plugins[scenario.placement]
        .request(headers)
        .protocol('HTTP/1.1')
        .body(...request.body)
      if (request.trailers.length > 0) builder = builder.trailers(request.trailers)
      const exchange = await builder
        .route(headers =>
          headers.get(':path')?.startsWith('/') ? { ...ROUTE, cluster: CLUSTER[scenario.placement] } : null,
        )
        .answer({
          status: response.status,
          headers: [...response.headers, ...responseFraming(scenario)],
          body: response.body,
          ...(response.trailers.length > 0 && { trailers: response.trailers }),
        })
        .open()
      // Calls that nobody answers time out meanwhile.
      await host.clock.advance(150)
      const before = exchange.outcome()
      if (before.paused) await runCut(exchange)
      await host.clock.advance(0)
      return observed(exchange.outcome(), id, before.paused !== undefined)
    },
  }
}

const runCut = async (exchange: { cut(): Generator<Promise<number>, void, number> }): Promise<void> => {
  const work = exchange.cut()
  for (let step = work.next(); !step.done; step = work.next(await step.value));
}

const NOT_COMPARED = new Set(['transfer-encoding', 'connection', 'date', 'content-length'])

const wire = (headers: Headers): string[] => {
  const lines: string[] = []
  for (const [name, value] of headers) {
    // Whoever reads HTTP/1 drops the blanks around a value.
    if (!name.startsWith(':') && !NOT_COMPARED.has(name)) lines.push(`${name}: ${toByteString(value).trim()}`)
  }
  return lines
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

const observed = (outcome: Outcome, id: string, stuck: boolean): Observed => {
  const { upstream, response } = outcome
  return {
    log: outcome.logs.filter(line => line.message.startsWith(`#${id} `)).map(line => line.message.slice(id.length + 2)),
    // The backend of `in-envoy.ts` sees whole requests only.
    upstream: upstream?.complete
      ? {
          method: upstream.method,
          path: upstream.path,
          headers: [`host: ${upstream.authority}`, ...wire(upstream.headers)],
          body: latin1(upstream.body),
          trailers: upstream.trailers ? wire(upstream.trailers) : [],
        }
      : null,
    client: stuck
      ? 'nothing'
      : !response?.complete
        ? 'cut off'
        : {
            status: response.status,
            headers: wire(response.headers),
            body: latin1(response.body),
            trailers: response.trailers ? wire(response.trailers) : [],
          },
  }
}

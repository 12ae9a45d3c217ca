// Mirrors that do not answer, in Envoy: after five copies in a row that nobody answered, one a tick is tried.
import { createServer, type Server, type Socket } from 'node:net'
import { expect } from 'chai'
import type { Plan } from '../../filters/plan/plan.ts'
import type { StaticEnvoy } from '../envoy/static.ts'
import { call, startUpstream, type Upstream } from '../envoy/upstream.ts'
import { eventually } from '../eventually.ts'
import { emptyPlan, metrics, startSuite } from './suite.ts'

const MOST = 5
const DROPPED = 'sluice_mirror_dropped_total{reason="breaker"}'

const planTo = (...clusters: string[]): Plan => ({
  ...emptyPlan(),
  upstream: {
    request: clusters.map(cluster => ({
      type: 'Mirror' as const,
      policy: `default/${cluster}`,
      cluster,
      fraction: { numerator: 1, denominator: 1 },
      timeoutMs: 200,
    })),
    response: [],
  },
})

/** A backend that says the same to whatever comes, or nothing. */
async function startSaying(answer: string | undefined, port = 0): Promise<AsyncDisposable & { port: number }> {
  const sockets = new Set<Socket>()
  const server: Server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {}).on('data', () => answer !== undefined && socket.write(answer))
  })
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  return {
    port: (server.address() as { port: number }).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

describe('the breaker of mirrors, in Envoy', function () {
  this.timeout(30_000)
  let up: Upstream
  let other: Upstream

  beforeEach(async () => {
    up = await startUpstream()
    other = await startUpstream()
  })

  afterEach(async () => {
    await up[Symbol.asyncDispose]()
    await other[Symbol.asyncDispose]()
  })

  const start = (port: number): Promise<StaticEnvoy> =>
    startSuite([{ plan: planTo('copy', 'other') }], { clusters: { up: up.port, copy: port, other: other.port } })

  /** One after the other, each when the copy before has come to its end. */
  async function ask(envoy: StaticEnvoy, count: number, headers: Record<string, string> = {}): Promise<void> {
    for (let i = 0; i < count; i++) {
      expect((await call(envoy.port('main'), { method: 'POST', headers })).status).to.equal(200)
      await eventually(async () => {
        const stats = await envoy.admin('/stats?filter=^cluster.(copy|other).upstream_rq_active$')
        expect(stats)
          .to.match(/copy\S* 0\n/)
          .and.match(/other\S* 0\n/)
      })
    }
  }

  const tried = async (envoy: StaticEnvoy): Promise<number> =>
    Number((await envoy.admin('/stats?filter=^cluster.copy.(internal.upstream_rq_completed)$')).split(' ')[1])

  for (const [what, answer, headers] of [
    ['refuses connections', null, {}],
    ['refuses connections of gRPC', null, { 'content-type': 'application/grpc', te: 'trailers' }],
    ['never answers', undefined, {}],
  ] as const)
    it(`opens for one that ${what}, and for no other`, async () => {
      const copy = await startSaying(answer ?? undefined)
      if (answer === null) await copy[Symbol.asyncDispose]()
      try {
        await using envoy = await start(copy.port)
        const count = 3 * MOST
        await ask(envoy, count, headers)
        await eventually(async () => {
          const dropped = (await metrics(envoy))[DROPPED] ?? 0
          expect(dropped).to.be.greaterThan(0)
          expect(dropped + (await tried(envoy))).to.equal(count)
        })
        expect(await tried(envoy)).to.be.within(MOST, count - 1)
        expect(other.received).to.have.length(count)
      } finally {
        if (answer !== null) await copy[Symbol.asyncDispose]()
      }
    })

  it('closes when the backend is back', async () => {
    const gone = await startSaying('')
    await gone[Symbol.asyncDispose]()
    await using envoy = await start(gone.port)
    await ask(envoy, 2 * MOST)
    await using _back = await startSaying('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n', gone.port)
    const answered = async (): Promise<number> =>
      Number((await envoy.admin('/stats?filter=^cluster.copy.internal.upstream_rq_200$')).split(' ')[1] ?? 0)
    await eventually(async () => {
      await ask(envoy, 1)
      expect(await answered()).to.be.greaterThan(0)
    })
    const before = await answered()
    await ask(envoy, 2 * MOST)
    expect((await answered()) - before).to.equal(2 * MOST)
  })

  it('stays closed for a backend that answers 503 itself', async () => {
    await using copy = await startSaying('HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n')
    await using envoy = await start(copy.port)
    await ask(envoy, 3 * MOST)
    expect(await tried(envoy)).to.equal(3 * MOST)
  })
})

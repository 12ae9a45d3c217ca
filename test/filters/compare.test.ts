// Copies compared with their primaries in the real Envoy: by status, and by who was answered first.
import { expect } from 'chai'
import type { Plan } from '../../filters/plan/plan.ts'
import { type Answer, call, startUpstream } from '../envoy/upstream.ts'
import { eventually } from '../eventually.ts'
import { emptyPlan, metrics, startSuite } from './suite.ts'

const comparing = (compare: boolean, timeoutMs = 300): Plan => ({
  ...emptyPlan(),
  upstream: {
    request: [
      {
        type: 'Mirror',
        policy: 'default/m',
        cluster: 'copy',
        fraction: { numerator: 1, denominator: 1 },
        timeoutMs,
        ...(compare ? { compare } : {}),
      },
    ],
    response: [],
  },
})

const counted = (outcomes: Record<string, number>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(outcomes).map(([outcome, count]) => [
      `sluice_decisions_total{filter="mirror",policy="default/m",outcome="${outcome}",mode="Enforce"}`,
      count,
    ]),
  )

interface Case {
  primary: (answered: Promise<void>) => Promise<Answer>
  copy: (answered: Promise<void>) => Promise<Answer>
  body?: string
  outcomes: Record<string, number>
}

describe('a compared mirror', () => {
  const now = async (status: number): Promise<Answer> => ({ status })
  const once = async (other: Promise<void>, status: number): Promise<Answer> => {
    await other
    return { status }
  }
  const never = (): Promise<Answer> => new Promise(() => {})

  const cases: Record<string, Case> = {
    'same status, the copy later': {
      primary: () => now(200),
      copy: primary => once(primary, 200),
      outcomes: { 'same-status': 1, slower: 1 },
    },
    'another status, the copy first': {
      primary: copy => once(copy, 200),
      copy: () => now(500),
      outcomes: { 'other-status': 1, faster: 1 },
    },
    'a body, and the same error': {
      primary: () => now(503),
      copy: primary => once(primary, 503),
      body: 'text',
      outcomes: { 'same-status': 1, slower: 1 },
    },
    'a copy that Envoy gives up': {
      primary: () => now(200),
      copy: never,
      // A timeout is an answer of Envoy’s own to a call of a filter: 504.
      outcomes: { 'other-status': 1, slower: 1 },
    },
  }
  for (const [name, { primary, copy, body, outcomes }] of Object.entries(cases))
    it(`counts ${name}`, async () => {
      const primaryDone = Promise.withResolvers<void>()
      const copyDone = Promise.withResolvers<void>()
      await using up = await startUpstream(() => primary(copyDone.promise))
      await using shadow = await startUpstream(() => copy(primaryDone.promise))
      await using envoy = await startSuite([{ plan: comparing(true) }], {
        clusters: { up: up.port, copy: shadow.port },
      })
      /** Envoy has the copy's answer when its cluster has counted it. */
      const waitForCopy = async (): Promise<void> => {
        while (!/upstream_rq_completed: 1/.test(await envoy.admin('/stats?filter=cluster.copy.upstream_rq_completed')))
          await new Promise(resolve => setTimeout(resolve, 5))
        copyDone.resolve()
      }
      const [reply] = await Promise.all([
        call(envoy.port('main'), body === undefined ? {} : { method: 'POST', body }).then(reply => {
          primaryDone.resolve()
          return reply
        }),
        waitForCopy(),
      ])
      expect(reply.status).to.be.oneOf([200, 503])
      const all = counted({ mirrored: 1, ...outcomes })
      await eventually(async () => expect(await metrics(envoy)).to.deep.equal(all))
    })

  it('remembers 256 pairs, and counts those that later copies push out', async () => {
    await using up = await startUpstream()
    await using shadow = await startUpstream(never)
    await using envoy = await startSuite([{ plan: comparing(true, 60_000) }], {
      clusters: { up: up.port, copy: shadow.port },
    })
    await Promise.all(Array.from({ length: 256 }, () => call(envoy.port('main'))))
    await eventually(async () => expect(await metrics(envoy)).to.deep.equal(counted({ mirrored: 256 })))
    for (let i = 0; i < 4; i++) await call(envoy.port('main'))
    await eventually(async () =>
      expect(await metrics(envoy)).to.deep.equal(counted({ mirrored: 260, 'not-compared': 4 })),
    )
  })

  it('counts nothing of the kind where it was not asked for', async () => {
    await using up = await startUpstream()
    await using shadow = await startUpstream()
    await using envoy = await startSuite([{ plan: comparing(false) }], { clusters: { up: up.port, copy: shadow.port } })
    await call(envoy.port('main'))
    await shadow.nth(1)
    while (!/upstream_rq_completed: 1/.test(await envoy.admin('/stats?filter=cluster.copy.upstream_rq_completed')))
      await new Promise(resolve => setTimeout(resolve, 5))
    await eventually(async () => expect(await metrics(envoy)).to.deep.equal(counted({ mirrored: 1 })))
  })
})

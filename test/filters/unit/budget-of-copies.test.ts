// The bytes that copies may hold on one worker, spent in the middle of a piece of a body: the copy is dropped and counted, and
// others go on. That no other memory is touched is seen from inside (`white-box.test.ts`).
import { expect } from 'chai'
import { keyOf } from '../../../filters/plan/key.ts'
import type { Plan } from '../../../filters/plan/plan.ts'
import { PLAN_METADATA, UPSTREAM_ROOT } from '../../../filters/suite/names.ts'
import { hostOf } from '../../host/mocha/covered.ts'
import { countedIn } from '../counted.ts'
import { bytesOf, emptyPlan } from '../suite.ts'

/** Blocks of the pool, and the bytes of one. */
const BLOCKS = 4096
const BLOCK = 4072
/** More than what a copy holds beside its body. */
const HEAD = 300
const PIECE = 65_000

const routeOf = (request: Plan['upstream']['request']) => {
  const bytes = bytesOf({ ...emptyPlan(), upstream: { request, response: [] } })
  return { name: `r@${keyOf(bytes)}`, cluster: 'backend', typedMetadata: { [PLAN_METADATA]: bytes } }
}

describe('the budget of copies', function () {
  this.timeout(120_000)

  for (const left of [0, 1, 8, 15])
    it(`ends within a piece that needs 16 blocks when ${left} are left`, async () => {
      const host = await hostOf('suite', { clusters: { shadow: { http: () => ({}) } }, budget: 'none' })
      const plugin = host.plugin({ rootId: UPSTREAM_ROOT, placement: 'upstream' })
      const fraction = { numerator: 1, denominator: 1 }
      const mirrored = routeOf([{ type: 'Mirror', policy: 'a/m', cluster: 'shadow', fraction, timeoutMs: 1000 }])
      const edited = routeOf([
        { type: 'Headers', policy: 'b/h', set: [{ name: 'x-b', value: '1' }], add: [], remove: ['x-c'] },
      ])
      /** A client that falls silent within its body. */
      const upload = (...pieces: Uint8Array[]) =>
        plugin
          .request({ ':method': 'POST' })
          .route(() => mirrored)
          .body(...pieces)
          .trailers({ a: 'b' })
          .stall('request-body')
          .open()
      for (let blocks = BLOCKS - left; blocks > 0; blocks -= 250) {
        const bytes = Math.min(blocks, 250) * BLOCK - HEAD
        const pieces = Math.ceil(bytes / 16_000)
        await upload(...Array.from({ length: pieces }, (_, i) => new Uint8Array(Math.min(16_000, bytes - i * 16_000))))
      }
      // Its own head takes a block, if there is one.
      const last = await upload(new Uint8Array(PIECE).fill(0x42))
      expect(last.outcome().traps).to.deep.equal([])
      for (let i = 0; i < 3; i++) {
        const { upstream, traps } = await plugin
          .request({ 'x-c': '1' })
          .route(() => edited)
          .send()
        expect(traps).to.deep.equal([])
        expect([upstream?.headers.get('x-b'), upstream?.headers.has('x-c')]).to.deep.equal(['1', false])
      }
      expect(await countedIn(host)).to.deep.equal({
        'sluice_decisions_total;filter=headers;policy=b/h;outcome=applied;mode=Enforce': 3,
        'sluice_decisions_total;filter=mirror;policy=a/m;outcome=dropped;mode=Enforce': 1,
        'sluice_mirror_dropped_total;reason=budget': 1,
      })
    })
})

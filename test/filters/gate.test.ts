// The module's own gate: it takes every plan that can be encoded, and no bytes at all make it trap.

import { readFile } from 'node:fs/promises'
import { expect } from 'chai'
import fc from 'fast-check'
import type { Limit } from '../../filters/plan/plan.ts'
import { DOWNSTREAM_ROOT, PLAN_METADATA, UPSTREAM_ROOT, VM_ID } from '../../filters/suite/names.ts'
import { type Chain, Host, type Outcome } from '../host/core/index.ts'
import { plan } from './arbitrary.ts'
import { bytesOf, emptyPlan, suiteModule } from './suite.ts'

describe('the suite’s gate', () => {
  let host: Host
  let chain: Chain

  before(async () => {
    host = Host.loadNow(await readFile(await suiteModule()), { logLevel: 'critical' })
    chain = {
      downstream: [host.plugin({ rootId: DOWNSTREAM_ROOT, vmId: VM_ID })],
      upstream: [host.plugin({ rootId: UPSTREAM_ROOT, vmId: VM_ID, placement: 'upstream' })],
    }
  })

  const run = (bytes: Uint8Array, cluster = 'backend'): Outcome =>
    host
      .chain(chain)
      .request({ ':path': '/a/b?c=d', cookie: 'a=b', 'x-forwarded-for': '1.1.1.1, 2.2.2.2' })
      .body('some', 'body')
      .route({ cluster, typedMetadata: { [PLAN_METADATA]: bytes } })
      .sendNow()

  it('takes every plan that can be encoded', () => {
    fc.assert(
      fc.property(plan, one => {
        const { traps, localReply } = run(bytesOf(one), one.clusters[0]?.cluster)
        expect(traps).to.deep.equal([])
        expect(localReply?.status).to.not.equal(500)
      }),
      { numRuns: 500 },
    )
  })

  it('does not trap on any bytes, and answers 500 where it cannot read them', () => {
    const mutation = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }))
    fc.assert(
      fc.property(plan, fc.array(mutation, { minLength: 1, maxLength: 6 }), fc.nat(), (one, mutations, cut) => {
        const bytes = bytesOf(one)
        for (const [at, value] of mutations) bytes[at % bytes.length] = value
        expect(run(bytes).traps).to.deep.equal([])
        const part = bytes.slice(0, cut % bytes.length)
        if (part.length >= 8) new DataView(part.buffer).setUint32(4, part.length, true)
        expect(run(part).traps).to.deep.equal([])
      }),
      { numRuns: 1500 },
    )
  })

  it('refuses two limits of one name, which would be one bucket', () => {
    const limit: Limit = { name: 'aa', requests: 9, unitSeconds: 1, burst: 9, scope: 'Node', key: [{ type: 'Method' }] }
    const bytes = bytesOf({
      ...emptyPlan(),
      downstream: {
        request: [
          {
            type: 'RateLimit',
            policy: 'a/b',
            trustedHops: 0,
            limits: ['aa', 'bb', 'cc'].map(name => ({ ...limit, name })),
          },
        ],
        response: [],
      },
    })
    expect(run(bytes).localReply).to.equal(undefined)
    const text = Buffer.from(bytes).toString('latin1')
    for (const twice of ['bb', 'aa'])
      expect(run(Buffer.from(text.replace('cc', twice), 'latin1')).localReply?.status, twice).to.equal(500)
  })

  it('refuses what it does not know', () => {
    const bytes = bytesOf(emptyPlan())
    const withSection = (kind: number, flags: number): Uint8Array => {
      const longer = new Uint8Array([...bytes, kind, flags, 1, 0, 0, 0, 42])
      new DataView(longer.buffer).setUint32(4, longer.length, true)
      return longer
    }
    expect(run(bytes).localReply).to.equal(undefined)
    expect(run(withSection(99, 1)).localReply).to.equal(undefined)
    expect(run(withSection(99, 0)).localReply?.status).to.equal(500)
    expect(run(withSection(2, 1)).localReply?.status).to.equal(500)
  })
})

// Which plans count as one: those that differ in the letters of names, and no others.
import { readFile } from 'node:fs/promises'
import { expect } from 'chai'
import fc from 'fast-check'
import { createPreflight } from '../../controller/preflight/preflight.ts'
import { shapeOf } from '../../controller/preflight/shape.ts'
import { build } from '../../filters/build.mts'
import { decode } from '../../filters/plan/decode.ts'
import { encode } from '../../filters/plan/encode.ts'
import type { Op, Plan } from '../../filters/plan/plan.ts'
import { plan } from '../filters/arbitrary.ts'

const bytesOf = (value: Plan): Uint8Array => {
  const encoded = encode(value)
  if (!encoded.ok) throw new Error(JSON.stringify(encoded.faults))
  return encoded.bytes
}

/** The same plan of another rule, with filters of other names; all are as long as before. */
const renamed = (value: Plan): Plan => {
  const other = (name: string): string => name.replaceAll(/[a-z0-9]/g, 'q')
  const ops = <O extends Op>(list: readonly O[]): O[] => list.map(op => ({ ...op, policy: other(op.policy) }))
  const half = ({ request, response }: { request: readonly Op[]; response: readonly Op[] }) => ({
    request: ops(request),
    response: ops(response),
  })
  return {
    ...value,
    rule: other(value.rule),
    downstream: half(value.downstream),
    upstream: half(value.upstream),
    clusters: value.clusters.map(section => ({ ...section, ...half(section) })),
  } as unknown as Plan
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

describe('the shape of a plan', function () {
  this.timeout(60_000)

  it('is the same for one of another name of that length', () => {
    fc.assert(
      fc.property(plan, value => {
        expect(shapeOf(bytesOf(renamed(value)))).to.equal(shapeOf(bytesOf(value)))
      }),
    )
  })

  it('is another one for any other difference', () => {
    fc.assert(
      fc.property(plan, plan, (one, other) => {
        const isRenamed = text(bytesOf(renamed(one))) === text(bytesOf(renamed(other)))
        expect(shapeOf(bytesOf(one)) === shapeOf(bytesOf(other))).to.equal(isRenamed)
      }),
    )
    fc.assert(
      fc.property(plan, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, place, change) => {
        const bytes = bytesOf(value)
        const at = place % bytes.length
        const changed = Uint8Array.from(bytes)
        changed[at] = changed[at]! ^ change
        if (shapeOf(changed) !== shapeOf(bytes)) return
        const [before, after] = [decode(bytes), decode(changed)]
        if (!before.ok || !after.ok) throw new Error('a plan of the same shape cannot be read')
        const names = (of: Plan) => text(bytesOf(renamed(of)))
        expect(names(after.plan)).to.equal(names(before.plan))
      }),
      { numRuns: 2000 },
    )
  })

  it('is the bytes themselves where they are no plan', () => {
    for (const bytes of ['', 'x', 'SLP1', 'SLP1\u0008\0\0\0\u0001\0\u00ff\0\0\0abc'])
      expect(shapeOf(Buffer.from(bytes, 'latin1'))).to.equal(bytes)
    const whole = bytesOf(fc.sample(plan, { numRuns: 1, seed: 1 })[0]!)
    expect(shapeOf(whole.subarray(0, -1))).to.equal(text(whole.subarray(0, -1)))
  })

  it('is what the module’s verdict depends on', async () => {
    const suite = (await build('release')).find(({ module: name }) => name === 'suite')!
    const module = await readFile(suite.file)
    const [one, other] = [createPreflight(module), createPreflight(module)]
    fc.assert(
      fc.property(plan, value => {
        expect(other.check(bytesOf(renamed(value)))).to.deep.equal(one.check(bytesOf(value)))
      }),
      { numRuns: 200 },
    )
  })
})

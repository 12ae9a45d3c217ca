// A small seeded part of `npm run fuzz`, and the proof that a mismatch would be found and made small.
import { expect } from 'chai'
import { describeMismatch, fuzz } from './fuzz.ts'
import { headers } from './headers.ts'
import { random } from './random.ts'
import { runBatch } from './run.ts'
import { shrink } from './shrink.ts'
import type { Subject } from './subject.ts'
import { SUBJECTS, type SubjectName } from './subjects.ts'

describe('our filters against Envoy’s own', () => {
  for (const name of Object.keys(SUBJECTS) as SubjectName[])
    it(`${name}: 3,000 inputs come to the same, but for the written differences`, async () => {
      const { inputs, mismatch } = await fuzz(name, { count: 3000, seed: 20261123 })
      expect(mismatch && describeMismatch(mismatch)).to.equal(undefined)
      expect(inputs).to.equal(3000)
    }).timeout(120_000)

  it('finds a planted fault and makes it small', async () => {
    const faulty: Subject<Parameters<typeof headers.plan>[0]> = {
      ...headers,
      plan: config => headers.plan({ ...config, request: config.request.map(one => ({ ...one, remove: [] })) }),
    }
    const source = random(1)
    const cases = Array.from({ length: 60 }, () => {
      const config = headers.config(source)
      return { config, requests: Array.from({ length: 30 }, () => headers.request(source, config)) }
    })
    const { mismatches } = await runBatch(faulty, cases)
    expect(mismatches).to.not.have.length(0)
    const { config, requests } = await shrink(faulty, mismatches[0]!)
    const [edits] = config.request
    expect(config).to.have.property('response').with.length(0)
    expect([edits?.set, edits?.add, edits?.remove.length]).to.deep.equal([[], [], 1])
    expect(requests.map(request => request.headers.length)).to.deep.equal([1])
  }).timeout(120_000)
})

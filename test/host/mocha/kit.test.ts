// The kit's mocha half: snapshots and arbitraries, on the probe.
import { expect } from 'chai'
import fc from 'fast-check'
import { Host } from '../core/index.ts'
import { encodeProgram } from '../differential/program.ts'
import { probe } from '../fixtures/build.ts'
import * as arbitrary from './arbitraries.ts'
import { describeOutcome, useSnapshots } from './snapshots.ts'

describe('snapshots', () => {
  useSnapshots(import.meta.url)

  const request = async (program: Parameters<typeof encodeProgram>[0]) =>
    (await Host.load((await probe()).bytes, { clusters: { side: { http: () => 'never' } } }))
      .plugin()
      .request({ ':method': 'POST', 'x-id': 'a', 'x-program': encodeProgram(program) })
      .body('hello')

  it('show what became of a request', async () => {
    const r = await (
      await request({
        'request-headers': [
          ['add', 'request', 'x-a', '1'],
          ['increment', 0, 'hits', 1],
        ],
      })
    )
      .answer({ status: 201, headers: { 'x-b': ['1', '2'] }, body: 'world' })
      .send()
    expect(r).to.matchSnapshot()
  })

  it('show local replies and calls', async () => {
    const r = await (
      await request({
        'request-headers': [
          ['call', 'side', { ':method': 'GET', ':path': '/check', ':authority': 'side' }, '', 100],
          ['reply', 429, 'too many', 'slow down', { 'retry-after': '1' }, -1],
        ],
      })
    ).send()
    expect(r).to.matchSnapshot()
  })

  it('tell a difference', async () => {
    const r = await (await request({})).send()
    expect(describeOutcome(r)).to.include('upstream: POST / at example.com')
  })
})

describe('arbitraries', () => {
  it('make requests that pass through a filter untouched', async () => {
    const plugin = (await Host.load((await probe()).bytes)).plugin()
    await fc.assert(
      fc.asyncProperty(arbitrary.request(), async ({ headers, body }) => {
        const r = await plugin
          .request(headers)
          .body(...body)
          .send()
        expect(r.traps).to.deep.equal([])
        const sent = body.reduce((sum, chunk) => sum + chunk.length, 0)
        expect(r.upstream?.body.length).to.equal(sent)
        const plain = headers.filter(([name]) => name === 'x-a')
        expect(r.upstream?.headers.all('x-a')).to.have.length(plain.length)
      }),
      { numRuns: 200 },
    )
  })

  it('make paths that begin with a slash', () => {
    fc.assert(fc.property(arbitrary.path(), path => path.startsWith('/')))
  })
})

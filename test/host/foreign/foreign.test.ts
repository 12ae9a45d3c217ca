// Modules on other SDKs run in the host unchanged, and end as they do in Envoy. Needs npm and pip (HOST_FOREIGN=1): skipped
// otherwise.
import { readFile } from 'node:fs/promises'
import { expect } from 'chai'
import { envoyRunner, type InEnvoy } from '../differential/in-envoy.ts'
import { hostRunner } from '../differential/in-host.ts'
import type { Pairs, Scenario } from '../differential/scenario.ts'
import { buildForeign, FOREIGN } from './build.ts'

const scenario = (name: string, headers: Pairs, body: string[]): Scenario => ({
  name,
  placement: 'downstream',
  request: { method: body.length > 0 ? 'POST' : 'GET', path: '/', headers, body, trailers: [] },
  response: { status: 200, headers: [['x-b', '1']], body: ['hello world'], trailers: [] },
  program: {},
})

const SCENARIOS = [
  scenario('bare', [], []),
  scenario(
    'with headers',
    [
      ['x-a', '2'],
      ['x-a', '3'],
      ['x-b', 'b'],
      ['x-c', 'c'],
      ['x-c', 'd'],
    ],
    [],
  ),
  scenario('with bytes that are no UTF-8', [['x-a', '\u00fc\u00ff']], []),
  scenario('with a body', [['x-a', '2']], ['some body']),
  scenario('refused', [['x-a', '1']], []),
  scenario('refused with a body', [['x-a', '1']], ['some body']),
  scenario('after a refusal', [['x-a', '2']], []),
]

describe('modules on other SDKs', function () {
  this.timeout(300_000)

  before(function () {
    if (process.env.HOST_FOREIGN === undefined) this.skip()
  })

  for (const name of FOREIGN) {
    it(`${name} ends as in Envoy`, async () => {
      const file = await buildForeign(name)
      const options = { rootId: 'foreign', configuration: 'configured', logs: 'none' } as const
      const host = await hostRunner(await readFile(file), options)
      const envoy: InEnvoy = await envoyRunner(file, options)
      try {
        for (const [i, one] of SCENARIOS.entries()) {
          const inHost = await host.run(one, `i${i}`)
          const inEnvoy = await envoy.run(one, `i${i}`, inHost)
          expect(inHost, one.name).to.deep.equal(inEnvoy)
        }
      } finally {
        await envoy.stop()
      }
    })
  }
})

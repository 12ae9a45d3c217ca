// What each failure policy does to the request that traps and to those that follow, in the host and in Envoy.
import { expect } from 'chai'
import { probe } from '../fixtures/build.ts'
import { envoyRunner } from './in-envoy.ts'
import { hostRunner } from './in-host.ts'
import type { PhaseName } from './program.ts'
import type { Placement, Scenario } from './scenario.ts'

const scenario = (placement: Placement, phase?: PhaseName): Scenario => ({
  name: phase ?? 'good',
  placement,
  request: { method: 'POST', path: '/', headers: [], body: ['hello'], trailers: [] },
  response: { status: 200, headers: [], body: ['world'], trailers: [] },
  program: phase ? { [phase]: [['trap']] } : {},
})

const PHASES = ['request-headers', 'request-body', 'response-headers', 'response-body', 'log'] as const

describe('a trap ends in the host as in Envoy', function () {
  this.timeout(60_000)

  for (const onTrap of ['fail-closed', 'fail-open'] as const) {
    for (const placement of ['downstream', 'upstream'] as const) {
      for (const phase of PHASES) {
        it(`${onTrap}, ${placement}, in ${phase}`, async () => {
          const { bytes, file } = await probe()
          const options = { onTrap, logs: 'none' } as const
          const host = await hostRunner(bytes, options)
          const envoy = await envoyRunner(file, options)
          try {
            for (const [i, one] of [scenario(placement), scenario(placement, phase), scenario(placement)].entries()) {
              const inHost = await host.run(one, `i${i}`)
              const inEnvoy = await envoy.run(one, `i${i}`, inHost)
              expect({ upstream: inHost.upstream, client: inHost.client }, `request ${i + 1}`).to.deep.equal({
                upstream: inEnvoy.upstream,
                client: inEnvoy.client,
              })
            }
          } finally {
            await envoy.stop()
          }
        })
      }
    }
  }
})

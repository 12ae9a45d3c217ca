// Infrastructure of processes: it ends when it is told to, whatever it waits for.
import { expect } from 'chai'
import type { GatewayNeeds } from '../../controller/infra/infrastructure.ts'
import { poolOf } from '../../controller/infra/process/pool.ts'
import { processInfrastructure } from '../../controller/infra/process/process.ts'
import type { EnvoySpec } from '../../controller/infra/process/protocol.ts'
import type { ApiClient } from '../../controller/sources/kube/api.ts'
import { until } from './until.ts'

const need: GatewayNeeds = {
  id: 'a/g',
  gateway: {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'g', namespace: 'a', uid: 'u' },
  },
  ...{ asked: [], ports: [{ port: 80, protocol: 'TCP' }], labels: {}, annotations: {} },
}

const start = (request: () => Promise<never>) => {
  const sets: (readonly EnvoySpec[])[] = []
  const failures: string[] = []
  const infrastructure = processInfrastructure({
    client: { request } as unknown as ApiClient,
    pool: poolOf(['10.97.0.0/24']),
    keeper: {
      setEnvoys: async envoys => {
        sets.push(envoys)
      },
      announce: (_, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    },
    announced: () => undefined,
    xdsSocket: '/nowhere',
    service: () => undefined,
    failed: what => failures.push(what),
  })
  const end = new AbortController()
  infrastructure.want([need])
  return { sets, failures, end, run: infrastructure.run(end.signal) }
}

describe('infrastructure of processes', () => {
  it('ends while the API server does not answer', async () => {
    let asked = 0
    const { end, run } = start(() => {
      asked++
      return new Promise(() => undefined)
    })
    await until(() => asked > 0)
    end.abort()
    await run
  })

  it('names the Envoy of a Gateway for which nothing can be made: one that runs goes on', async () => {
    const { sets, failures, end, run } = start(async () => {
      throw new Error('no')
    })
    await until(() => sets.length > 0)
    expect(sets[0]).to.deep.equal([{ id: 'a/g' }])
    expect(failures).to.include('infrastructure of Gateway a/g')
    end.abort()
    await run
  })
})

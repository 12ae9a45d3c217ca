// Infrastructure of processes: for each Gateway one Envoy on this machine with an address of the pool. In: the Gateways
// that are served, the Services of ours as they are watched. Out: per Gateway a ServiceAccount and a Service, and the
// whole set of Envoys, told to the keeper that runs them. A Gateway's address is the one that its Service records: any
// replica reads it there, only the leader writes.
import { isDeepStrictEqual } from 'node:util'
import type { KubeObject } from '../../model/object.ts'
import type { ApiClient } from '../../sources/kube/api.ts'
import { backoff, pause } from '../../sources/kube/backoff.ts'
import type { GatewayAddresses } from '../../translate/placement.ts'
import type { Claimant, GatewayNeeds, Infrastructure } from '../infrastructure.ts'
import { type Applied, applyOwned } from './apply.ts'
import { ingressOf, type OwnedObject, objectName, recordedAddresses, serviceAccountFor, serviceFor } from './objects.ts'
import { allocate, type Claim, type Pool } from './pool.ts'
import type { EnvoySpec, KeeperClient } from './protocol.ts'
import { tokensOf } from './tokens.ts'

export interface ProcessOptions {
  client: ApiClient
  pool: Pool
  keeper: Pick<KeeperClient, 'setEnvoys' | 'announce'>
  /** The keeper knows of us; each time anew, when it was started again. */
  announced(): void
  /** The unix socket of this replica's xDS server. */
  xdsSocket: string
  /** As it is watched. */
  service(namespace: string, name: string): KubeObject | undefined
  failed(what: string, error: unknown): void
  /** Tokens are renewed and everything is looked at again after this long. */
  everyMs?: number
}

export const processInfrastructure = (options: ProcessOptions): Infrastructure => {
  const { client, pool, keeper, service } = options
  const tokens = tokensOf(client, error => options.failed('token', error))
  let wanted: readonly GatewayNeeds[] | undefined
  let wake: () => void = () => {}
  let lastRound = Number.NEGATIVE_INFINITY
  const waits = backoff(100, 3_000)

  const serviceOf = ({ gateway }: Claimant): KubeObject | undefined =>
    service(gateway.metadata.namespace ?? '', objectName(gateway.metadata.name))

  const allocation = (claimants: readonly Claimant[]): ReadonlyMap<string, GatewayAddresses> =>
    allocate(
      pool,
      claimants.toSorted(byAge).map((need): Claim => {
        const held = recordedAddresses(serviceOf(need), need.gateway)
        return { id: need.id, asked: need.asked, held }
      }),
    )

  const addresses: Infrastructure['addresses'] = claimants => {
    const result = new Map<string, GatewayAddresses>()
    const given = allocation(claimants)
    for (const need of claimants) {
      const own = given.get(need.id)
      const isWritten = isDeepStrictEqual(own?.addresses, recordedAddresses(serviceOf(need), need.gateway))
      if (own && (own.problem || isWritten)) result.set(need.id, own)
    }
    return result
  }

  const demand = (result: Applied): void => {
    if (result.type === 'foreign') throw new Error(result.message)
  }

  /** Its Envoy, once everything else is there. */
  const prepare = async (need: GatewayNeeds, given: readonly string[]): Promise<EnvoySpec> => {
    const { namespace = '', name } = need.gateway.metadata
    const account = objectName(name)
    const core = `/api/v1/namespaces/${namespace}`
    demand(await applyOwned(client, `${core}/serviceaccounts`, serviceAccountFor(need), undefined))
    const seen = serviceOf(need) as OwnedObject | undefined
    demand(await applyOwned(client, `${core}/services`, serviceFor(need, given), seen))
    const status = ingressOf(given)
    if (!isDeepStrictEqual((seen?.status as typeof status | undefined)?.loadBalancer, status.loadBalancer))
      await client.request('PATCH', `${core}/services/${account}/status`, {
        contentType: 'application/merge-patch+json',
        body: { status },
      })
    const token = await tokens.tokenFor(namespace, account, need.gateway.metadata.uid ?? '')
    return { id: need.id, ...(token === undefined ? {} : { token }) }
  }

  const reconcile = async (needs: readonly GatewayNeeds[]): Promise<void> => {
    const given = allocation(needs)
    let failures = 0
    const specs = await Promise.all(
      needs.map(async (need): Promise<EnvoySpec[]> => {
        const own = given.get(need.id)
        if (!own?.addresses) return []
        try {
          return [await prepare(need, own.addresses)]
        } catch (error) {
          failures++
          options.failed(`infrastructure of Gateway ${need.id}`, error)
          // Named without a token: an Envoy that runs goes on.
          return [{ id: need.id }]
        }
      }),
    )
    await keeper.setEnvoys(specs.flat())
    if (failures > 0) throw new Error(`${failures} Gateways have to wait`)
    waits.reset()
  }

  const reconcileLoop = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      const woken = new AbortController()
      wake = () => woken.abort()
      let wait = options.everyMs ?? 30_000
      lastRound = performance.now()
      try {
        // An API server that does not answer holds up nobody who wants to end.
        if (wanted) await unlessAborted(reconcile(wanted), signal)
      } catch (error) {
        options.failed('infrastructure', error)
        wait = waits.next()
      }
      await pause(wait, AbortSignal.any([signal, woken.signal]))
    }
  }

  /** A keeper that was started again knows nothing: it is told anew who serves and what is to run. */
  const announceLoop = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      try {
        const { closed } = await keeper.announce(options.xdsSocket, signal)
        options.announced()
        wake()
        await closed
      } catch (error) {
        if (!signal.aborted) options.failed('keeper of Envoys', error)
      }
      await pause(200, signal)
    }
  }

  return {
    addresses,
    want: needs => {
      const isNew = !isDeepStrictEqual(needs, wanted)
      wanted = needs
      // Somebody took the Service of a Gateway away: made anew at once, but not in a tight loop.
      const isBare = addresses(needs).size < needs.length && performance.now() - lastRound > 1_000
      if (isNew || isBare) wake()
    },
    admits: async (id, token) => {
      const [namespace = '', name = ''] = id.split('/')
      const isAdmitted = await tokens.admits(token, namespace, objectName(name))
      if (!isAdmitted && performance.now() - lastRound > 1_000) wake()
      return isAdmitted
    },
    run: async signal => {
      await Promise.all([reconcileLoop(signal), announceLoop(signal)])
    },
  }
}

/** Resolves when the work has been done, or the signal comes; nothing of it stays behind. */
const unlessAborted = (work: Promise<void>, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const stop = () => resolve()
    signal.addEventListener('abort', stop)
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })

/** The older Gateway keeps an address that two claim. */
const byAge = (a: Claimant, b: Claimant): number => {
  const key = ({ id, gateway }: Claimant): string => `${gateway.metadata.creationTimestamp ?? ''} ${id}`
  return key(a) < key(b) ? -1 : 1
}

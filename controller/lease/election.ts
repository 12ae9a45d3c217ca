// Leader election on one Lease: only the leader writes status, every replica serves. In: the Lease as it is read, our
// own clock. Out: whether we lead, now. Times of other machines are never compared with ours: a Lease counts as
// abandoned when *we* have not seen it change for as long as it says it lasts (as client-go does).
import { isConflict, isMissing } from '../sources/kube/api.ts'
import { pause } from '../sources/kube/backoff.ts'
import { type Lease, type Leases, microTime } from './lease.ts'

export interface ElectionOptions {
  leases: Leases
  namespace: string
  name: string
  /** Unique among replicas, also over restarts. */
  identity: string
  /** How long a Lease that nobody renews lasts. */
  durationMs: number
  /** Between two tries. A leader that could not renew for `durationMs - 2 * everyMs` steps down by itself. */
  everyMs: number
  onChange(isLeader: boolean): void
  failed(error: unknown): void
  /** Whether a holder is known to be dead: its Lease need not run out. Default: nobody is. */
  isGone?(identity: string): Promise<boolean>
  /** Milliseconds, monotonic. */
  clock?: () => number
  /** Milliseconds since 1970: what is written. */
  now?: () => number
}

export interface Election {
  readonly isLeader: boolean
  /** Runs until the signal; gives the Lease back then, so that another one need not wait. */
  run(signal: AbortSignal): Promise<void>
}

/** What we saw last, and when it last changed. */
export interface Sighting {
  record: string
  at: number
}

export type Move = 'renew' | 'take' | 'wait'

const recordOf = ({ spec }: Lease): string =>
  JSON.stringify([spec.holderIdentity ?? '', spec.renewTime ?? '', spec.leaseTransitions ?? 0])

export const sight = (lease: Lease, last: Sighting | undefined, clock: number): Sighting => {
  const record = recordOf(lease)
  return record === last?.record ? last : { record, at: clock }
}

export const moveFor = (lease: Lease, seen: Sighting, identity: string, clock: number): Move => {
  const { holderIdentity = '', leaseDurationSeconds = 0 } = lease.spec
  if (holderIdentity === identity) return 'renew'
  if (holderIdentity === '' || clock - seen.at > leaseDurationSeconds * 1000) return 'take'
  return 'wait'
}

export const election = (options: ElectionOptions): Election => {
  const { leases, namespace, name, identity, durationMs, everyMs } = options
  const clock = options.clock ?? (() => performance.now())
  const now = options.now ?? Date.now
  const isGone = options.isGone ?? (async () => false)
  let isLeader = false
  let seen: Sighting | undefined
  let renewed = Number.NEGATIVE_INFINITY

  const lead = (leads: boolean): void => {
    if (leads === isLeader) return
    isLeader = leads
    options.onChange(leads)
  }

  const holding = (transitions: number, acquireTime: string | undefined): Lease['spec'] => ({
    holderIdentity: identity,
    leaseDurationSeconds: Math.ceil(durationMs / 1000),
    acquireTime: acquireTime ?? microTime(now()),
    renewTime: microTime(now()),
    leaseTransitions: transitions,
  })

  const create = (): Promise<Lease> =>
    leases.create({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace },
      spec: holding(0, undefined),
    })

  /** Whether we hold it after this. */
  const attempt = async (): Promise<boolean> => {
    let lease: Lease
    try {
      lease = await leases.get(name)
    } catch (error) {
      if (!isMissing(error)) throw error
      await create()
      return true
    }
    seen = sight(lease, seen, clock())
    const move = moveFor(lease, seen, identity, clock())
    if (move === 'wait' && !(await isGone(lease.spec.holderIdentity ?? ''))) return false
    const { leaseTransitions = 0, acquireTime } = lease.spec
    const spec = move === 'renew' ? holding(leaseTransitions, acquireTime) : holding(leaseTransitions + 1, undefined)
    await leases.update({ ...lease, spec })
    return true
  }

  const giveBack = async (): Promise<void> => {
    const lease = await leases.get(name)
    if (lease.spec.holderIdentity !== identity) return
    await leases.update({ ...lease, spec: { ...lease.spec, holderIdentity: '', renewTime: microTime(now()) } })
  }

  return {
    get isLeader() {
      return isLeader
    },
    run: async signal => {
      while (!signal.aborted) {
        const begun = clock()
        try {
          const holds = await attempt()
          if (holds) renewed = begun
          lead(holds)
        } catch (error) {
          // A conflict means that another one wrote first: the next look tells who.
          if (!isConflict(error)) options.failed(error)
          if (clock() - renewed > durationMs - 2 * everyMs) lead(false)
        }
        await pause(everyMs - (clock() - begun), signal)
      }
      const led = isLeader
      lead(false)
      if (led) await giveBack().catch(options.failed)
    },
  }
}

// What each replica's Envoys acknowledged, in an annotation of the replica's own Lease: the leader writes status, but
// an Envoy speaks to one replica only. In: this replica's acknowledgements. Out: those of the others that live.
import { isConflict, isMissing } from '../sources/kube/api.ts'
import { pause } from '../sources/kube/backoff.ts'
import { type Lease, type Leases, microTime } from './lease.ts'

/**
 * Gateways by `namespace/name`, with the generation that all Envoys of it that are connected to the replica
 * acknowledged; 0 while one of them has not. A replica without an Envoy of a Gateway does not name it.
 */
export type Acknowledged = ReadonlyMap<string, number>

export const ANNOTATION = 'sluice.dev/acknowledged'
const LABEL = 'sluice.dev/replica-of'

export const encode = (acknowledged: Acknowledged): string =>
  JSON.stringify(Object.fromEntries([...acknowledged].sort(([a], [b]) => (a < b ? -1 : 1))))

/** Total: what another version wrote, or a person, counts as nothing. */
export const decode = (text: string | undefined): Acknowledged => {
  try {
    const entries = Object.entries(JSON.parse(text ?? '{}') as Record<string, unknown>)
    return new Map(entries.filter((entry): entry is [string, number] => typeof entry[1] === 'number'))
  } catch {
    return new Map()
  }
}

/** Every replica that has Envoys of a Gateway must have seen them acknowledge: the smallest generation counts. */
export const combine = (all: Iterable<Acknowledged>): Acknowledged => {
  const combined = new Map<string, number>()
  for (const one of all)
    for (const [gateway, generation] of one)
      combined.set(gateway, Math.min(generation, combined.get(gateway) ?? Number.POSITIVE_INFINITY))
  return combined
}

export interface ReplicaOptions {
  leases: Leases
  namespace: string
  /** Of the group of replicas; one label value. */
  group: string
  identity: string
  /** Also how long a change takes at most until the leader sees it. */
  everyMs: number
  /** A Lease that did not change for this long belongs to a replica that is gone. */
  expiryMs: number
  /** Called when what the others acknowledged has changed. */
  onChange(): void
  failed(error: unknown): void
  /** Whether a replica is known to be dead: nobody waits until its Lease has expired. Default: nobody is. */
  isGone?(identity: string): Promise<boolean>
  clock?: () => number
}

export interface Replica {
  publish(acknowledged: Acknowledged): void
  /** Others' and our own, combined. */
  acknowledged(): Acknowledged
  run(signal: AbortSignal): Promise<void>
}

export const replica = (options: ReplicaOptions): Replica => {
  const { leases, namespace, group, identity, everyMs, expiryMs } = options
  const clock = options.clock ?? (() => performance.now())
  const isGone = options.isGone ?? (async () => false)
  let own: Acknowledged = new Map()
  let others: readonly Acknowledged[] = []
  let othersText = ''
  let written: string | undefined
  let version: string | undefined
  let writtenAt = Number.NEGATIVE_INFINITY
  const seen = new Map<string, { version: string; at: number }>()
  let nextRead = 0
  let wake: () => void = () => {}

  const leaseWith = (text: string): Lease => ({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name: identity,
      namespace,
      labels: { [LABEL]: group },
      annotations: { [ANNOTATION]: text },
      ...(version === undefined ? {} : { resourceVersion: version }),
    },
    spec: {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(expiryMs / 1000),
      renewTime: microTime(Date.now()),
    },
  })

  /** The heartbeat is written three times before it would expire, a change at once. */
  const write = async (): Promise<void> => {
    const text = encode(own)
    if (text === written && clock() - writtenAt < expiryMs / 3) return
    try {
      version = (await (version === undefined ? leases.create(leaseWith(text)) : leases.update(leaseWith(text))))
        .metadata.resourceVersion
    } catch (error) {
      if (!isMissing(error) && !isConflict(error)) throw error
      // Somebody took it away, or wrote to it: begun anew with what is there.
      version = isMissing(error) ? undefined : (await leases.get(identity)).metadata.resourceVersion
      return write()
    }
    written = text
    writtenAt = clock()
  }

  /** However often our own Envoys acknowledge: one list in `everyMs`. */
  const readOthers = async (): Promise<void> => {
    if (performance.now() < nextRead) return
    nextRead = performance.now() + everyMs
    const alive: Lease[] = []
    for (const lease of await leases.list(`${LABEL}=${group}`)) {
      const { name, resourceVersion = '' } = lease.metadata
      if (name === identity) continue
      const last = seen.get(name)
      if (last?.version !== resourceVersion) seen.set(name, { version: resourceVersion, at: clock() })
      else if (clock() - last.at > expiryMs || (await isGone(name))) {
        seen.delete(name)
        await leases.remove(name)
        continue
      }
      alive.push(lease)
    }
    others = alive.map(lease => decode(lease.metadata.annotations?.[ANNOTATION]))
    const text = others.map(encode).join('\n')
    if (text !== othersText) options.onChange()
    othersText = text
  }

  return {
    publish: acknowledged => {
      const isNews = encode(acknowledged) !== encode(own)
      own = acknowledged
      if (isNews) wake()
    },
    acknowledged: () => combine([own, ...others]),
    run: async signal => {
      while (!signal.aborted) {
        const woken = new AbortController()
        wake = () => woken.abort()
        try {
          await write()
          await readOthers()
        } catch (error) {
          options.failed(error)
        }
        // At most one write per 100 ms, however often acknowledgements come.
        await pause(100, signal)
        await pause(nextRead - performance.now(), AbortSignal.any([signal, woken.signal]))
      }
      await leases.remove(identity).catch(() => undefined)
    },
  }
}

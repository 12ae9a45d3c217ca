// Everything about one proxy: what it should have, the Envoys that are it, what they rejected. Sets of resources and
// requests flow in; responses, acknowledged generations and rejections flow out.
import type { DeltaDiscoveryRequest } from '../../envoy/schema/envoy.gen.ts'
import { createQuarantine, type Rejection, type SavedQuarantine } from './quarantine.ts'
import { type Resource, type XdsType, xdsTypes } from './resource.ts'
import { createSession, type Session } from './session.ts'
import { type Snapshot, snapshotOf } from './snapshot.ts'
import type { DeltaResponse } from './wire.ts'

export interface ServedProxy {
  /** The whole of what is wanted; returns its generation, which grows with each call. */
  set(resources: readonly Resource[]): number
  connect(node: string, send: (response: DeltaResponse) => void): Connection
  status(): ProxyStatus
  save(): SavedQuarantine
  close(): void
}

export interface Connection {
  receive(request: DeltaDiscoveryRequest): void
  close(): void
}

export interface ProxyStatus {
  /** Of what is wanted; 0 before the first `set`. */
  generation: number
  /** By each Envoy that is connected, the last generation of which it has acknowledged everything that was not rejected. */
  envoys: { node: string; acknowledged: number }[]
  rejections: Rejection[]
}

export interface ProxyOptions {
  saved?: SavedQuarantine
  /** After an acknowledgement that completed a generation, a rejection, an Envoy that came or went. */
  onStatus(status: ProxyStatus): void
  onAnswer(answer: Answer): void
  /** How long routes wait for clusters that do not become warm. */
  patienceMs: number
  /** After which time what failed for a reason outside of it is sent again. */
  retryMs: number
}

export interface Answer {
  node: string
  xds: XdsType
  /** Envoy's words, when it rejects. */
  rejected?: string
}

interface Envoy {
  node: string
  session: Session
  acknowledged: number
}

export const createProxy = ({ saved, onStatus, onAnswer, patienceMs, retryMs }: ProxyOptions): ServedProxy => {
  const quarantine = createQuarantine(saved)
  const envoys = new Set<Envoy>()
  let wanted: readonly Resource[] = []
  let snapshot: Snapshot | undefined
  let generation = 0
  let toldRevision = quarantine.revision()
  let retryTimer: NodeJS.Timeout | undefined

  /** Sends what is due and draws the conclusions; called after everything that may have changed what is due. */
  const advance = (): void => {
    if (!snapshot) return
    pump(snapshot)
    while (quarantine.isSearching() && isIdle(snapshot)) {
      quarantine.settle()
      snapshot = snapshotOf(wanted, quarantine)
      pump(snapshot)
    }
    if (quarantine.isSearching()) return
    let isNews = toldRevision !== quarantine.revision()
    for (const envoy of envoys) {
      if (envoy.acknowledged === generation || !envoy.session.isSettled(snapshot)) continue
      envoy.acknowledged = generation
      isNews = true
    }
    if ([...envoys].every(({ acknowledged }) => acknowledged === generation)) quarantine.retain(snapshot.entries)
    if (quarantine.isPassing()) retryTimer ??= setTimeout(retry, retryMs).unref()
    if (isNews) tell()
  }

  const pump = (current: Snapshot): void => {
    for (const { session } of envoys) session.pump(current)
  }
  const isIdle = (current: Snapshot): boolean => [...envoys].every(({ session }) => session.isIdle(current))

  const retry = (): void => {
    retryTimer = undefined
    quarantine.retry()
    // Until the new attempt is answered nobody shall take its silence for success.
    for (const envoy of envoys) envoy.acknowledged = Math.min(envoy.acknowledged, generation - 1)
    snapshot = snapshotOf(wanted, quarantine)
    advance()
  }

  const tell = (): void => {
    toldRevision = quarantine.revision()
    onStatus(status())
  }

  const status = (): ProxyStatus => ({
    generation,
    envoys: [...envoys].map(({ node, acknowledged }) => ({ node, acknowledged })),
    rejections: quarantine.rejections(wanted),
  })

  /** What Envoy kept from an earlier stream and is still wanted, it once took. */
  const learn = (session: Session, types: readonly XdsType[]): void => {
    for (const type of types) {
      for (const [name, entry] of snapshot?.entries.get(type) ?? []) {
        if (entry.version !== undefined && session.versionOf(type, name) === entry.version)
          quarantine.accept(entry.resource)
      }
    }
  }

  const hear = ({ node, session }: Envoy, request: DeltaDiscoveryRequest): void => {
    const heard = session.receive(request)
    switch (heard.type) {
      case 'begin':
        learn(session, [heard.xds])
        break
      case 'ack':
        for (const { resource } of heard.entries) quarantine.accept(resource)
        onAnswer({ node, xds: heard.xds })
        break
      case 'nack':
        if (!quarantine.reject(heard.entries, heard.message)) {
          onAnswer({ node, xds: heard.xds, rejected: heard.message })
        }
        snapshot = snapshotOf(wanted, quarantine)
        break
      case 'subscription':
    }
    advance()
  }

  return {
    set: resources => {
      const isFirst = snapshot === undefined
      wanted = resources
      generation++
      snapshot = snapshotOf(wanted, quarantine)
      if (isFirst) for (const { session } of envoys) learn(session, xdsTypes)
      advance()
      return generation
    },
    connect: (node, send) => {
      const session = createSession({ send, onOverdue: advance, patienceMs })
      const envoy: Envoy = { node, session, acknowledged: 0 }
      envoys.add(envoy)
      tell()
      return {
        receive: request => hear(envoy, request),
        close: () => {
          session.end()
          if (!envoys.delete(envoy)) return
          tell()
          advance()
        },
      }
    },
    status,
    save: quarantine.save,
    close: () => {
      clearTimeout(retryTimer)
      for (const { session } of envoys) session.end()
      envoys.clear()
    },
  }
}

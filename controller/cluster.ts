// The controller of a cluster, put together: the app (app.ts) between an API server and the Envoys of this machine.
//
//   API server ─► kubeSource ─► app ─► xDS server ─► Envoys, one for each Gateway
//        ▲                       └─► status, events, infrastructure: the leader alone
//        └────────────────────────────────┘
import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import type { KubeConfig } from '@kubernetes/client-node'
import { createApp, type Outcome } from './app.ts'
import { type Module, systemCertificates } from './cli/machine.ts'
import { createEmitter } from './emit/emit.ts'
import { claimantsOf, needsOf } from './infra/needs.ts'
import { socketIn } from './infra/process/keeper.ts'
import { lastGood } from './infra/process/last-good.ts'
import { deadNeighbours, socketSweeper } from './infra/process/neighbours.ts'
import type { Pool } from './infra/process/pool.ts'
import { processInfrastructure } from './infra/process/process.ts'
import { keeperClient } from './infra/process/protocol.ts'
import { rejectionsIn } from './infra/process/rejections.ts'
import { election } from './lease/election.ts'
import { leasesOf } from './lease/lease.ts'
import { replica } from './lease/replica.ts'
import { type KubeObject, keyOf, keyOfObject, type ObjectKey } from './model/object.ts'
import type { Logger } from './observe/log.ts'
import type { Metrics } from './observe/metrics.ts'
import { createPreflight } from './preflight/preflight.ts'
import { createXdsServer } from './serve/server.ts'
import { connect } from './sources/kube/api.ts'
import { bundleReader } from './sources/kube/bundle.ts'
import { kubeSource, type Notice } from './sources/kube/source.ts'
import { statusWriter } from './status/kube.ts'
import { eventWriter } from './status/kube-events.ts'
import type { Snapshot } from './store/snapshot.ts'
import { inspectCertificate, inspectTrust } from './tls/inspect.ts'
import { referencesOf } from './translate/references.ts'

export interface ClusterOptions {
  config: KubeConfig
  controllerName: string
  /** Of our Leases. */
  namespace: string
  /** Of this replica; a name that a Lease may have. */
  identity: string
  pool: Pool
  /** Of the keeper of Envoys. */
  directory: string
  xdsSocket: string
  module: Module
  log: Logger
  /** Told of every event. */
  metrics: Pick<Metrics, 'xds' | 'status' | 'translated'>
  signal: AbortSignal
}

/** Expiry dates pass without an object changing. */
const CLOCK_MS = 30_000

/** A leader that gets no answer steps down before its Lease has run out. */
const LEASE_TIMEOUT_MS = 1_000

/** Runs until the signal. */
export const clusterController = async (options: ClusterOptions): Promise<void> => {
  const { controllerName, identity, namespace, log, signal } = options
  const client = connect(options.config)
  const leases = leasesOf(client, namespace, LEASE_TIMEOUT_MS)
  // One label value and the name of a Lease: short, and the same for all replicas of this name.
  const group = `sluice-${createHash('sha256').update(controllerName).digest('hex').slice(0, 8)}`
  const failed = (what: string, error: unknown): void => {
    if (!signal.aborted) log.warn(`${what}: ${(error as Error).message}`)
  }

  const source = kubeSource(client, {
    onLooked: () => app.refresh(),
    onStatus: key => writer.recheck(key),
    notice: notice => tell(log, notice),
  })
  const installed = bundleReader(client, {
    onChange: () => app.refresh(),
    failed: error => failed('version of the Gateway API', error),
  })
  const keeper = keeperClient(socketIn(options.directory), controllerName)
  const keyPairs = lastGood(keeper, error => failed('last good certificates', error))
  const infrastructure = processInfrastructure({
    client,
    pool: options.pool,
    keeper,
    announced: keyPairs.again,
    xdsSocket: options.xdsSocket,
    service: (at, name) => source.latest(keyOf('', 'Service', at, name)),
    failed,
  })
  const tellEvent = eventWriter({ client, controllerName, identity, failed: error => failed('event', error) })
  const writer = statusWriter({
    client,
    controllerName,
    latest: source.latest,
    resourceOf: source.resourceOf,
    written: tellEvent,
    failed: (key, error) => failed(`status of ${key}`, error),
  })
  const sockets = dirname(options.xdsSocket)
  const isGone = deadNeighbours(sockets)
  const sweep = socketSweeper(sockets, isGone)
  const acknowledgements = replica({
    leases,
    namespace,
    group,
    identity,
    // One list of Leases a second, at the API server, too, however late one of them comes there.
    everyMs: 1_500,
    expiryMs: 15_000,
    onChange: () => app.refresh(),
    failed: error => failed('Lease of this replica', error),
    isGone,
  })
  const leadership = election({
    leases,
    namespace,
    name: group,
    identity,
    // A leader that is lost is missed for less than five seconds.
    durationMs: 4_000,
    everyMs: 500,
    onChange: isLeader => {
      log.info(isLeader ? 'this replica leads' : 'this replica does not lead any more')
      writer.lead(isLeader)
      app.refresh()
    },
    failed: error => failed('election', error),
    isGone,
  })

  const rejections = rejectionsIn(join(options.directory, 'rejections', group))
  const server = createXdsServer({
    saved: rejections.read(),
    identify: async ({ cluster: proxy = '' }, metadata) => {
      const [shown = ''] = metadata.get('authorization')
      const token = String(shown).replace(/^Bearer /, '')
      return (await infrastructure.admits(proxy, token)) ? proxy : undefined
    },
    onStatus: (proxy, status) => {
      options.metrics.status(proxy, status)
      // Only the replica that its Envoys speak to knows.
      if ((server.status(proxy)?.envoys ?? []).length > 0) rejections.write(proxy, server.save()[proxy])
      app.heard(proxy)
    },
    onEvent: event => {
      options.metrics.xds(event)
      if (event.type === 'rejected') log.error({ xds: event.xds }, `Envoy of ${event.proxy} refused: ${event.message}`)
      else log.debug(event, `xds ${event.type}`)
    },
  })
  const preflight = createPreflight(options.module.bytes)
  const check = (plan: Uint8Array): string | undefined => {
    const verdict = preflight.check(plan)
    return verdict.ok ? undefined : verdict.reason
  }
  const emit = createEmitter({
    module: options.module.path,
    reusePort: false,
    accessLog: 'Stdout',
    systemCertificates: systemCertificates(),
  })

  const app = createApp({
    server,
    surroundings: (_, snapshot) => ({
      controllerName,
      ...(installed.bundle ? { bundleVersions: installed.bundle.versions, channel: installed.bundle.channel } : {}),
      placement: {
        type: 'PerGateway',
        portOffset: 0,
        addresses: infrastructure.addresses(claimantsOf(snapshot, controllerName)),
        binds: 'Reported',
      },
      unresolvedParents: 'Ignore',
      inspectCertificate,
      inspectTrust,
      preflight: check,
    }),
    emitterFor: () => emit,
    goodKeyPairs: await keyPairs.read(),
    isComplete: snapshot => source.want(referencesOf(snapshot, controllerName)) && installed.isRead,
    acknowledgedByAll: (here, snapshot) => {
      acknowledgements.publish(here)
      const everywhere = acknowledgements.acknowledged() as ReadonlyMap<ObjectKey, number>
      return newest(everywhere, programmedIn(snapshot, source.latest))
    },
    onTranslation: ({ snapshot, translation, milliseconds }: Outcome) => {
      options.metrics.translated(milliseconds)
      keyPairs.hold(translation.goodKeyPairs)
      writer.want(translation.statuses)
      if (leadership.isLeader) infrastructure.want(needsOf(claimantsOf(snapshot, controllerName), translation.proxies))
    },
  })

  await server.listen({ type: 'unix', path: options.xdsSocket })
  await source.start(app)
  const tick = (): void => {
    app.refresh()
    sweep().catch(error => failed('sockets of controllers', error))
  }
  const clock = setInterval(tick, CLOCK_MS)
  const running = Promise.all([
    installed.run(signal),
    leadership.run(signal),
    acknowledgements.run(signal),
    infrastructure.run(signal),
    keyPairs.run(signal),
  ])
  log.info({ controllerName, identity }, 'reading the cluster')
  await running
  clearInterval(clock)
  app.stop()
  writer.lead(false)
  await source.stop()
  await server.close()
  client.close()
}

/**
 * Generations that the cluster's own record says have been programmed: a controller that starts, or an Envoy that does,
 * takes nothing back that was true.
 */
const programmedIn = (
  snapshot: Snapshot,
  latest: (key: ObjectKey) => KubeObject | undefined,
): ReadonlyMap<ObjectKey, number> => {
  const found = new Map<ObjectKey, number>()
  for (const object of [...snapshot.list('Gateway'), ...snapshot.list('ListenerSet')]) {
    const key = keyOfObject(object)
    const { conditions = [] } = (latest(key)?.status ?? {}) as { conditions?: Programmed[] }
    const programmed = conditions.find(({ type, status }) => type === 'Programmed' && status === 'True')
    if (programmed?.observedGeneration !== undefined) found.set(key, programmed.observedGeneration)
  }
  return found
}

interface Programmed {
  type: string
  status: string
  observedGeneration?: number
}

const newest = (a: ReadonlyMap<ObjectKey, number>, b: ReadonlyMap<ObjectKey, number>): Map<ObjectKey, number> => {
  const result = new Map(a)
  for (const [key, generation] of b) result.set(key, Math.max(generation, result.get(key) ?? 0))
  return result
}

const tell = (log: Logger, notice: Notice): void => {
  if (notice.type === 'installed') log.info(`${notice.kind} is served as ${notice.version}`)
  else if (notice.type === 'missing') log.info(`not installed, served as empty: ${notice.kinds.join(', ')}`)
  else log.warn(`${notice.what}: ${(notice.error as Error).message}`)
}

// A controller without Envoys between a scripted API server and itself: source, app and status writer, put together as in
// controller/cluster.ts. In: a server. Out: what a test asks of it; `faults` decides what becomes of a write of a status.
import type { ServerResponse } from 'node:http'
import { createApp } from '../../controller/app.ts'
import type { KubeObject, ObjectKey } from '../../controller/model/object.ts'
import { connect } from '../../controller/sources/kube/api.ts'
import { usualPace } from '../../controller/sources/kube/reflector.ts'
import { kubeSource } from '../../controller/sources/kube/source.ts'
import { type StatusWriter, statusWriter } from '../../controller/status/kube.ts'
import type { Snapshot } from '../../controller/store/snapshot.ts'
import type { Asked, TestServer } from './api-server.ts'

export const OURS = 'sluice.dev/gateway-controller'

export interface Controller {
  writer: StatusWriter
  latest(key: ObjectKey): KubeObject | undefined
  /** Of the last translation. */
  readonly snapshot: Snapshot | undefined
  /** The source is told nothing more, and stops asking. */
  stop(): Promise<void>
}

export const startController = async (server: TestServer, random: () => number): Promise<Controller> => {
  const client = connect(server.config)
  let snapshot: Snapshot | undefined
  const source = kubeSource(client, {
    onLooked: () => app.refresh(),
    onStatus: key => writer.recheck(key),
    notice: () => undefined,
    pace: { ...usualPace, pageSize: 3, listEveryMs: 5, retryMs: 2, retryMaxMs: 10, random },
    discoverEveryMs: 1_000,
  })
  const writer = statusWriter({
    client,
    controllerName: OURS,
    latest: source.latest,
    resourceOf: source.resourceOf,
    written: () => undefined,
    failed: () => undefined,
    spacingMs: 5,
    width: 3,
  })
  const app = createApp({
    server: { set: () => 1, status: () => undefined },
    surroundings: () => ({
      controllerName: OURS,
      placement: { type: 'PerGateway', portOffset: 0, addresses: new Map(), binds: 'Reported' },
      unresolvedParents: 'Ignore',
      inspectCertificate: () => ({ problem: 'there is none' }),
      preflight: () => undefined,
    }),
    emitterFor: () => () => [],
    isComplete: () => source.want(new Set()),
    onTranslation: outcome => {
      snapshot = outcome.snapshot
      writer.want(outcome.translation.statuses)
    },
  })
  await source.start(app)
  return {
    writer,
    latest: source.latest,
    get snapshot() {
      return snapshot
    },
    stop: async () => {
      app.stop()
      writer.lead(false)
      await source.stop()
      client.close()
    },
  }
}

/** What an API server does with a write of a status, or what goes wrong with it. */
export type Fate = 'done' | 'late' | 'unanswered' | 'conflict' | 'missing' | 'busy'

/** Merge patches of `status` under a resourceVersion; `current` and `store` are the test's. */
export const statusWrites =
  (
    current: (path: string) => KubeObject | undefined,
    store: (path: string, object: KubeObject) => KubeObject,
    fateOf: () => Fate,
  ) =>
  ({ method, path, body }: Asked, response: ServerResponse): boolean => {
    if (method !== 'PATCH') return false
    const reply = (code: number, answer: unknown): void =>
      void response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    const fate = fateOf()
    const at = path.replace(/\/status$/, '')
    const stored = current(at)
    const { metadata, status } = body as { metadata: { resourceVersion: string; uid: string }; status: unknown }
    if (fate === 'busy') reply(429, { reason: 'TooManyRequests', message: 'later' })
    else if (!stored || fate === 'missing') reply(404, { reason: 'NotFound', message: 'not found' })
    else if (
      fate === 'conflict' ||
      metadata.resourceVersion !== stored.metadata.resourceVersion ||
      metadata.uid !== stored.metadata.uid
    )
      reply(409, { reason: 'Conflict', message: 'the object has been modified' })
    else {
      const written = store(at, { ...stored, status })
      if (fate === 'unanswered') response.destroy()
      else if (fate === 'late') setTimeout(() => reply(200, written), 15)
      else reply(200, written)
    }
    return true
  }

// What a cluster's API server sees of a controller: how often it writes statuses, counted by watching. In: a client and the
// folder of the API. Out: counts. And the table that shows them beside their targets.
import { getBorderCharacters, table } from 'table'
import { type ApiClient, errorOfEvent } from '../../../controller/sources/kube/api.ts'
import { quantile } from '../cpu.ts'

export interface ClusterFigures {
  routes: number
  /** From the Gateway's creation until its status counts all routes and each route is accepted. */
  attachMs: number
  /** Of the statuses of all routes, and of the Gateway. */
  routeWrites: number
  gatewayWrites: number
  /** From the write of a route to its first right answer. */
  writeMs: number[]
  /** Of the controller, in megabytes: `churned` after each fifth of the churn. */
  memory: { before: number; after: number; churned: number[]; peak: number }
}

interface Watched {
  type: string
  object: {
    metadata: { name: string; resourceVersion: string }
    status?: { parents?: { conditions?: { type: string; status: string }[] }[] }
  }
}

interface StatusWrites {
  ready: Promise<void>
  acceptedRoutes(): number
  writes(): Pick<ClusterFigures, 'routeWrites' | 'gatewayWrites'>
}

/** Nothing but statuses is written while it counts, but for what is created. */
export function statusWrites(client: ApiClient, folder: string, signal: AbortSignal): StatusWrites {
  const accepted = new Set<string>()
  const counts = { httproutes: 0, gateways: 0 }
  const note = (plural: keyof typeof counts, { type, object }: Watched): void => {
    if (type === 'ERROR') throw errorOfEvent(object)
    if (type !== 'MODIFIED') return
    counts[plural]++
    const all = (object.status?.parents ?? []).flatMap(({ conditions = [] }) => conditions)
    if (all.some(({ type, status }) => type === 'Accepted' && status === 'True')) accepted.add(object.metadata.name)
  }
  /** A server may end a watch whenever it likes, also for being slow to read it: the next one begins where that one ended. */
  const follow = async (plural: keyof typeof counts, started: () => void): Promise<void> => {
    const path = `${folder}/${plural}`
    const { body } = await client.request('GET', path)
    let { resourceVersion = '' } = (body as { metadata: { resourceVersion?: string } }).metadata
    started()
    try {
      while (!signal.aborted) {
        for await (const value of client.stream(path, { watch: 'true', resourceVersion }, 600_000, signal)) {
          const event = value as Watched
          note(plural, event)
          resourceVersion = event.object.metadata.resourceVersion
        }
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }
  const begin = (plural: keyof typeof counts) => new Promise<void>(done => void follow(plural, done))
  return {
    ready: Promise.all([begin('httproutes'), begin('gateways')]).then(() => undefined),
    acceptedRoutes: () => accepted.size,
    writes: () => ({ routeWrites: counts.httproutes, gatewayWrites: counts.gateways }),
  }
}

export function clusterTable({
  routes,
  attachMs,
  routeWrites,
  gatewayWrites,
  writeMs,
  memory,
}: ClusterFigures): string {
  const ms = (value: number): string => value.toFixed(0)
  const [p50, p99] = [quantile(writeMs, 0.5), quantile(writeMs, 0.99)]
  const rows = [
    ['', 'measured', 'target', 'others'],
    ['write of a route to right answer, p50 / p99 ms', `${ms(p50)} / ${ms(p99)}`, 'p99 < 200', ''],
    ['all attached to one Gateway, ms', ms(attachMs), '< 3000 (1,000)', 'Istio 2 s, Envoy Gateway 23 s (1,000)'],
    ['status writes, routes', String(routeWrites), `${routes}`, ''],
    ['status writes, Gateway', String(gatewayWrites), '< 20', 'Istio 311, Envoy Gateway 1,383 in all'],
    ['controller, MB: live', ms(memory.before), '< 400', 'Envoy Gateway reached 45 GB at 5,000'],
    [`… after ${writeMs.length} changes`, ms(memory.after), 'flat', ''],
    ...(memory.churned.length > 0
      ? [['… after each fifth of the churn', memory.churned.map(ms).join(' '), 'flat', '']]
      : []),
    ['… at most', ms(memory.peak), '', ''],
  ]
  const form = {
    border: getBorderCharacters('norc'),
    drawHorizontalLine: (line: number, lines: number) => line <= 1 || line === lines,
  }
  return `${routes} routes in a cluster\n${table(rows, form)}`
}

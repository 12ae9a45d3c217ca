// Whatever happens on the way, once nothing changes any more, each object has the status of its latest generation, nobody
// else's entry is lost, and the cache equals the server. Seeds choose what happens: changes of others between our reads and
// writes, watches that end, break, come late or are told 410, answers that are late, lost or untrue for a moment.
// `SEEDS=1000 npx mocha test/kube/settled.test.ts` tries more; `SEED=7` that one alone.
import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RouteParentStatus } from '../../controller/model/kinds.ts'
import { type KubeObject, keyOfObject } from '../../controller/model/object.ts'
import { type Random, random } from '../fuzz/random.ts'
import { startServer, type TestServer } from './api-server.ts'
import { type Controller, type Fate, OURS, startController, statusWrites } from './settled.ts'

const GROUP = 'gateway.networking.k8s.io'
const ROOT = `/apis/${GROUP}/v1`
const PLURALS = { GatewayClass: 'gatewayclasses', Gateway: 'gateways', HTTPRoute: 'httproutes' } as const
type Kind = keyof typeof PLURALS
const ROUTES = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
const THEIRS = 'other.example/controller'
const STEPS = 40
const PATIENCE_MS = 8_000

type Route = KubeObject & { status?: { parents?: RouteParentStatus[] } }

const collectionOf = (kind: Kind): string => `${ROOT}/${PLURALS[kind]}`
const pathOf = ({ kind, metadata: { namespace, name } }: KubeObject): string =>
  `${ROOT}/${namespace === undefined ? '' : `namespaces/${namespace}/`}${PLURALS[kind as Kind]}/${name}`

const gatewayClass: KubeObject = {
  apiVersion: `${GROUP}/v1`,
  kind: 'GatewayClass',
  metadata: { name: 'sluice', uid: 'class', generation: 1 },
  spec: { controllerName: OURS },
}
const gateway: KubeObject = {
  apiVersion: `${GROUP}/v1`,
  kind: 'Gateway',
  metadata: { name: 'web', namespace: 'a', uid: 'gateway', generation: 1 },
  spec: {
    gatewayClassName: 'sluice',
    listeners: [
      { name: 'http', protocol: 'HTTP', port: 80, allowedRoutes: { namespaces: { from: 'Same' } } },
      { name: 'more', protocol: 'HTTP', port: 81, allowedRoutes: { namespaces: { from: 'Same' } } },
    ],
  },
}
const routeOf = (name: string, uid: string): Route => ({
  apiVersion: `${GROUP}/v1`,
  kind: 'HTTPRoute',
  metadata: { name, namespace: 'a', uid, generation: 1 },
  spec: specOf('one.example', 'web'),
})
const specOf = (hostname: string, parent: string) => ({
  parentRefs: [{ group: GROUP, kind: 'Gateway', name: parent }],
  rules: [{ filters: [{ type: 'RequestRedirect', requestRedirect: { hostname, statusCode: 302 } }] }],
})

/** The cluster as others see and change it. */
const clusterOf = (server: TestServer) => {
  const stored = new Map<string, KubeObject>()
  const theirs = new Set<string>()
  const put = (object: KubeObject): KubeObject => {
    const kept = server.put(collectionOf(object.kind as Kind), object)
    stored.set(pathOf(object), kept)
    return kept
  }
  return {
    put,
    current: (path: string) => stored.get(path),
    route: (name: string) => stored.get(`${ROOT}/namespaces/a/httproutes/${name}`) as Route | undefined,
    all: () => [...stored.values()],
    /** Routes with an entry of another controller. */
    theirs,
    remove: (object: KubeObject) => {
      theirs.delete(object.metadata.name)
      stored.delete(pathOf(object))
      server.remove(collectionOf(object.kind as Kind), object.metadata.name)
    },
    respec: (object: KubeObject, spec: object) => {
      const { metadata } = object
      put({ ...object, metadata: { ...metadata, generation: (metadata.generation ?? 0) + 1 }, spec })
    },
  }
}
type Cluster = ReturnType<typeof clusterOf>

const entryOf = (controllerName: string): RouteParentStatus => ({
  parentRef: { group: GROUP, kind: 'Gateway', name: 'elsewhere' },
  controllerName,
  conditions: [],
})

/** What others do. */
const change = (cluster: Cluster, { pick, below }: Random, count: number): void => {
  const name = pick(ROUTES)
  const route = cluster.route(name)
  if (!route) return void cluster.put(routeOf(name, `uid-${count}`))
  const parents = route.status?.parents ?? []
  const others = parents.filter(({ controllerName }) => controllerName !== THEIRS)
  const acts: (() => void)[] = [
    () => cluster.respec(route, specOf(`${count}.example`, pick(['web', 'web', 'nowhere']))),
    () =>
      cluster.respec(gatewayIn(cluster), { ...(gateway.spec as object), gatewayClassName: pick(['sluice', 'none']) }),
    () => {
      cluster.theirs.add(name)
      cluster.put({ ...route, status: { parents: [...others, entryOf(THEIRS)] } })
    },
    () => cluster.put({ ...route, status: { parents: parents.filter(entry => entry.controllerName === THEIRS) } }),
    () => cluster.put({ ...route, metadata: { ...route.metadata, labels: { count: String(count) } } }),
    () => cluster.remove(route),
    () => {
      cluster.remove(route)
      cluster.put(routeOf(name, `uid-${count}`))
    },
  ]
  acts[below(acts.length)]?.()
}
const gatewayIn = (cluster: Cluster): KubeObject => cluster.current(pathOf(gateway)) ?? gateway

/** What goes wrong. */
const disturb = (server: TestServer, { pick }: Random): void =>
  pick([
    server.cut,
    server.endWatches,
    server.hold,
    server.release,
    () => {
      server.compact()
      server.cut()
    },
    () => server.bookmark(collectionOf('HTTPRoute')),
  ])()

/** What is not as it should be; undefined when all is. */
const complaint = (cluster: Cluster, { latest, snapshot }: Controller): string | undefined => {
  const served = (gatewayIn(cluster).spec as { gatewayClassName: string }).gatewayClassName === 'sluice'
  const routes = cluster.all().filter(({ kind }) => kind === 'HTTPRoute') as Route[]
  for (const object of cluster.all()) {
    const { resourceVersion } = object.metadata
    const known = latest(keyOfObject(object))?.metadata.resourceVersion
    if (known !== resourceVersion) return `the cache has ${pathOf(object)} at ${known}, not ${resourceVersion}`
  }
  const names = (snapshot?.list('HTTPRoute') ?? []).map(({ metadata }) => `${metadata.name} ${metadata.generation}`)
  const wanted = routes.map(({ metadata }) => `${metadata.name} ${metadata.generation}`).sort()
  if (names.join() !== wanted.join()) return `translated were ${names}, not ${wanted}`
  for (const route of routes) {
    const isTheirs = (route.status?.parents ?? []).some(({ controllerName }) => controllerName === THEIRS)
    if (isTheirs !== cluster.theirs.has(route.metadata.name)) return `${pathOf(route)} has lost an entry of another one`
    const parent = (route.spec as ReturnType<typeof specOf>).parentRefs[0]?.name
    const ours = (route.status?.parents ?? []).filter(({ controllerName }) => controllerName === OURS)
    const said = ours.flatMap(({ conditions }) => conditions.map(c => `${c.type} ${c.status} ${c.observedGeneration}`))
    const { generation } = route.metadata
    const right = served && parent === 'web' ? [`Accepted True ${generation}`, `ResolvedRefs True ${generation}`] : []
    if (said.join() !== right.join()) return `${pathOf(route)} says ${said}, not ${right}`
  }
  if (!served) return undefined
  const { status, metadata } = gatewayIn(cluster) as KubeObject & {
    status?: { listeners?: { attachedRoutes: number; conditions: { observedGeneration?: number }[] }[] }
  }
  const attached = routes.filter(({ spec }) => (spec as ReturnType<typeof specOf>).parentRefs[0]?.name === 'web').length
  for (const listener of status?.listeners ?? [undefined])
    if (listener?.attachedRoutes !== attached || listener.conditions[0]?.observedGeneration !== metadata.generation)
      return `the Gateway says ${JSON.stringify(listener)}, not ${attached} of generation ${metadata.generation}`
  return undefined
}

const FATES: readonly Fate[] = ['late', 'unanswered', 'conflict', 'missing', 'busy']

const play = async (seed: number): Promise<void> => {
  const choices = random(seed)
  const server = await startServer()
  const cluster = clusterOf(server)
  let isCalm = false
  const fateOf = (): Fate => (isCalm || !choices.once(3) ? 'done' : choices.pick(FATES))
  const write = statusWrites(cluster.current, (_, object) => cluster.put(object), fateOf)
  server.intercept = (asked, response: ServerResponse) => {
    const found = asked.method === 'GET' ? cluster.current(asked.path) : undefined
    if (!found) return write(asked, response)
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(found))
    return true
  }
  server.installed.set(
    `${GROUP}/v1`,
    Object.entries(PLURALS).map(([kind, plural]): [string, string] => [plural, kind]),
  )
  for (const object of [gatewayClass, gateway, ...ROUTES.map(name => routeOf(name, `uid-${name}`))]) cluster.put(object)
  const controller = await startController(server, () => choices.below(1_000) / 1_000)
  try {
    controller.writer.lead(true)
    for (let count = 0; count < STEPS; count++) {
      change(cluster, choices, count)
      if (choices.once(4)) disturb(server, choices)
      // A new leader looks at everything: what was lost before would not show.
      if (count < STEPS / 2 && choices.once(6)) controller.writer.lead(choices.once(2))
      if (count === STEPS / 2) controller.writer.lead(true)
      await sleep(choices.below(6))
    }
    isCalm = true
    server.release()
    const end = performance.now() + PATIENCE_MS
    for (let found = complaint(cluster, controller); found; found = complaint(cluster, controller)) {
      if (performance.now() > end) throw new Error(`seed ${seed}: ${found}`)
      await sleep(5)
    }
  } finally {
    await controller.stop()
    await server.close()
  }
}

describe('a cluster that nobody changes any more', () => {
  const { SEED, SEEDS = '20' } = process.env
  const seeds = SEED === undefined ? Array.from({ length: Number(SEEDS) }, (_, n) => n + 1) : [Number(SEED)]
  for (const seed of seeds)
    it(`is as it should be, whatever happened before (seed ${seed})`, async () => {
      await play(seed)
    })
})

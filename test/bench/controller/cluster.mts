// `npm run bench:controller -- --cluster` inside of the rig's network: `node cluster.mts LOGS ROUTES CHANGES CHURN` prints JSON.
// All routes wait for their Gateway, which comes last; then one of them changes, again and again; then, for CHURN seconds, any
// of them does, or goes and comes again. The API server's time counts.
import { readdirSync, readFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { KubeConfig } from '@kubernetes/client-node'
import { parse, parseAllDocuments } from 'yaml'
import { type ApiClient, connect } from '../../../controller/sources/kube/api.ts'
import { adminKubeconfig, startStack } from '../../conformance/stack.mts'
import { ask, backend, echoBackend } from '../../run/world.ts'
import { type ClusterFigures, statusWrites } from './cluster-figures.ts'
import { memoryOf } from './live.ts'
import { CHANGING, ROUTES_PER_BACKEND, routeText, targetOf, VERSION_HEADER } from './world.ts'

const [logs = '', routesText = '', changesText = '', churnText = ''] = process.argv.slice(2)
const routes = Number(routesText)
const changes = Number(changesText)
const churnMs = Number(churnText) * 1000

const GATEWAY_API = '/apis/gateway.networking.k8s.io/v1/namespaces/default'
const BACKENDS = '/apis/sluice.dev/v1alpha1/namespaces/default/backends'
/** Requests to the API server at a time. */
const LANES = 16
/** Changes of routes a second while there is churn. */
const CHURN_RATE = 25

const GATEWAY = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  metadata: { name: 'web', namespace: 'default' },
  spec: { gatewayClassName: 'sluice', listeners: [{ name: 'http', protocol: 'HTTP', port: 80 }] },
}

interface GatewayStatus {
  status?: { addresses?: { value: string }[]; listeners?: { attachedRoutes: number }[] }
}

const progress = (text: string): void => void process.stderr.write(`${routes} routes in a cluster: ${text}\n`)

async function run(): Promise<ClusterFigures> {
  const config = new KubeConfig()
  config.loadFromFile(await adminKubeconfig())
  const client = connect(config)
  const stack = await startStack(logs, { program: 'built' })
  try {
    await using echo = await echoBackend('echo')
    progress('creating')
    await createRoutes(client, echo.port)
    const stop = new AbortController()
    const counted = statusWrites(client, GATEWAY_API, stop.signal)
    await counted.ready
    progress('attaching')
    const begun = performance.now()
    await client.request('POST', `${GATEWAY_API}/gateways`, { body: GATEWAY })
    await until(async () => (await gatewayStatus(client)).listeners?.[0]?.attachedRoutes === routes)
    await until(async () => counted.acceptedRoutes() === routes)
    const attachMs = performance.now() - begun
    // What comes late counts, too.
    await sleep(5_000)
    stop.abort()
    const address = (await gatewayStatus(client)).addresses?.[0]?.value ?? ''
    const pid = controllerPid()
    const before = memoryOf(pid).now
    const writeMs = await change(client, address)
    const after = memoryOf(pid).now
    const churned = await churn(client, pid)
    const { peak } = memoryOf(pid)
    return { routes, attachMs, ...counted.writes(), writeMs, memory: { before, after, churned, peak } }
  } finally {
    await stack.stop()
    client.close()
  }
}

async function createRoutes(client: ApiClient, port: number): Promise<void> {
  const count = Math.ceil(routes / ROUTES_PER_BACKEND)
  for (let n = 0; n < count; n++) {
    const [document] = parseAllDocuments(backend(`backend-${n}`, port))
    await client.request('POST', BACKENDS, { body: document?.toJSON() })
  }
  let next = 0
  const lane = async () => {
    for (let n = next++; n < routes; n = next++) {
      await client.request('POST', `${GATEWAY_API}/httproutes`, { body: parse(routeText(n, 'hosts', 0)) })
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}

async function change(client: ApiClient, address: string): Promise<number[]> {
  const { host, path } = targetOf(CHANGING, 'hosts')
  const url = `http://${address}${path}`
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const answer = () => ask(url, { agent, headers: { host } }).catch(() => undefined)
  await until(async () => (await answer())?.status === 200)
  const samples: number[] = []
  for (let version = 1; version <= changes; version++) {
    if (version % 20 === 0) progress(`change ${version} of ${changes}`)
    await sleep(50 + Math.random() * 100)
    const { spec } = parse(routeText(CHANGING, 'hosts', version)) as { spec: object }
    const begun = performance.now()
    const written = client.request('PATCH', `${GATEWAY_API}/httproutes/r${CHANGING}`, {
      body: { spec },
      contentType: 'application/merge-patch+json',
    })
    await until(async () => (await answer())?.headers[VERSION_HEADER] === String(version))
    samples.push(performance.now() - begun)
    await written
  }
  agent.destroy()
  return samples
}

/** Megabytes after each fifth of the time. */
async function churn(client: ApiClient, pid: number): Promise<number[]> {
  const begun = performance.now()
  const samples: number[] = []
  const waiting = new Set<Promise<void>>()
  for (let n = 1; performance.now() - begun < churnMs; n++) {
    const step = changeAny(client, n).finally(() => waiting.delete(step))
    waiting.add(step)
    await sleep(Math.max(0, begun + (n * 1000) / CHURN_RATE - performance.now()))
    if (waiting.size >= LANES) await Promise.race(waiting)
    const fifths = Math.floor(((performance.now() - begun) / churnMs) * 5)
    if (fifths <= samples.length) continue
    samples.push(memoryOf(pid).now)
    progress(`churn: ${n} changes, ${samples.at(-1)?.toFixed(0)} MB`)
  }
  await Promise.all(waiting)
  return samples
}

/** Two of three change, the third goes and comes again; those that change are others than those that go. */
async function changeAny(client: ApiClient, n: number): Promise<void> {
  const third = Math.floor(routes / 3)
  const route = (n % 3) * third + Math.floor(Math.random() * third)
  const path = `${GATEWAY_API}/httproutes`
  const body = parse(routeText(route, 'hosts', n)) as { spec: object }
  if (n % 3 > 0)
    await client.request('PATCH', `${path}/r${route}`, {
      body: { spec: body.spec },
      contentType: 'application/merge-patch+json',
    })
  else if (!gone.has(route)) {
    gone.add(route)
    await client.request('DELETE', `${path}/r${route}`)
    await client.request('POST', path, { body })
    gone.delete(route)
  }
}

const gone = new Set<number>()

const gatewayStatus = async (client: ApiClient): Promise<GatewayStatus['status'] & object> =>
  ((await client.request('GET', `${GATEWAY_API}/gateways/web`)).body as GatewayStatus).status ?? {}

async function until(test: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 120_000; !(await test()); await sleep(1)) {
    if (performance.now() > end) throw new Error(`has not come true in two minutes: ${test}`)
  }
}

/** The one that this cluster's logs belong to. */
function controllerPid(): number {
  const found = readdirSync('/proc').find(name => {
    if (!/^\d+$/.test(name)) return false
    try {
      const args = readFileSync(`/proc/${name}/cmdline`, 'latin1').split('\0')
      return /(^|\/)node$/.test(args[0] ?? '') && args.includes('controller') && args.some(arg => arg.startsWith(logs))
    } catch {
      return false // It has ended.
    }
  })
  if (found === undefined) throw new Error('no controller runs')
  return Number(found)
}

process.stdout.write(`${JSON.stringify(await run())}\n`)

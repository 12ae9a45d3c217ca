// The fault tests, run inside of the cluster's network. Under a steady load on routes that exist throughout, one fault
// after the other; after each, a new route shows how long it takes until all is as it should be. Prints a table; status 1
// when a request failed, when convergence took five seconds, when a kind was listed twice in a second.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { table } from 'table'
import { adminKubeconfig, CLASS, type Controller, end, kubectl, type Stack, startStack } from '../stack.mts'
import { type Between, startBetween } from './between.ts'
import { answerOf, type Cluster, clusterAt, until } from './cluster.ts'
import { worstSecond } from './lists.ts'
import type { Counted } from './load.ts'
import { GATEWAY, NAMESPACE, ROUTES, world } from './routes.ts'

const [logs = '', rate = '500'] = process.argv.slice(2)
const rigFolder = join(await adminKubeconfig(), '..', '..')
const CONVERGED_MS = 5_000
const DOWN_MS = 30_000
const CHURN = 500
const USER = 'system:serviceaccount:sluice-system:sluice-controller'

interface Field {
  stack: Stack
  between: Between
  cluster: Cluster
  address: string
}

/** Returns the moment (of `performance.now()`) from which convergence counts. */
type Fault = (field: Field) => Promise<number>

const faults: Record<string, Fault> = {
  'nothing, for comparison': async () => {
    await sleep(5_000)
    return performance.now()
  },
  'controller killed and started again': async ({ stack }) => {
    await Promise.all(running.map(each => end(each.child, 'SIGKILL')))
    running = [await stack.startController()]
    return performance.now()
  },
  'controller ended and started again': async ({ stack }) => {
    await Promise.all(running.map(each => end(each.child, 'SIGTERM')))
    running = [await stack.startController()]
    return performance.now()
  },
  'API server killed for 30 s': async ({ cluster }) => {
    await cluster.killApiServer()
    await sleep(DOWN_MS)
    await cluster.startApiServer()
    return performance.now()
  },
  'watch connections cut, ten times': async ({ between }) => {
    for (let n = 0; n < 10; n++) {
      await until(async () => between.cut() > 0)
      await sleep(300)
    }
    return performance.now()
  },
  'leader lost, of two replicas': async ({ stack, cluster }) => {
    running.push(await stack.startController())
    await until(async () => running.every(each => identityOf(each) !== undefined))
    // Of the first one, which has had the time to lead.
    const leader = await cluster.leader()
    const lost = running.find(each => identityOf(each) === leader)
    if (!lost) throw new Error(`nobody is the leader ${leader}`)
    await sleep(3_000)
    running = running.filter(each => each !== lost)
    await end(lost.child, 'SIGKILL')
    return performance.now()
  },
  [`${CHURN} routes created and deleted, three times`]: async ({ cluster, address }) => {
    const names = Array.from({ length: CHURN }, (_, n) => `churn-${n}`)
    for (let n = 0; n < 3; n++) {
      await each(names, name => cluster.createRoute(name))
      await until(async () => (await answerOf(address, `churn-${CHURN - 1}`)).isRight)
      await each(names, name => cluster.removeRoute(name))
    }
    const from = performance.now()
    await until(async () => (await answerOf(address, `churn-${CHURN - 1}`)).status === 404)
    return from
  },
}

let running: Controller[] = []

const identityOf = ({ log }: Controller): string | undefined =>
  /"identity":"(sluice-[0-9a-f]+)"/.exec(readFileSync(log, 'utf8'))?.[1]

const each = async <T,>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> => {
  const rest = [...items]
  const work = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await act(item)
  }
  await Promise.all(Array.from({ length: 8 }, work))
}

interface Load {
  process: ChildProcess
  counted(): Promise<Counted>
}

const startLoad = (address: string): Load => {
  const script = join(import.meta.dirname, 'load.ts')
  const child = spawn(process.execPath, [script, rate, address], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })
  return {
    process: child,
    counted: async () => {
      const line = once(lines, 'line')
      child.stdin.write('\n')
      return JSON.parse(String((await line)[0])) as Counted
    },
  }
}

interface Row {
  name: string
  sent: number
  failed: number
  liveMs: number
  statusMs: number
  lists: number
  where: string
}

/** Resolves with the Gateway's address, once all routes are right. */
const prepare = async (): Promise<string> => {
  const manifest = join(logs, 'world.json')
  await writeFile(manifest, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: world(CLASS) }))
  await kubectl('apply', '-f', manifest)
  await kubectl('-n', NAMESPACE, 'rollout', 'status', 'deployment/echo', '--timeout=60s')
  await kubectl('-n', NAMESPACE, 'wait', '--for=condition=Programmed', '--timeout=60s', `gateway/${GATEWAY}`)
  const address = (
    await kubectl('-n', NAMESPACE, 'get', 'gateway', GATEWAY, '-o', 'jsonpath={.status.addresses[0].value}')
  ).trim()
  for (let n = 0; n < ROUTES; n++) await until(async () => (await answerOf(address, n)).isRight)
  return address
}

const cluster = clusterAt(await adminKubeconfig(), rigFolder)
const between = await startBetween('10.244.0.1', 6443)
const stack = await startStack(logs, {
  server: { url: `https://127.0.0.1:${between.port}`, tlsServerName: 'kubernetes' },
})
running = [stack.controller]
const rows: Row[] = []
const failures: string[] = []
let load: Load | undefined

try {
  const field: Field = { stack, between, cluster, address: await prepare() }
  load = startLoad(field.address)
  let probes = 0
  let last = await load.counted()
  for (const [name, fault] of Object.entries(faults)) {
    const begun = Date.now()
    const from = await fault(field)
    const probe = `probe-${probes++}`
    await field.cluster.createRoute(probe)
    const since = async (condition: () => Promise<boolean>): Promise<number> => {
      await until(condition)
      return performance.now() - from
    }
    const [liveMs, statusMs] = await Promise.all([
      since(async () => (await answerOf(field.address, probe)).isRight),
      since(() => field.cluster.isAccepted(probe)),
    ])
    // What a fault leaves behind comes to light, and the next one starts from quiet.
    await sleep(2_000)
    const counted = await load.counted()
    const audit = readFileSync(join(rigFolder, 'logs', 'audit.log'), 'utf8')
    const { lists, where } = worstSecond(audit, USER, begun, Date.now())
    rows.push({
      ...{ name, sent: counted.answered - last.answered, failed: counted.failed - last.failed },
      ...{ liveMs, statusMs, lists, where },
    })
    console.log(`${name}: done`)
    failures.push(...counted.failures.slice(last.failures.length).map(text => `${name}: ${text}`))
    last = counted
  }
} finally {
  load?.process.stdin?.end()
  const from = performance.now()
  await stack.stop()
  console.log(`controllers and Envoys ended in ${Math.round(performance.now() - from)} ms`)
  between.close()
}

const head = ['fault', 'requests', 'failed', 'live, s', 'status, s', 'lists of a kind in 1 s']
const seconds = (ms: number): string => (ms / 1000).toFixed(2)
const cells = rows.map(row => [
  ...[row.name, row.sent, row.failed, seconds(row.liveMs), seconds(row.statusMs)],
  row.lists > 1 ? `${row.lists} (${row.where})` : row.lists,
])
console.log(table([head, ...cells]))
for (const failure of failures) console.log(failure)
const isGood = rows.every(
  ({ failed, liveMs, statusMs, lists }) => failed === 0 && Math.max(liveMs, statusMs) < CONVERGED_MS && lists <= 1,
)
console.log(
  isGood
    ? 'every fault was borne'
    : 'a bound was broken: no failed request, converged < 5 s, 1 list per kind and second',
)
process.exitCode = isGood ? 0 : 1

// Load for hours on `sluice run` with all four filters on every route, while files change under it: requests and changes go in,
// what was not 2xx, how memory grew and how fast the last change was live come out.
import { setTimeout } from 'node:timers/promises'
import { median } from '../bench/cpu.ts'
import { startAnswering } from '../load/answering.ts'
import { failures, type Outcome, openLanes, requestText } from '../load/lanes.ts'
import { envoyBelow, type Memory, memoryOf } from '../load/memory.ts'
import { folder, runSluice } from '../run/sluice.ts'
import { askUntil, backend, gateway, route, to } from '../run/world.ts'

export interface SoakOptions {
  requests: number
  /** Requests a second; as fast as they are answered by default. */
  rate?: number
  /** Files rewritten per second. */
  changes: number
  connections: number
  tell(progress: string): void
}

export interface Soaked {
  outcome: Outcome
  bad: number
  seconds: number
  changes: number
  /** From the rename of the last change to the first answer that shows it. */
  lastLiveMs: number
  /** MiB from the first tenth after the warm-up to the last tenth. */
  growth: { resident: number; linear: number }
}

const ROUTES = 10
/** A quarter of the requests is for V8 to compile, and for allocators and buffers to reach their size. */
const WARM_UP = 0.25

const limit = `
apiVersion: sluice.dev/v1alpha1
kind: RateLimit
metadata: { name: plenty }
spec: { limits: [{ name: all, requests: 4294967295, unit: Second, burst: 4294967295, key: [{ type: Header, name: x-tenant }] }] }
`
const allFour = (version: number): string => `    filters:
    - type: RequestHeaderModifier
      requestHeaderModifier: { set: [{ name: x-set, value: "${version}" }], add: [{ name: x-added, value: "1" }], remove: [x-gone] }
    - type: ResponseHeaderModifier
      responseHeaderModifier: { set: [{ name: x-version, value: "${version}" }] }
    - type: URLRewrite
      urlRewrite: { hostname: backend.example, path: { type: ReplacePrefixMatch, replacePrefixMatch: /rewritten } }
    - type: RequestMirror
      requestMirror: { backendRef: { group: sluice.dev, kind: Backend, name: shadow } }
    - type: ExtensionRef
      extensionRef: { group: sluice.dev, kind: RateLimit, name: plenty }
${to('shop')}`
const routeFile = (n: number, version: number): string => route(`r${n}`, `/r${n}`, allFour(version))

const headers = { host: 'soak.example', 'user-agent': 'soak', 'x-gone': '1', 'x-set': 'old' }
const BODY = 'b'.repeat(200)
/** Every tenth request has a body; sixteen tenants. */
const requestOf = (n: number): string => {
  const path = `/r${n % ROUTES}/x?n=${n & 1023}`
  const all = { ...headers, 'x-tenant': String((n >> 4) & 15) }
  return n % 11 === 0
    ? requestText(path, { ...all, 'content-length': String(BODY.length) }, 'POST') + BODY
    : requestText(path, all)
}

export async function soak(options: SoakOptions): Promise<Soaked> {
  await using shop = await startAnswering()
  await using dir = await folder()
  const backends = ['shop', 'shadow'].map(name => backend(name, shop.port('up')))
  await dir.write('world.yaml', [gateway(dir.address), limit, ...backends].join('---\n'))
  for (let n = 0; n < ROUTES; n++) await dir.write(`r${n}.yaml`, routeFile(n, 0))
  await using sluice = runSluice(dir.path)
  const [url = ''] = await sluice.live
  for (let n = 0; n < ROUTES; n++) await askUntil(`${url}/r${n}`, ({ headers }) => headers['x-version'] === '0')
  const pid = envoyBelow(sluice.child.pid ?? 0)
  using lanes = openLanes(Number(new URL(url).port), options.connections, dir.address)

  const memory: Memory[] = []
  let asked = 0
  const every = Math.max(1, Math.floor(options.requests / 200))
  const request = (n: number): string => {
    asked = n
    if (n % every === 0) memory.push(memoryOf(pid))
    if (n % (every * 10) === 0) options.tell(`${n} of ${options.requests} requests, ${describe(memory.at(-1))}`)
    return requestOf(n)
  }
  const begun = performance.now()
  const isOver = (): boolean => asked >= options.requests - options.connections
  const changing = change(dir.write, options.changes, isOver)
  const outcome = await lanes.run(options.requests, request, options.rate)
  const seconds = (performance.now() - begun) / 1000
  const changes = await changing
  const last = performance.now()
  if (changes > 0) await dir.write('r0.yaml', routeFile(0, changes + 1))
  const isLast = changes > 0 ? String(changes + 1) : '0'
  await askUntil(`${url}/r0`, ({ headers }) => headers['x-version'] === isLast)
  return {
    outcome,
    bad: failures(outcome),
    seconds,
    changes,
    lastLiveMs: performance.now() - last,
    growth: growthOf(memory.slice(Math.floor(memory.length * WARM_UP))),
  }
}

/** Rewrites one route after the other; how many it came to. */
async function change(
  write: (name: string, text: string) => Promise<void>,
  perSecond: number,
  isOver: () => boolean,
): Promise<number> {
  if (perSecond === 0) return 0
  const begun = performance.now()
  let version = 0
  while (!isOver()) {
    const due = begun + (version * 1000) / perSecond
    await setTimeout(Math.max(0, due - performance.now()))
    version++
    await write(`r${version % ROUTES}.yaml`, routeFile(version % ROUTES, version))
  }
  return version
}

const MIB = 2 ** 20

function growthOf(memory: readonly Memory[]): Soaked['growth'] {
  const tenth = Math.max(1, Math.floor(memory.length / 10))
  const grown = (of: (memory: Memory) => number): number =>
    (median(memory.slice(-tenth).map(of)) - median(memory.slice(0, tenth).map(of))) / MIB
  return { resident: grown(({ resident }) => resident), linear: grown(({ linear }) => linear) }
}

const describe = (memory: Memory | undefined): string =>
  memory
    ? `${(memory.resident / MIB).toFixed(1)} MiB resident, ${(memory.linear / MIB).toFixed(2)} MiB of Wasm memory`
    : ''

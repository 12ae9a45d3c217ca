// A folder with a real Envoy: from the command to everything live, from the rename of one route's file to the first answer
// that shows it, and what memory the controller takes meanwhile. A world in, samples out.
import { readFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { type Folder, folder, type Running, runSluice } from '../../run/sluice.ts'
import { ask, echoBackend } from '../../run/world.ts'
import { cpuTime } from '../cpu.ts'
import { CHANGING, fileOf, routeText, type Shape, type Target, targetOf, VERSION_HEADER, writeWorld } from './world.ts'

export interface Live {
  /** From the command to the first answer, milliseconds. */
  startMs: number
  /** From rename(2) to the first answer that shows the change, milliseconds. */
  reloadMs: number[]
  /** CPU time for one change, milliseconds: of the controller; of Envoy but for what serves requests. */
  cpuMs: { controller: number; envoy: number }
  /** Of the controller, in megabytes: before the changes, after them, at most. */
  memory: { before: number; after: number; peak: number }
}

export interface LiveOptions {
  routes: number
  shape: Shape
  changes: number
  progress(text: string): void
}

export async function measureLive({ routes, shape, changes, progress }: LiveOptions): Promise<Live> {
  await using echo = await echoBackend('echo')
  await using dir = await folder()
  writeWorld(dir.path, { routes, shape, address: dir.address, backendPort: echo.port })
  const begun = performance.now()
  await using sluice = runSluice(dir.path)
  const base = `http://${dir.address}:8080`
  await served(sluice, base, targetOf(routes - 1, shape))
  const startMs = performance.now() - begun
  await sluice.live
  const pid = childOf(sluice.child.pid!, 'serve')
  const envoy = childOf(sluice.child.pid!, '--config-path')
  progress('settling')
  await quiet(pid)
  const before = memoryOf(pid).now
  const cpuBefore = { controller: cpuTime(pid).others, envoy: cpuTime(envoy).others }
  const reloadMs = await change({ dir, base, shape, changes, progress })
  await quiet(pid)
  const { now: after, peak } = memoryOf(pid)
  const cpuMs = {
    controller: (cpuTime(pid).others - cpuBefore.controller) / changes / 1e6,
    envoy: (cpuTime(envoy).others - cpuBefore.envoy) / changes / 1e6,
  }
  return { startMs, reloadMs, cpuMs, memory: { before, after, peak } }
}

/** However long it takes, unless it ends. */
async function served({ exited }: Running, base: string, { host, path }: Target): Promise<void> {
  let hasEnded = false
  void exited.then(() => (hasEnded = true))
  while (!hasEnded) {
    const answer = await ask(base + path, { headers: { host } }).catch(() => undefined)
    if (answer?.status === 200) return
    await setTimeout(5)
  }
  throw new Error('sluice run has ended')
}

interface Churn {
  dir: Folder
  base: string
  shape: Shape
  changes: number
  progress(text: string): void
}

async function change({ dir, base, shape, changes, progress }: Churn): Promise<number[]> {
  const { host, path } = targetOf(CHANGING, shape)
  // A connection that is kept: the asking must not cost more than what it measures.
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const samples: number[] = []
  for (let version = 1; version <= changes; version++) {
    if (version % 20 === 0) progress(`change ${version} of ${changes}`)
    await setTimeout(20 + Math.random() * 60)
    await dir.write(fileOf(CHANGING), routeText(CHANGING, shape, version))
    const begun = performance.now()
    for (;;) {
      const answer = await ask(base + path, { agent, headers: { host } })
      if (answer.status !== 200) throw new Error(`the backend answered ${answer.status}`)
      if (answer.headers[VERSION_HEADER] === String(version)) break
      // Asking without a pause takes a processor away from what is measured; this adds a millisecond at most.
      await setTimeout(1)
    }
    samples.push(performance.now() - begun)
  }
  agent.destroy()
  return samples
}

/** Until it has used next to no CPU for half a second: what it put off is done. */
async function quiet(pid: number): Promise<void> {
  for (let before = ticksOf(pid), calm = 0; calm < 5; ) {
    await setTimeout(100)
    const now = ticksOf(pid)
    calm = now - before <= 1 ? calm + 1 : 0
    before = now
  }
}

/** The child of the supervisor that has such an argument. */
function childOf(supervisor: number, argument: string): number {
  const children = readFileSync(`/proc/${supervisor}/task/${supervisor}/children`, 'latin1').trim().split(' ')
  const found = children.find(pid => readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0').includes(argument))
  if (found === undefined) throw new Error(`the supervisor has no child with ${argument}`)
  return Number(found)
}

/** Hundredths of a second on a CPU (proc(5): utime and stime). */
function ticksOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ')
  return Number(fields[11]) + Number(fields[12])
}

/** Resident, in megabytes. */
export function memoryOf(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1')
  const read = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024
  return { now: read('VmRSS'), peak: read('VmHWM') }
}

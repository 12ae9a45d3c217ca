// `sluice run DIR`: the supervisor. Two children, the controller and Envoy; either one that dies is started again while the other
// serves on, and when the supervisor ends, however it ends, both do.

import type { ChildProcess } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { bootstrap, envoyArguments } from '../../envoy/bootstrap.ts'
import { findEnvoy } from '../../envoy/find.ts'
import { STATS_TAGS } from '../../filters/suite/metrics.ts'
import { CommandError } from '../errors.ts'
import { type ChildEvent, type KeptChild, keepRunning } from '../infra/child.ts'
import { drain } from '../infra/drain.ts'
import { createLog, type Logger } from '../observe/log.ts'
import { claimStatusDirectory } from '../status/claim.ts'
import { makeFolder, statusDirectoryFault } from '../status/files.ts'
import { type HostPort, shownHostPort } from './arguments.ts'
import { checkFolder } from './check-folder.ts'
import { allocatorBounds, heapBounds } from './memory.ts'
import { PROXY } from './names.ts'
import { defaultPortOffset } from './ports.ts'

export interface RunOptions {
  envoy: boolean
  portOffset?: number
  statusDir?: string
  controllerName: string
  concurrency?: number
  xds?: string
  metrics?: HostPort
}

const GRACE_MS = 5_000
/** For requests that are under way when we are asked to end. A second signal ends it at once. */
const DRAIN_MS = 10_000
/** By then it has died a few times in a row. */
const PATIENCE_MS = 1_000
const HINT =
  ' (it keeps dying: its own lines above say why; `sluice print DIR --xds -o OUT` and `envoy -c` show it alone)'

export async function run(dir: string, options: RunOptions, level: 'debug' | 'info'): Promise<void> {
  await checkFolders(dir, options.statusDir)
  const statusDir = claimed(options.statusDir)
  const log = createLog('sluice', level)
  const envoy = options.envoy ? await findEnvoy({ onSlow: message => log.info(message) }) : undefined
  const moved = options.portOffset ?? (await defaultPortOffset())
  const runtime = await makeRuntimeFolder()
  const xds = resolve(options.xds ?? join(runtime, 'xds.sock'))
  const children: KeptChild[] = []
  let lack: () => void = () => undefined
  const lacking = new Promise<void>(done => {
    lack = done
  })
  const onEvent = (event: ChildEvent) => {
    logChild(log, event)
    // The controller has said what the machine lacks: starting it again changes nothing.
    if (event.type === 'ended' && event.name === 'controller' && event.status === 3) lack()
  }

  children.push(
    keepRunning(
      {
        name: 'controller',
        command: process.execPath,
        args: [
          ...heapBounds,
          process.argv[1] ?? '',
          ...controllerArguments(dir, { ...options, portOffset: moved }, runtime, xds, level),
        ],
        options: { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], env: { ...allocatorBounds, ...process.env } },
        grace: GRACE_MS,
      },
      { onEvent, onProcess: child => child.on('message', message => process.send?.(message)) },
    ),
  )
  if (envoy) {
    const config = join(runtime, 'bootstrap.json')
    const admin = { type: 'unix', path: join(runtime, 'admin.sock') } as const
    const node = bootstrap({
      nodeId: `sluice-${process.pid}`,
      proxy: PROXY,
      xds: { type: 'unix', path: xds },
      admin,
      statsTags: STATS_TAGS,
    })
    await writeFile(config, JSON.stringify(node), { mode: 0o600 })
    const { concurrency } = options
    const args = envoyArguments({ config, ...(concurrency === undefined ? {} : { concurrency }) })
    const envoyLog = createLog('envoy', level)
    children.push(
      keepRunning(
        {
          name: 'envoy',
          command: envoy.path,
          args,
          options: { stdio: ['ignore', 'inherit', 'pipe'] },
          grace: GRACE_MS,
        },
        { onEvent, onProcess: child => relayEnvoyLog(child, envoyLog) },
      ),
    )
    log.info({ version: envoy.version, from: envoy.from, admin: admin.path }, `Envoy ${envoy.version} (${envoy.from})`)
  }
  const outcome = await Promise.race([lacking.then(() => 'lacking' as const), untilAsked()])
  if (outcome === 'asked' && envoy) {
    const hurry = new AbortController()
    void untilAsked().then(() => hurry.abort())
    await drain({ admin: join(runtime, 'admin.sock'), patienceMs: DRAIN_MS, signal: hurry.signal })
  }
  await Promise.all(children.map(child => child.stop()))
  await rm(runtime, { recursive: true, force: true })
  statusDir?.release()
  if (process.connected) process.disconnect()
  if (outcome === 'lacking') throw new CommandError(3, 'the controller cannot run; its last line says why')
}

/** Until somebody wants us to end. */
const untilAsked = () =>
  new Promise<'asked'>(done => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => done('asked'))
    // Only where a parent has opened a channel to us: it has gone.
    process.once('disconnect', () => done('asked'))
  })

const controllerArguments = (
  dir: string,
  options: RunOptions & { portOffset: number },
  runtime: string,
  xds: string,
  level: 'debug' | 'info',
): string[] => [
  ...(level === 'debug' ? ['--verbose'] : []),
  'serve',
  dir,
  ...['--xds', xds],
  ...['--runtime', runtime],
  ...['--port-offset', String(options.portOffset)],
  ...['--controller-name', options.controllerName],
  ...(options.statusDir === undefined ? [] : ['--status-dir', options.statusDir]),
  ...(options.metrics === undefined ? [] : ['--metrics', shownHostPort(options.metrics)]),
]

async function checkFolders(dir: string, statusDir: string | undefined): Promise<void> {
  await checkFolder(dir)
  if (statusDir === undefined) return
  const fault = statusDirectoryFault(dir, statusDir)
  if (fault !== undefined) throw new CommandError(2, `--status-dir: ${fault}`)
}

/** Ours from now on, or an error that says whose it is. */
function claimed(statusDir: string | undefined): { release(): void } | undefined {
  if (statusDir === undefined) return undefined
  try {
    makeFolder(statusDir)
    const claim = claimStatusDirectory(statusDir, isRunning)
    if (claim.owner === undefined) return claim
    throw new CommandError(
      3,
      `--status-dir: process ${claim.owner} writes to ${statusDir} (${claim.mark} says so); end it or name another`,
    )
  } catch (error) {
    if (error instanceof CommandError) throw error
    throw new CommandError(3, `--status-dir: ${(error as Error).message}`)
  }
}

const RUNTIME = /^sluice-run-(\d+)-/

/** A private folder for sockets and Envoy's bootstrap. Those of supervisors that were killed are cleared away. */
async function makeRuntimeFolder(): Promise<string> {
  for (const name of await readdir(tmpdir())) {
    const owner = RUNTIME.exec(name)?.[1]
    if (owner !== undefined && !isRunning(Number(owner))) {
      await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined)
    }
  }
  return mkdtemp(join(tmpdir(), `sluice-run-${process.pid}-`))
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function logChild(log: Logger, event: ChildEvent): void {
  switch (event.type) {
    case 'started':
      log.info({ pid: event.pid }, `${event.name} started`)
      break
    case 'ended':
      log.error(
        { pid: event.pid, againInMs: event.againInMs },
        `${event.name} ${event.why}; it is started again in ${event.againInMs} ms${event.againInMs > PATIENCE_MS ? HINT : ''}`,
      )
      break
    case 'failed':
      log.error({ againInMs: event.againInMs }, `${event.name} does not start: ${event.why}`)
      break
  }
}

const levels: Record<string, 'debug' | 'info' | 'warn' | 'error'> = {
  trace: 'debug',
  debug: 'debug',
  info: 'info',
  warning: 'warn',
}

/** Each line of Envoy's log is an object; what is not (a crash's stack) is shown as it is. */
function relayEnvoyLog(child: ChildProcess, log: Logger): void {
  if (!child.stderr) return
  createInterface({ input: child.stderr }).on('line', line => {
    const entry = parsed(line)
    if (entry) log[levels[entry.level] ?? 'error']({ part: entry.component }, entry.msg)
    else log.error(line)
  })
}

function parsed(line: string): { level: string; component: string; msg: string } | undefined {
  try {
    const entry = JSON.parse(line) as { level?: unknown; component?: unknown; msg?: unknown }
    const { level, component, msg } = entry
    return typeof level === 'string' && typeof component === 'string' && typeof msg === 'string'
      ? { level, component, msg }
      : undefined
  } catch {
    return undefined
  }
}

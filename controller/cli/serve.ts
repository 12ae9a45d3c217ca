// `sluice serve`: the controller of directory mode, as the supervisor starts it. Objects come from a folder, statuses go to
// files and the log, Envoy connects over a unix socket.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cut } from '../../filters/suite/cut.ts'
import { moduleOf, PLUGINS } from '../../filters/suite/plugins.ts'
import { createApp, type Outcome } from '../app.ts'
import { createEmitter } from '../emit/emit.ts'
import { createLog, type LogLevel } from '../observe/log.ts'
import { createMetrics } from '../observe/metrics.ts'
import { createXdsServer, type SavedRejections } from '../serve/server.ts'
import { directorySource } from '../sources/directory.ts'
import { createStatusFiles } from '../status/files.ts'
import { createAnnouncer } from './announce.ts'
import type { HostPort } from './arguments.ts'
import { serveFigures } from './figures.ts'
import { builtModule, folderSurroundings, type Module, systemCertificates } from './machine.ts'
import { boundHeap } from './memory.ts'
import { PROXY } from './names.ts'
import { createNotices } from './notices.ts'

export interface ServeOptions {
  xds: string
  runtime: string
  portOffset: number
  controllerName: string
  statusDir?: string
  metrics?: HostPort
}

/** Expiry dates pass without an object changing. */
const CLOCK_MS = 30_000

export async function serve(dir: string, options: ServeOptions, level: LogLevel): Promise<void> {
  const log = createLog('controller', level)
  const metrics = createMetrics()
  const endpoint = await serveFigures(metrics, options.metrics, log)
  const module = placeModule(options.runtime)
  const keepRejections = createKeeper(join(options.runtime, 'rejections.json'))
  const server = createXdsServer({
    saved: keepRejections.saved,
    onStatus: (proxy, status) => {
      metrics.status(proxy, status)
      keepRejections.keep(server.save())
      app.heard(proxy)
    },
    onEvent: event => {
      metrics.xds(event)
      if (event.type === 'rejected') log.error({ xds: event.xds }, `Envoy refused: ${event.message}`)
      else log.debug(event, `xds ${event.type}`)
    },
  })
  const { controllerName } = options
  const statusFiles =
    options.statusDir === undefined
      ? undefined
      : createStatusFiles({
          directory: options.statusDir,
          controllerName,
          failed: (path, error) => log.error(`${path}: ${(error as Error).message}`),
        })
  const notices = createNotices(log)
  let isFirst = true
  const announcer = createAnnouncer({
    proxy: PROXY,
    show: text => process.stdout.write(text),
    live: urls => process.send?.({ live: urls }),
    took: metrics.live,
    log,
  })
  const app = createApp({
    server,
    surroundings: folderSurroundings(controllerName, options.portOffset, module),
    emitterFor: () =>
      createEmitter({
        module: module.path,
        reusePort: false,
        accessLog: 'Stdout',
        systemCertificates: systemCertificates(),
      }),
    onTranslation: (outcome: Outcome) => {
      metrics.translated(outcome.milliseconds)
      statusFiles?.want(outcome.translation.statuses)
      notices.take(outcome)
      announcer.take(outcome)
      // From now on there is more garbage than news.
      if (isFirst) boundHeap()
      isFirst = false
    },
  })
  const source = directorySource({
    directory: dir,
    channel: 'experimental',
    defaultNamespace: 'default',
    onIgnored: notices.ignored,
  })
  await server.listen({ type: 'unix', path: options.xds })
  await source.start(app)
  const clock = setInterval(app.refresh, CLOCK_MS)
  await new Promise<void>(end => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end)
    // The supervisor is gone, whatever became of it.
    process.once('disconnect', end)
  })
  clearInterval(clock)
  app.stop()
  await source.stop()
  await statusFiles?.idle()
  await server.close()
  await endpoint?.close()
  if (process.connected) process.disconnect()
}

/** The modules of the plugins, named by content: newer ones are other files, and Envoy loads them before a route needs them. */
export function placeModule(runtime: string): Module {
  const { bytes } = builtModule()
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16)
  const path = join(runtime, `suite-${hash}.wasm`)
  for (const plugin of PLUGINS) {
    const own = moduleOf(path, plugin)
    if (!existsSync(own)) writeAside(own, cut(bytes, plugin.callbacks))
  }
  return { path, bytes }
}

function writeAside(path: string, content: string | Uint8Array): void {
  const aside = `${path}.${process.pid}`
  writeFileSync(aside, content, { mode: 0o600 })
  renameSync(aside, path)
}

/** What the process before has left; and what is to be left, written only when it is something else. */
function createKeeper(path: string): { saved: SavedRejections; keep(rejections: SavedRejections): void } {
  let written = JSON.stringify(readSaved(path))
  return {
    saved: JSON.parse(written) as SavedRejections,
    keep: rejections => {
      const text = JSON.stringify(rejections)
      if (text === written) return
      writeAside(path, text)
      written = text
    },
  }
}

function readSaved(path: string): SavedRejections {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as SavedRejections
  } catch {
    return {}
  }
}

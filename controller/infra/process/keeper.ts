// Owns the Envoys of a machine and outlives the controllers, which tell it over a unix socket what to run: killing a
// controller ends no Envoy. In: the whole set of Envoys of a group of controllers, and which controllers live. Out:
// running processes, and files that tell them where the controllers are and who they are. The Envoys end with it. What
// they were last given to serve of certificates is held for the next controller, in memory: keys are written nowhere.
import { createHash } from 'node:crypto'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { envoyArguments } from '../../../envoy/bootstrap.ts'
import { type ChildEvent, type KeptChild, keepRunning } from '../child.ts'
import { bootstrapFor, type EnvoyFiles, serversFile, tokenFile } from './bootstrap.ts'
import { logFile } from './log-file.ts'
import type { EnvoySpec, HeldPair } from './protocol.ts'

export interface KeeperOptions {
  directory: string
  envoy: string
  /** Worker threads of each Envoy. */
  concurrency: number
  onEvent(event: ChildEvent | { type: 'refused'; why: string }): void
}

export interface Keeper {
  readonly socket: string
  stop(): Promise<void>
}

interface KeptEnvoy {
  group: string
  files: EnvoyFiles
  child: KeptChild
  log: Writable
  token: string
}

/** Of an Envoy's log, and as much again of the one before: access logs go there, too. */
const LOG_BYTES = 16 * 1024 * 1024

export const socketIn = (directory: string): string => join(directory, 'keeper.sock')

export const startKeeper = async (options: KeeperOptions): Promise<Keeper> => {
  const { directory } = options
  const envoys = new Map<string, KeptEnvoy>()
  /** xDS sockets by group; each stays as long as the request that announced it. */
  const servers = new Map<string, Set<string>>()
  const pairs = new Map<string, readonly HeldPair[]>()
  let last: Promise<unknown> = Promise.resolve()
  let version = 0

  /** One change at a time: files and processes of one Envoy must not be written by two. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work)
    last = next.catch(() => undefined)
    return next
  }

  const put = async (path: string, content: object): Promise<void> => {
    await writeFile(`${path}.new`, JSON.stringify(content), { mode: 0o600 })
    await rename(`${path}.new`, path)
  }
  const putServers = (group: string, files: EnvoyFiles): Promise<void> =>
    put(files.servers, serversFile([...(servers.get(group) ?? [])].sort(), String(++version)))
  const putToken = (token: string, files: EnvoyFiles): Promise<void> =>
    put(files.token, tokenFile(token, String(++version)))

  const start = async (group: string, id: string, token: string): Promise<KeptEnvoy> => {
    const name = createHash('sha256').update(`${group} ${id}`).digest('hex').slice(0, 12)
    const own = join(directory, 'envoys', name)
    await mkdir(own, { recursive: true, mode: 0o700 })
    const files: EnvoyFiles = {
      admin: join(own, 'admin.sock'),
      servers: join(own, 'servers.json'),
      token: join(own, 'token.json'),
      directory: own,
    }
    const bootstrap = join(own, 'bootstrap.json')
    await Promise.all([putServers(group, files), putToken(token, files), put(bootstrap, bootstrapFor(id, files))])
    const log = logFile(join(own, 'envoy.log'), LOG_BYTES)
    const child = keepRunning(
      {
        name: id,
        command: options.envoy,
        args: envoyArguments({ config: bootstrap, concurrency: options.concurrency }),
        options: { stdio: ['ignore', 'pipe', 'pipe'] },
        grace: 2_000,
      },
      {
        onEvent: options.onEvent,
        onProcess: process => {
          process.stdout?.pipe(log, { end: false })
          process.stderr?.pipe(log, { end: false })
        },
      },
    )
    return { group, files, child, log, token }
  }

  const end = async (key: string, envoy: KeptEnvoy): Promise<void> => {
    envoys.delete(key)
    await envoy.child.stop()
    envoy.log.destroy()
    await rm(envoy.files.directory, { recursive: true, force: true })
  }

  const setEnvoys = async (group: string, specs: readonly EnvoySpec[]): Promise<void> => {
    const wanted = new Map(specs.map(spec => [`${group} ${spec.id}`, spec]))
    const surplus = [...envoys].filter(([key, envoy]) => envoy.group === group && !wanted.has(key))
    await Promise.all(surplus.map(([key, envoy]) => end(key, envoy)))
    for (const [key, { id, token }] of wanted) {
      const known = envoys.get(key)
      if (token === undefined || token === known?.token) continue
      if (known) {
        known.token = token
        await putToken(token, known.files)
      } else envoys.set(key, await start(group, id, token))
    }
  }

  const announce = async (group: string, socket: string, alive: boolean): Promise<void> => {
    const own = servers.get(group) ?? new Set()
    servers.set(group, own)
    if (alive) own.add(socket)
    else own.delete(socket)
    const concerned = [...envoys.values()].filter(envoy => envoy.group === group)
    await Promise.all(concerned.map(envoy => putServers(group, envoy.files)))
  }

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [, what, encoded = ''] = request.url?.split('/') ?? []
    const group = decodeURIComponent(encoded)
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body: unknown = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : undefined
    if (request.method === 'PUT' && what === 'envoys') {
      await inTurn(() => setEnvoys(group, (body as { envoys: EnvoySpec[] }).envoys))
      response.end()
    } else if (request.method === 'POST' && what === 'servers') {
      const { socket } = body as { socket: string }
      response.on('close', () => void inTurn(() => announce(group, socket, false)))
      await inTurn(() => announce(group, socket, true))
      response.write('\n')
    } else if (request.method === 'GET' && what === 'envoys') {
      const list = [...envoys].map(([, { child, files, group: owner }]) => ({
        group: owner,
        pid: child.process?.pid,
        admin: files.admin,
      }))
      response.end(JSON.stringify(list))
    } else if (request.method === 'PUT' && what === 'keys') {
      pairs.set(group, (body as { pairs: HeldPair[] }).pairs)
      response.end()
    } else if (request.method === 'GET' && what === 'keys') {
      response.end(JSON.stringify({ pairs: pairs.get(group) ?? [] }))
    } else response.writeHead(404).end()
  }

  const socket = socketIn(directory)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await rm(socket, { force: true })
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      options.onEvent({ type: 'refused', why: String(error) })
      if (!response.headersSent) response.writeHead(500)
      response.end(String(error))
    })
  })
  await new Promise<void>((done, failed) => server.once('error', failed).listen(socket, done))

  return {
    socket,
    stop: async () => {
      server.close()
      server.closeAllConnections()
      await inTurn(() => Promise.all([...envoys].map(([key, envoy]) => end(key, envoy))))
      await rm(socket, { force: true })
    },
  }
}

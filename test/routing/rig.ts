// A controller out of our own parts and one real Envoy, alive over many worlds: a world goes in as YAML and is live when Envoy
// has acknowledged it, requests go in and what was answered and what arrived comes out.
import { randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { createApp, type Outcome } from '../../controller/app.ts'
import { builtModule, folderSurroundings, systemCertificates } from '../../controller/cli/machine.ts'
import { DEFAULT_CONTROLLER_NAME, PROXY } from '../../controller/cli/names.ts'
import { createEmitter } from '../../controller/emit/emit.ts'
import { keyOfObject, type ObjectKey } from '../../controller/model/object.ts'
import { createXdsServer } from '../../controller/serve/server.ts'
import { bootstrap } from '../../envoy/bootstrap.ts'
import { startEnvoy } from '../envoy/static.ts'
import { type Client, createClient, type Reply } from '../run/client.ts'
import { goldenRoot, objectsOf } from '../translate/world.ts'
import { type Backends, ID, startBackends } from './backends.ts'
import { objectsOfWorld, type Request, type World } from './objects.ts'
import { PLAIN_SERVICES, placed, RPC_SERVICES } from './surroundings.ts'

/** Ports below 1024 need not be bindable. */
const PORT_OFFSET = 10_000

export type Answered = { type: 'Failed'; why: string } | { type: 'Answered'; id: string; reply: Reply }

export interface Rig extends AsyncDisposable {
  backends: Backends
  /** Resolves once Envoy serves it; rejects where it, or admission, refuses any of it. */
  show(world: World): Promise<void>
  ask(request: Request): Promise<Answered>
}

const secrets = objectsOf(readFileSync(join(goldenRoot, 'certificates.yaml'), 'utf8'))

export const yamlOf = (world: World): string =>
  objectsOfWorld(world)
    .map(object => stringify(object, { aliasDuplicateObjects: false }))
    .join('---\n')

export async function startRig(): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-routing-'))
  const backends = await startBackends(PLAIN_SERVICES, RPC_SERVICES)
  const network = `127.${randomInt(1, 255)}.${randomInt(1, 255)}`
  const addresses = new Map([
    ['default/g1', `${network}.1`],
    ['other/g2', `${network}.2`],
  ])
  const xds = { type: 'unix', path: join(folder, 'xds.sock') } as const
  const waiting = new Set<(outcome: Outcome) => void>()
  const module = builtModule()
  const server = createXdsServer({ onStatus: proxy => app.heard(proxy) })
  const app = createApp({
    server,
    surroundings: folderSurroundings(DEFAULT_CONTROLLER_NAME, PORT_OFFSET, module),
    emitterFor: () =>
      createEmitter({
        module: module.path,
        reusePort: false,
        accessLog: 'None',
        systemCertificates: systemCertificates(),
      }),
    onTranslation: outcome => {
      for (const look of waiting) look(outcome)
    },
  })
  let keys = new Set<ObjectKey>()
  let version = 0
  let client: Client = createClient()
  let sent = 0

  const live = (after: number): Promise<void> =>
    new Promise((done, fail) => {
      const look = ({ snapshot, rejections, isLive }: Outcome) => {
        if (snapshot.version <= after || !isLive(PROXY)) return
        waiting.delete(look)
        version = snapshot.version
        const refused = rejections.get(PROXY) ?? []
        if (refused.length === 0) done()
        else fail(new Error(`Envoy refused: ${refused.map(({ message }) => message).join('; ')}`))
      }
      waiting.add(look)
    })

  const apply = (world: World): void => {
    const objects = [...secrets, ...objectsOf(yamlOf(placed(world, addresses, backends.ports)))]
    const next = new Set(objects.map(keyOfObject))
    app.changes([
      ...[...keys].filter(key => !next.has(key)).map(key => ({ type: 'delete', key }) as const),
      ...objects.map(object => ({ type: 'apply', object }) as const),
    ])
    keys = next
  }

  await server.listen(xds)
  app.changes([])
  app.synced()
  const { admin: _, ...bare } = bootstrap({ nodeId: 'routing', proxy: PROXY, xds, admin: xds })
  const envoy = await startEnvoy(bare)

  return {
    backends,
    async show(world) {
      const shown = live(version)
      apply(world)
      await shown
      backends.forget()
      await client[Symbol.asyncDispose]()
      client = createClient()
    },
    async ask({ protocol, speaks, gateway, port, serverName, method, path, host, headers }) {
      const id = String(sent++)
      const lists: Record<string, string[]> = { [ID]: [id] }
      for (const [name, value] of headers) lists[name] = [...(lists[name] ?? []), value]
      if (speaks === 'gRPC') Object.assign(lists, { 'content-type': ['application/grpc'], te: ['trailers'] })
      const address = addresses.get(gateway)!
      const bound = port < 1024 ? port + PORT_OFFSET : port
      try {
        const tls = serverName === undefined ? {} : { serverName }
        const reply = await client.send({ protocol, address, port: bound, ...tls, method, path, host, headers: lists })
        return { type: 'Answered', id, reply }
      } catch (error) {
        return { type: 'Failed', why: (error as NodeJS.ErrnoException).code ?? (error as Error).message }
      }
    },
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]()
      await envoy[Symbol.asyncDispose]()
      app.stop()
      await server.close()
      await backends[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

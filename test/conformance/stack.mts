// Everything that the suite meets, inside of a cluster that is up: our CRDs, the RBAC manifest, the GatewayClass, the keeper
// of Envoys and the controller, which runs as its own service account and with nobody else's rights. Runs by
// `rig exec`. In: a folder for logs. Out: processes that live until `stop`.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parse, stringify } from 'yaml'
import { packageFile } from '../../controller/package.ts'
import { RIG } from './rig.mts'

const run = promisify(execFile)

export const CLASS = 'sluice'
const POOL = '10.97.0.0/16'

export const kubectl = async (...args: string[]): Promise<string> =>
  (await run(RIG, ['kubectl', ...args], { maxBuffer: 1 << 26 })).stdout

/** The sources as they are, or the bundle that is installed, which takes half the memory. */
const PROGRAMS = { sources: 'controller/main.ts', built: 'dist/sluice.mjs' } as const

export interface Controller {
  child: ChildProcess
  /** One JSON object a line. */
  log: string
}

export interface StackOptions {
  /** Default: every address that the rig has for Gateways. */
  pool?: string
  /** In the place of the API server's own address: something between, which passes bytes on. */
  server?: { url: string; tlsServerName: string }
  /** Default: sources. */
  program?: keyof typeof PROGRAMS
}

/** One of another name, which has to have addresses of its own. */
export interface OtherController {
  name: string
  pool: string
}

export interface Stack {
  /** The folder of the keeper of Envoys. */
  envoys: string
  /** The first one, which `stop` ends with all others. */
  controller: Controller
  /** One more, with a token of its own. */
  startController(other?: OtherController): Promise<Controller>
  /** Ends the controllers and the Envoys. */
  stop(): Promise<void>
}

export const startStack = async (logs: string, options: StackOptions = {}): Promise<Stack> => {
  await mkdir(logs, { recursive: true })
  const deploy = ['controller/crds', 'controller/deploy'].flatMap(path => ['-f', packageFile(path)])
  await kubectl('apply', '--server-side', '--force-conflicts', ...deploy)
  const directory = join(logs, 'envoys')
  const controllers: Controller[] = []
  const program = packageFile(PROGRAMS[options.program ?? 'sources'])

  const start = (name: string, args: string[]): Controller => {
    const log = join(logs, `${name}.log`)
    const to = createWriteStream(log, { flags: 'a' })
    const child = spawn(RIG, ['exec', process.execPath, program, '--verbose', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Its kubeconfig is given; whatever this one could do is not for it.
      env: { ...process.env, KUBECONFIG: '' },
    })
    child.stdout.pipe(to)
    child.stderr.pipe(to)
    return { child, log }
  }
  const startController = async (other?: OtherController): Promise<Controller> => {
    const name = `controller-${controllers.length + 1}`
    const kubeconfig = await ownKubeconfig(join(logs, `${name}.kubeconfig`), options)
    const args = [
      '--kubeconfig',
      kubeconfig,
      '--envoys',
      directory,
      '--address-pool',
      other?.pool ?? options.pool ?? POOL,
    ]
    const controller = start(name, ['controller', ...args, ...(other ? ['--controller-name', other.name] : [])])
    controllers.push(controller)
    return controller
  }

  const keeper = start('envoys', ['envoys', directory, '--concurrency', '1'])
  const stop = async (): Promise<void> => {
    await Promise.all(controllers.map(each => end(each.child, 'SIGTERM')))
    await end(keeper.child, 'SIGTERM')
  }
  try {
    const controller = await startController()
    await kubectl('wait', '--for=condition=Accepted', '--timeout=60s', `gatewayclass/${CLASS}`)
    return { envoys: directory, controller, startController, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

export const end = async (child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise(resolve => child.once('exit', resolve))
  child.kill(signal)
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await gone
  clearTimeout(late)
}

interface Kubeconfig {
  clusters: { cluster: { server: string; 'tls-server-name'?: string } }[]
  users: { user: object }[]
}

/** The administrator's. */
export const adminKubeconfig = async (): Promise<string> =>
  /^KUBECONFIG=(.*)$/m.exec((await run(RIG, ['env'])).stdout)?.[1] ?? ''

/** The administrator's, with a token of the controller's service account in the place of his certificate. */
const ownKubeconfig = async (path: string, { server }: StackOptions): Promise<string> => {
  const config = parse(await readFile(await adminKubeconfig(), 'utf8')) as Kubeconfig
  const token = await kubectl('-n', 'sluice-system', 'create', 'token', 'sluice-controller', '--duration=12h')
  for (const user of config.users) user.user = { token: token.trim() }
  for (const { cluster } of server ? config.clusters : [])
    Object.assign(cluster, { server: server?.url, 'tls-server-name': server?.tlsServerName })
  await writeFile(path, stringify(config), { mode: 0o600 })
  return path
}

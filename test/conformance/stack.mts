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

export const kubectl = async (...args: string[]): Promise<string> =>
  (await run(RIG, ['kubectl', ...args], { maxBuffer: 1 << 26 })).stdout

/** Started from the sources, as they are. */
const MAIN = packageFile('controller/main.ts')

export interface Stack {
  /** The folder of the keeper of Envoys. */
  envoys: string
  /** Ends the controller and the Envoys. */
  stop(): Promise<void>
  restartController(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
  addController(): Promise<ChildProcess>
}

export const startStack = async (logs: string): Promise<Stack> => {
  await mkdir(logs, { recursive: true })
  const deploy = ['controller/crds', 'controller/deploy'].flatMap(path => ['-f', packageFile(path)])
  await kubectl('apply', '--server-side', '--force-conflicts', ...deploy)
  const kubeconfig = await ownKubeconfig(logs)
  const directory = join(logs, 'envoys')
  let count = 0

  const start = (name: string, args: string[]): ChildProcess => {
    const log = createWriteStream(join(logs, `${name}.log`), { flags: 'a' })
    const child = spawn(RIG, ['exec', process.execPath, MAIN, '--verbose', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Its kubeconfig is given; whatever this one could do is not for it.
      env: { ...process.env, KUBECONFIG: '' },
    })
    child.stdout.pipe(log)
    child.stderr.pipe(log)
    return child
  }
  const startController = (): ChildProcess => {
    const options = ['--kubeconfig', kubeconfig, '--envoys', directory, '--address-pool', '10.97.0.0/16']
    return start(`controller-${++count}`, ['controller', ...options])
  }

  const keeper = start('envoys', ['envoys', directory, '--concurrency', '1'])
  let controller = startController()
  const others: ChildProcess[] = []
  await kubectl('wait', '--for=condition=Accepted', '--timeout=60s', `gatewayclass/${CLASS}`)

  return {
    envoys: directory,
    restartController: async signal => {
      await end(controller, signal)
      controller = startController()
    },
    addController: async () => {
      const other = startController()
      others.push(other)
      return other
    },
    stop: async () => {
      await Promise.all([controller, ...others].map(child => end(child, 'SIGTERM')))
      await end(keeper, 'SIGTERM')
    },
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

/** The administrator's, with the token of the controller's service account in the place of his certificate. */
const ownKubeconfig = async (logs: string): Promise<string> => {
  const environment = (await run(RIG, ['env'])).stdout
  const admin = /^KUBECONFIG=(.*)$/m.exec(environment)?.[1] ?? ''
  const config = parse(await readFile(admin, 'utf8')) as { users: { user: object }[] }
  const token = await kubectl('-n', 'sluice-system', 'create', 'token', 'sluice-controller', '--duration=12h')
  for (const user of config.users) user.user = { token: token.trim() }
  const path = join(logs, 'controller.kubeconfig')
  await writeFile(path, stringify(config), { mode: 0o600 })
  return path
}

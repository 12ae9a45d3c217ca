// A real Envoy for a test: a bootstrap goes in, a running process with its ports comes out. Listeners bind port 0 and are
// asked for by name; the process ends with the `await using` scope, or with the test process at the latest.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lifeline } from '../../controller/infra/lifeline.ts'
import { findEnvoy } from '../../envoy/find.ts'

export interface StaticEnvoy extends AsyncDisposable {
  /** The bound port of a listener. */
  port(listener: string): number
  /** `http://127.0.0.1:PORT` of a listener. */
  url(listener: string): string
  /** Body of an admin endpoint, such as `/stats?filter=x`. Anything but 200 rejects. */
  admin(path: string, method?: 'GET' | 'POST'): Promise<string>
  adminPort: number
  pid: number
  /** All that Envoy has printed so far. */
  log(): string
}

export interface EnvoyOptions {
  /** Worker threads; default 1. */
  concurrency?: number
  logLevel?: 'error' | 'warning' | 'info' | 'debug' | 'trace'
}

let found: Promise<string> | undefined

/** The Envoy under test, looked for once a test run. */
export const envoyBinary = (): Promise<string> => {
  found ??= findEnvoy().then(({ path }) => path)
  return found
}

/** Starts Envoy with a bootstrap in proto JSON and waits until it serves. `admin` is added where the bootstrap has none. */
export async function startEnvoy(bootstrap: object, options: EnvoyOptions = {}): Promise<StaticEnvoy> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-envoy-'))
  const config = join(folder, 'envoy.json')
  const addressFile = join(folder, 'admin')
  const admin = { address: { socket_address: { address: '127.0.0.1', port_value: 0 } } }
  await writeFile(config, JSON.stringify({ admin, ...bootstrap }))
  let output = ''
  const child = spawn(
    await envoyBinary(),
    [
      ['--config-path', config],
      ['--admin-address-path', addressFile],
      ['--concurrency', String(options.concurrency ?? 1)],
      ['--log-level', options.logLevel ?? 'warning'],
      ['--file-flush-interval-msec', '20'],
      ['--disable-hot-restart'],
    ].flat(),
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const collect = (chunk: Buffer): void => {
    output += chunk.toString()
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  // However this process ends: a signal runs no handler of `exit`.
  const line = child.pid === undefined ? undefined : lifeline(child.pid)
  const dispose = async (): Promise<void> => {
    await end(child)
    line?.cut()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const died = new Promise<never>((_, reject) => {
      child.once('error', reject)
      child.once('exit', code => reject(new Error(`Envoy ended with ${code}:\n${output}`)))
    })
    died.catch(() => {})
    const alive = (): boolean => child.exitCode === null && child.signalCode === null
    const adminPort = await Promise.race([died, until(alive, () => readPort(addressFile))])
    const ask = (path: string, method?: 'GET' | 'POST') => askAdmin(adminPort, path, method)
    await Promise.race([died, until(alive, () => ask('/ready'))])
    const ports = listenerPorts(await ask('/listeners?format=json'))
    const port = (listener: string): number => {
      const found = ports.get(listener)
      if (found === undefined) throw new Error(`no listener ${listener} among ${[...ports.keys()].join(', ')}`)
      return found
    }
    return {
      port,
      url: listener => `http://127.0.0.1:${port(listener)}`,
      admin: ask,
      adminPort,
      pid: child.pid ?? 0,
      log: () => output,
      [Symbol.asyncDispose]: dispose,
    }
  } catch (error) {
    await dispose()
    throw error
  }
}

/** Runs `envoy --mode validate`; the empty string when the bootstrap is good, else what Envoy says. */
export async function validate(bootstrap: object): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-envoy-'))
  const config = join(folder, 'envoy.json')
  await writeFile(config, JSON.stringify(bootstrap))
  try {
    const child = spawn(await envoyBinary(), ['--mode', 'validate', '--log-level', 'error', '--config-path', config])
    let output = ''
    child.stderr.on('data', chunk => {
      output += chunk
    })
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
    return code === 0 ? '' : output || `Envoy ended with ${code}`
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Repeats `attempt` until it resolves; gives its error once nobody is `alive` to make it succeed. */
async function until<T>(alive: () => boolean, attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (!alive()) throw error
      await new Promise(resolve => setTimeout(resolve, 10))
    }
  }
}

async function readPort(file: string): Promise<number> {
  const port = Number((await readFile(file, 'utf8')).split(':').at(-1))
  if (!(port > 0)) throw new Error('not written yet')
  return port
}

async function askAdmin(port: number, path: string, method = 'GET'): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method })
  const body = await response.text()
  if (!response.ok) throw new Error(`${path}: ${response.status} ${body}`)
  return body
}

interface Listeners {
  listener_statuses?: { name: string; local_address: { socket_address?: { port_value: number } } }[]
}

const listenerPorts = (json: string): Map<string, number> =>
  new Map(
    ((JSON.parse(json) as Listeners).listener_statuses ?? []).map(({ name, local_address }) => [
      name,
      local_address.socket_address?.port_value ?? 0,
    ]),
  )

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGKILL')
  await ended
}

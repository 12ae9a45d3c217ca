// `sluice controller`: the controller of a cluster. Objects come from an API server, statuses and events go back to it,
// the Envoys of this machine (`sluice envoys`) connect over a unix socket. Of several replicas all serve, one writes.
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import { clusterController } from '../cluster.ts'
import { CommandError } from '../errors.ts'
import { type Pool, poolOf } from '../infra/process/pool.ts'
import { createLog } from '../observe/log.ts'
import { createMetrics } from '../observe/metrics.ts'
import type { HostPort } from './arguments.ts'
import { serveFigures } from './figures.ts'
import { boundMemory } from './memory.ts'
import { placeModule } from './serve.ts'

export interface ControllerOptions {
  kubeconfig?: string
  envoys: string
  addressPool: string[]
  controllerName: string
  namespace: string
  metrics?: HostPort
}

export async function controller(options: ControllerOptions, level: 'debug' | 'info'): Promise<void> {
  boundMemory()
  const end = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end.abort())
  const identity = `sluice-${randomBytes(4).toString('hex')}`
  const directory = resolve(options.envoys)
  const sockets = join(directory, 'xds')
  mkdirSync(sockets, { recursive: true, mode: 0o700 })
  const log = createLog('controller', level)
  const metrics = createMetrics()
  const endpoint = await serveFigures(metrics, options.metrics, log)
  await clusterController({
    config: configOf(options.kubeconfig),
    controllerName: options.controllerName,
    namespace: options.namespace,
    identity,
    pool: poolIn(options.addressPool),
    directory,
    xdsSocket: join(sockets, `${identity}.sock`),
    module: placeModule(directory),
    log,
    metrics,
    signal: end.signal,
  })
  await endpoint?.close()
}

function configOf(file: string | undefined): KubeConfig {
  const config = new KubeConfig()
  try {
    if (file !== undefined) config.loadFromFile(file)
    else if (process.env.KUBERNETES_SERVICE_HOST) config.loadFromCluster()
    else config.loadFromDefault()
    return config
  } catch (error) {
    throw new CommandError(3, `no cluster to speak to: ${(error as Error).message}`)
  }
}

function poolIn(ranges: readonly string[]): Pool {
  try {
    return poolOf(ranges)
  } catch (error) {
    throw new CommandError(2, `--address-pool: ${(error as Error).message}`)
  }
}

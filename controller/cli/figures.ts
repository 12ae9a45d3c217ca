// `--metrics`: the figures of the controller for Prometheus, where the command line says so. In: the figures and the address. Out: an
// endpoint, or why there is none.
import { CommandError } from '../errors.ts'
import type { Logger } from '../observe/log.ts'
import { type Metrics, type MetricsEndpoint, serveMetrics } from '../observe/metrics.ts'
import { type HostPort, shownHostPort } from './arguments.ts'

export async function serveFigures(
  { registry }: Metrics,
  at: HostPort | undefined,
  log: Logger,
): Promise<MetricsEndpoint | undefined> {
  if (!at) return undefined
  try {
    const endpoint = await serveMetrics(registry, at.host, at.port)
    const url = `http://${shownHostPort({ ...at, port: endpoint.port })}/metrics`
    log.info({ metrics: url }, `figures for Prometheus: ${url}`)
    return endpoint
  } catch (error) {
    throw new CommandError(3, `--metrics ${shownHostPort(at)}: ${(error as Error).message}`)
  }
}

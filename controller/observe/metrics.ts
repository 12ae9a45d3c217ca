// Figures about the controller for Prometheus, `sluice_controller_*`. In: what the xDS server and the main loop tell. Out: a
// registry, and its text over HTTP. What the filters count is Envoy's to show (`/stats/prometheus` of its admin).
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { ProxyStatus } from '../serve/proxy.ts'
import type { XdsEvent } from '../serve/server.ts'

export interface Metrics {
  registry: Registry
  /** For `onEvent` of the xDS server. */
  xds(event: XdsEvent): void
  /** For its `onStatus`. */
  status(proxy: string, status: ProxyStatus): void
  /** One run of the main loop: from a snapshot to resources that are set. */
  translated(ms: number): void
  /** From a change that was noticed to the acknowledgement of all Envoys. */
  live(ms: number): void
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

export const createMetrics = (): Metrics => {
  const registry = new Registry()
  const registers = [registry]
  const prefix = 'sluice_controller_'
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name: prefix + name, help, labelNames, registers })
  const gauge = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Gauge({ name: prefix + name, help, labelNames, registers })
  const seconds = (name: string, help: string) =>
    new Histogram({ name: prefix + name, help, buckets: SECONDS, registers })

  const envoys = gauge('envoys', 'Envoys that are connected.', ['proxy'])
  const sent = counter('xds_resources_sent_total', 'Resources sent to Envoys.', ['type'])
  const removed = counter('xds_resources_removed_total', 'Resources that Envoys were told to remove.', ['type'])
  const bytes = counter('xds_sent_bytes_total', 'Bytes of xDS responses.', ['type'])
  const acknowledged = counter('xds_acknowledged_total', 'Responses that an Envoy acknowledged.', ['type'])
  const rejected = counter('xds_rejected_total', 'Responses that an Envoy rejected.', ['type'])
  const quarantined = gauge('quarantined', 'Routes and other parts kept out because Envoy rejects them.', ['proxy'])
  const behind = gauge('envoys_behind', 'Envoys that have not acknowledged the newest configuration.', ['proxy'])
  const translation = seconds('translation_seconds', 'From a snapshot of the objects to resources for Envoy.')
  const convergence = seconds('live_seconds', 'From a noticed change to the acknowledgement of every Envoy.')
  collectDefaultMetrics({ register: registry, prefix })

  return {
    registry,
    xds: event => {
      switch (event.type) {
        case 'connected':
          envoys.inc({ proxy: event.proxy })
          break
        case 'disconnected':
          envoys.dec({ proxy: event.proxy })
          break
        case 'sent':
          sent.inc({ type: event.xds }, event.changed)
          removed.inc({ type: event.xds }, event.removed)
          bytes.inc({ type: event.xds }, event.bytes)
          break
        case 'acknowledged':
          acknowledged.inc({ type: event.xds })
          break
        case 'rejected':
          rejected.inc({ type: event.xds })
      }
    },
    status: (proxy, status) => {
      quarantined.set({ proxy }, status.rejections.length)
      behind.set({ proxy }, status.envoys.filter(envoy => envoy.acknowledged < status.generation).length)
    },
    translated: ms => translation.observe(ms / 1_000),
    live: ms => convergence.observe(ms / 1_000),
  }
}

export interface MetricsEndpoint {
  port: number
  close(): Promise<void>
}

/** Serves `/metrics`; port 0 takes a free one. */
export const serveMetrics = (registry: Registry, host: string, port: number): Promise<MetricsEndpoint> =>
  new Promise((done, fail) => {
    const server = createServer((request, response) => {
      if (request.method !== 'GET' || request.url !== '/metrics') return response.writeHead(404).end()
      registry.metrics().then(
        text => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
        (error: Error) => response.writeHead(500).end(error.message),
      )
    })
    server.once('error', fail)
    server.listen(port, host, () =>
      done({
        port: (server.address() as AddressInfo).port,
        close: async () => {
          server.closeAllConnections()
          await new Promise(closed => server.close(closed))
        },
      }),
    )
  })

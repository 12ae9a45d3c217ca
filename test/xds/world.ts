// A world for tests of the xDS server: the server on a socket of its own, real Envoys that it configures, backends, and
// resources in few words. Everything ends with its `await using` scope.
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import type { ProxyStatus } from '../../controller/serve/proxy.ts'
import type { Resource } from '../../controller/serve/resource.ts'
import { createXdsServer, type XdsEvent, type XdsServer, type XdsServerOptions } from '../../controller/serve/server.ts'
import { bootstrap } from '../../envoy/bootstrap.ts'
import { packAny } from '../../envoy/schema/any.ts'
import type { Cluster, FilterChain, Route, VirtualHost } from '../../envoy/schema/envoy.gen.ts'
import { type StaticEnvoy, startEnvoy } from '../envoy/static.ts'
import type { Pair } from '../tls/pair.ts'

export interface World extends AsyncDisposable {
  server: XdsServer
  socket: string
  events: XdsEvent[]
  statuses: ProxyStatus[]
  /** Resolves at once, or with the first status that passes. */
  until(test: (status: ProxyStatus) => boolean): Promise<ProxyStatus>
  /** Everything of the last `set` is acknowledged, or known to be rejected, by that many Envoys. */
  settled(envoys?: number): Promise<ProxyStatus>
  /** Ends the server and starts another one in its place, with what it saved; it is set to what was set last, or to `then`. */
  restart(options?: XdsServerOptions, then?: Resource[]): Promise<void>
  set(...resources: Resource[]): void
  envoy(node?: string): Promise<StaticEnvoy>
}

export const PROXY = 'test'

export const world = async (options: XdsServerOptions = {}): Promise<World> => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-xds-'))
  const socket = join(folder, 'xds.sock')
  const looks = new Set<() => void>()
  const events: XdsEvent[] = []
  const statuses: ProxyStatus[] = []
  let wanted: Resource[] = []
  const start = async (more: XdsServerOptions) => {
    const server = createXdsServer({
      ...options,
      ...more,
      onEvent: event => void events.push(event),
      onStatus: (_, status) => {
        statuses.push(status)
        for (const look of looks) look()
      },
    })
    await server.listen({ type: 'unix', path: socket })
    return server
  }
  const self: World = {
    server: await start({}),
    socket,
    events,
    statuses,
    until: test =>
      new Promise(done => {
        const look = () => {
          const status = self.server.status(PROXY)
          if (!status || !test(status)) return
          looks.delete(look)
          done(status)
        }
        looks.add(look)
        look()
      }),
    settled: (count = 1) =>
      self.until(
        ({ generation, envoys }) =>
          envoys.length === count && envoys.every(({ acknowledged }) => acknowledged === generation),
      ),
    restart: async (more, then = wanted) => {
      const saved = self.server.save()
      await self.server.close()
      self.server = await start({ saved, ...more })
      if (then.length > 0) self.server.set(PROXY, then)
    },
    set: (...resources) => {
      wanted = resources
      self.server.set(PROXY, resources)
    },
    envoy: (node = randomUUID()) =>
      startEnvoy(
        bootstrap({
          nodeId: node,
          proxy: PROXY,
          xds: { type: 'unix', path: socket },
          admin: { type: 'tcp', host: '127.0.0.1', port: 0 },
        }),
      ),
    [Symbol.asyncDispose]: async () => {
      await self.server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
  return self
}

export const ads = { ads: {}, resourceApiVersion: 'V3' } as const

export const listener = (name: string, routes: string, port = 0, chain: FilterChain = {}): Resource => ({
  type: 'Listener',
  name,
  json: {
    name,
    address: { socketAddress: { address: '127.0.0.1', portValue: port } },
    enableReusePort: false,
    filterChains: [
      {
        ...chain,
        filters: [
          {
            name: 'http',
            typedConfig: packAny('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
              statPrefix: name,
              rds: { routeConfigName: routes, configSource: ads },
              httpFilters: [
                { name: 'router', typedConfig: packAny('envoy.extensions.filters.http.router.v3.Router', {}) },
              ],
            }),
          },
        ],
      },
    ],
  },
})

/** With the certificate of a secret. */
export const tlsListener = (name: string, routes: string, secretName: string): Resource =>
  listener(name, routes, 0, {
    transportSocket: {
      name: 'tls',
      typedConfig: packAny('envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext', {
        commonTlsContext: { tlsCertificateSdsSecretConfigs: [{ name: secretName, sdsConfig: ads }] },
      }),
    },
  })

export const secret = (name: string, { crt, key }: Pair): Resource => ({
  type: 'Secret',
  name,
  json: {
    name,
    tlsCertificate: { certificateChain: { inlineString: crt }, privateKey: { inlineString: key } },
  },
})

export const cluster = (name: string, more: Cluster = {}): Resource => ({
  type: 'Cluster',
  name,
  json: { name, type: 'EDS', connectTimeout: '1s', edsClusterConfig: { edsConfig: ads }, ...more },
})

export const endpoints = (name: string, ...ports: number[]): Resource => ({
  type: 'ClusterLoadAssignment',
  name,
  json: {
    clusterName: name,
    endpoints: [
      {
        lbEndpoints: ports.map(portValue => ({
          endpoint: { address: { socketAddress: { address: '127.0.0.1', portValue } } },
        })),
      },
    ],
  },
})

export const table = (name: string, ...virtualHosts: VirtualHost[]): Resource => ({
  type: 'RouteConfiguration',
  name,
  json: { name },
  virtualHosts,
})

export const host = (name: string, ...routes: Route[]): VirtualHost => ({ name, domains: [name], routes })

export const to = (clusterName: string, prefix = '/', name = prefix): Route => ({
  name,
  match: { prefix },
  route: { cluster: clusterName },
})

export const answers = (text: string, prefix = '/', name = prefix): Route => ({
  name,
  match: { prefix },
  directResponse: { status: 200, body: { inlineString: text } },
})

/** Envoy refuses it: the expression has no end. */
export const badRoute = (name: string): Route => ({
  name,
  match: { safeRegex: { regex: `/${name}(` } },
  directResponse: { status: 200 },
})

export interface Backend extends AsyncDisposable {
  port: number
}

/** Answers its name. */
export const backend = async (name: string): Promise<Backend> => {
  const server = createServer((_, response) => response.end(name))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise(done => server.close(done))
    },
  }
}

/** The common name of the certificate that a TLS listener shows. */
export const nameShown = async (port: number): Promise<string | undefined> => {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false })
  try {
    await once(socket, 'secureConnect')
    return String(socket.getPeerCertificate().subject.CN)
  } finally {
    socket.destroy()
  }
}

/** Status and body; a connection that fails answers with its error. */
export const ask = (url: string, hostName = 'any'): Promise<string> =>
  new Promise(done => {
    const request = get(url, { agent: false, headers: { host: hostName } }, response => {
      let body = ''
      response.setEncoding('utf8').on('data', chunk => {
        body += chunk
      })
      response.once('end', () => done(`${response.statusCode} ${body}`))
      response.once('error', error => done(error.message))
    })
    request.once('error', error => done(error.message))
  })

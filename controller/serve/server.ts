// Delta ADS over gRPC: Envoys connect and tell which proxy they are, callers set what each proxy should have. What is sent
// and when is decided behind `proxy.ts`; here are sockets and streams.
import { chmod, unlink } from 'node:fs/promises'
import { connect } from 'node:net'
import {
  type Metadata,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServiceDefinition,
  status,
} from '@grpc/grpc-js'
import type { SocketAddress } from '../../envoy/bootstrap.ts'
import type { DeltaDiscoveryRequest, Node } from '../../envoy/schema/envoy.gen.ts'
import { type Connection, createProxy, type ProxyStatus, type ServedProxy } from './proxy.ts'
import type { SavedQuarantine } from './quarantine.ts'
import type { Resource, XdsType } from './resource.ts'
import { type DeltaResponse, decodeRequest, encodeResponse } from './wire.ts'

export interface XdsServer {
  /** The whole of what a proxy's Envoys should have. Returns a generation, which grows with each call for the proxy. */
  set(proxy: string, resources: readonly Resource[]): number
  /** Undefined for a proxy that was never set and has no Envoy. */
  status(proxy: string): ProxyStatus | undefined
  /** What Envoy rejected, for the next process to begin with: its `saved`. */
  save(): SavedRejections
  /** Resolves with the address that is bound: port 0 becomes a real one, a unix socket has mode 0600. */
  listen(address: SocketAddress): Promise<SocketAddress>
  close(): Promise<void>
}

export type SavedRejections = Record<string, SavedQuarantine>

export type XdsEvent = { proxy: string; node: string } & (
  | { type: 'connected' | 'disconnected' }
  | { type: 'sent'; xds: XdsType; changed: number; removed: number; bytes: number }
  | { type: 'acknowledged'; xds: XdsType }
  | { type: 'rejected'; xds: XdsType; message: string }
)

export interface XdsServerOptions {
  /** Which proxy an Envoy is; undefined turns it away, a rejection has it try again. Default: its node's `cluster`, as `envoy/bootstrap.ts` sets it. */
  identify?: (node: Node, metadata: Metadata) => string | undefined | Promise<string | undefined>
  saved?: SavedRejections
  /** Called when a generation is acknowledged, when something is rejected or mended, when an Envoy comes or goes. */
  onStatus?: (proxy: string, status: ProxyStatus) => void
  /** For logs and metrics. */
  onEvent?: (event: XdsEvent) => void
  /** How long routes wait for clusters that do not become warm. */
  patienceMs?: number
  /** After which time what failed for a reason outside of it (a port in use) is sent again. */
  retryMs?: number
}

type Call = ServerDuplexStream<Buffer, Buffer>

export const createXdsServer = (options: XdsServerOptions = {}): XdsServer => {
  const { identify = ({ cluster }) => cluster, saved = {}, onStatus, onEvent } = options
  const { patienceMs = 5_000, retryMs = 5_000 } = options
  const proxies = new Map<string, ServedProxy>()

  const proxyOf = (id: string): ServedProxy => {
    const known = proxies.get(id)
    if (known) return known
    const proxy = createProxy({
      ...(saved[id] ? { saved: saved[id] } : {}),
      onStatus: status => onStatus?.(id, status),
      onAnswer: ({ node, xds, rejected }) =>
        onEvent?.(
          rejected === undefined
            ? { type: 'acknowledged', proxy: id, node, xds }
            : { type: 'rejected', proxy: id, node, xds, message: rejected },
        ),
      patienceMs,
      retryMs,
    })
    proxies.set(id, proxy)
    return proxy
  }

  const open = (call: Call, proxy: string, node: string): Connection => {
    onEvent?.({ type: 'connected', proxy, node })
    const connection = proxyOf(proxy).connect(node, (response: DeltaResponse) => {
      const bytes = encodeResponse(response)
      const { type: xds, resources, removed } = response
      const changed = resources.length
      call.write(bytes)
      onEvent?.({ type: 'sent', proxy, node, xds, changed, removed: removed.length, bytes: bytes.length })
    })
    call.once('close', () => {
      connection.close()
      onEvent?.({ type: 'disconnected', proxy, node })
    })
    return connection
  }

  /** The first request of a stream tells the node, which has to be known before anything is answered. */
  const serve = (call: Call): void => {
    let proxy: Promise<string | undefined> | undefined
    let connection: Connection | undefined
    let isOver = false
    const fail = (code: status, details: string): void => {
      isOver = true
      call.emit('error', { code, details })
    }
    const hear = async (bytes: Buffer): Promise<void> => {
      const request = decoded(bytes)
      if (request instanceof Error) return fail(status.INVALID_ARGUMENT, request.message)
      proxy ??= whoIs(request.node ?? {}, call.metadata)
      const id = await proxy.catch((error: Error) => fail(status.UNAVAILABLE, error.message))
      if (isOver || call.cancelled) return
      if (id === undefined) return fail(status.PERMISSION_DENIED, 'not an Envoy of ours')
      connection ??= open(call, id, request.node?.id ?? '')
      connection.receive(request)
    }
    let turn: Promise<void> = Promise.resolve()
    call.on('data', (bytes: Buffer) => {
      turn = turn.then(() => (isOver ? undefined : hear(bytes)))
    })
    call.once('end', () => call.end())
  }

  const whoIs = async (node: Node, metadata: Metadata) => identify(node, metadata)

  const server = new Server({
    'grpc.max_receive_message_length': 64 * 1024 * 1024,
    'grpc.max_send_message_length': -1,
  })
  server.addService(service, {
    delta: serve,
  })

  return {
    set: (proxy, resources) => proxyOf(proxy).set(resources),
    status: proxy => proxies.get(proxy)?.status(),
    save: () => Object.fromEntries([...proxies].map(([id, proxy]) => [id, proxy.save()])),
    listen: async address => {
      if (address.type === 'unix') await removeStale(address.path)
      const port = await bind(
        server,
        address.type === 'unix' ? `unix:${address.path}` : `${address.host}:${address.port}`,
      )
      if (address.type === 'tcp') return { ...address, port }
      await chmod(address.path, 0o600)
      return address
    },
    close: async () => {
      for (const proxy of proxies.values()) proxy.close()
      server.forceShutdown()
    },
  }
}

const decoded = (bytes: Buffer): DeltaDiscoveryRequest | Error => {
  try {
    return decodeRequest(bytes)
  } catch (error) {
    return error as Error
  }
}

const raw = { serialize: (bytes: Buffer) => bytes, deserialize: (bytes: Buffer) => bytes }

const delta: MethodDefinition<Buffer, Buffer> = {
  path: '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources',
  requestStream: true,
  responseStream: true,
  requestSerialize: raw.serialize,
  requestDeserialize: raw.deserialize,
  responseSerialize: raw.serialize,
  responseDeserialize: raw.deserialize,
}

const service: ServiceDefinition = { delta }

const bind = (server: Server, address: string): Promise<number> =>
  new Promise((done, fail) =>
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => (error ? fail(error) : done(port))),
  )

/** A process that was killed leaves its socket behind. One that answers belongs to somebody who lives. */
const removeStale = async (path: string): Promise<void> => {
  const isAlive = await new Promise<boolean>(done => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      done(true)
    })
    socket.once('error', () => done(false))
  })
  if (isAlive) throw new Error(`another process listens on ${path}`)
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
}

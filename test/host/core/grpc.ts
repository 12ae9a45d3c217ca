// gRPC calls and streams of one root context (`proxy_grpc_call`, `proxy_grpc_stream`), and what the test lets come back. Held
// against Envoy's by differential/grpc.yaml.
import { Status } from './abi.ts'
import { type Data, fromByteString, readable, toBytes } from './bytes.ts'
import type { Cluster } from './calls.ts'
import { ignore, type RootContext } from './context.ts'
import { type HeaderInit, HeaderMap, type Headers, mapOf, pairsOf } from './headers.ts'
import type { Pair } from './pairs.ts'
import type { PendingCalls } from './pending.ts'
import type { Run } from './run.ts'

export interface GrpcCall {
  cluster: string
  service: string
  method: string
  metadata: Headers
  message: Uint8Array
  timeoutMs: number
  rootId: string
}

export interface GrpcAnswer {
  /** gRPC status; 0 with a message is a success. */
  status?: number
  statusMessage?: string
  message?: Data
  metadata?: HeaderInit
  trailers?: HeaderInit
  afterMs?: number
}

export interface GrpcStreamEnd {
  /** The answer's headers; sent by themselves before the first message where a test does not. */
  begin(metadata: HeaderInit): void
  receive(message: Data): void
  close(status: number, message?: string, trailers?: HeaderInit): void
}

interface GrpcStream {
  take: (message: Uint8Array, last: boolean) => void
  /** Headers have come back. */
  begun: boolean
  /** We have said our last. */
  ended: boolean
}

export class GrpcCallouts {
  readonly #root: RootContext
  readonly #pending: PendingCalls
  readonly #streams = new Map<number, GrpcStream>()
  readonly #seen: (call: GrpcCall) => void

  constructor(root: RootContext, pending: PendingCalls, seen: (call: GrpcCall) => void) {
    this.#root = root
    this.#pending = pending
    this.#seen = seen
  }

  call(
    name: string,
    service: string,
    method: string,
    metadata: Pair[],
    message: Uint8Array,
    timeoutMs: number,
  ): number | { status: number } {
    const cluster = this.#grpcCluster(name)
    if (typeof cluster === 'number') return { status: cluster }
    const call = this.#grpcCall(name, service, method, metadata, message, timeoutMs)
    this.#seen(call)
    if (!cluster.grpc) return { status: Status.InternalFailure }
    const answer = cluster.grpc(call)
    const token = this.#root.vm.nextCallId('grpc-call')
    const late = answer === 'never' ? Number.POSITIVE_INFINITY : (answer.afterMs ?? 0)
    if (timeoutMs > 0 && late >= timeoutMs) {
      this.#pending.after(token, timeoutMs, () => this.#closed(token, 14, 'upstream request timeout{response_timeout}'))
    } else if (answer === 'never') this.#pending.open(token)
    else this.#pending.after(token, late, () => this.#grpcAnswered(token, answer))
    return token
  }

  *#grpcAnswered(token: number, answer: GrpcAnswer): Run<void> {
    if ((answer.status ?? 0) !== 0) return yield* this.#closed(token, answer.status!, closeText(answer.statusMessage))
    this.#pending.drop(token)
    yield* this.#receive(token, toBytes(answer.message ?? ''))
  }

  stream(name: string, service: string, method: string, metadata: Pair[]): number | { status: number } {
    const cluster = this.#grpcCluster(name)
    if (typeof cluster === 'number') return { status: cluster }
    const call = this.#grpcCall(name, service, method, metadata, new Uint8Array(0), 0)
    this.#seen(call)
    if (!cluster.stream) return { status: Status.InternalFailure }
    const token = this.#root.vm.nextCallId('grpc-stream')
    this.#pending.open(token)
    const stream: GrpcStream = { take: () => {}, begun: false, ended: false }
    this.#streams.set(token, stream)
    stream.take = cluster.stream(call, this.#remoteEnd(token, stream))
    return token
  }

  /** What the backend of a stream does, as callbacks in their order. */
  #remoteEnd(token: number, stream: GrpcStream): GrpcStreamEnd {
    const clock = this.#root.vm.world.clock
    const later = (work: () => Run<void>): void =>
      void clock.after(0, () => (this.#pending.has(token) ? work() : nothing()))
    const initial = (metadata: HeaderInit): void => {
      stream.begun = true
      later(() => this.#metadata(token, 'initial', timed(new HeaderMap('response', metadata), stream)))
    }
    return {
      begin: initial,
      receive: message => {
        if (!stream.begun) initial(GRPC_HEADERS)
        later(() => this.#receive(token, toBytes(message)))
      },
      close: (status, text, more) => {
        const trailers = new HeaderMap('response-trailers')
        // Without an answer before it, the end comes as headers alone; they count as trailers.
        if (!stream.begun) {
          later(() => this.#metadata(token, 'initial', new HeaderMap('response')))
          for (const [name, value] of pairsOf(GRPC_HEADERS)) trailers.add(name, value)
          timed(trailers, stream)
        }
        trailers.add('grpc-status', String(status))
        if (text !== undefined) trailers.add('grpc-message', text)
        for (const [name, value] of pairsOf(more ?? {})) trailers.add(name, value)
        later(() => this.#metadata(token, 'trailing', trailers))
        later(() => this.#closed(token, status, closeText(text)))
      },
    }
  }

  send(token: number, message: Uint8Array, last: boolean): number {
    if ((token & 3) !== 2) return Status.BadArgument
    const stream = this.#streams.get(token)
    if (!stream) return Status.NotFound
    if (stream.ended) return Status.Ok
    stream.ended = last
    stream.take(message, last)
    return Status.Ok
  }

  /** `proxy_grpc_close`: no more from us; the other side may go on. */
  close(token: number): number {
    if ((token & 3) === 1 && this.#pending.has(token)) {
      throw new Error('proxy_grpc_close on a gRPC call: Envoy dies of it; use proxy_grpc_cancel')
    }
    if ((token & 3) !== 1 && (token & 3) !== 2) return Status.BadArgument
    const stream = this.#streams.get(token)
    if (!stream) return Status.NotFound
    stream.ended = true
    return Status.Ok
  }

  /** `proxy_grpc_cancel`. */
  cancel(token: number): number {
    if ((token & 3) !== 1 && (token & 3) !== 2) return Status.BadArgument
    if (!this.#pending.cancel(token)) return Status.NotFound
    this.#streams.delete(token)
    return Status.Ok
  }

  *#receive(token: number, message: Uint8Array): Run<void> {
    const root = this.#root
    root.received.grpc = message
    yield* root.vm.call(root, 'proxy_on_grpc_receive', [token, message.length], ignore)
    root.received.grpc = undefined
  }

  *#metadata(token: number, which: 'initial' | 'trailing', map: HeaderMap): Run<void> {
    const root = this.#root
    root.received[`${which}Metadata`] = map
    yield* root.vm.call(root, `proxy_on_grpc_receive_${which}_metadata`, [token, map.size], ignore)
    root.received[`${which}Metadata`] = undefined
  }

  *#closed(token: number, status: number, message: string): Run<void> {
    this.#pending.drop(token)
    this.#streams.delete(token)
    const root = this.#root
    root.status = { code: status, message }
    yield* root.vm.call(root, 'proxy_on_grpc_close', [token, status], ignore)
    root.status.message = ''
  }

  /** Named bare it must exist; as a message it may not, and then the call cannot be made. */
  #grpcCluster(service: string): Cluster | number {
    if (service === '') throw new Error('a gRPC call to a service without a name: Envoy dies of it')
    const name = clusterName(service)
    return this.#pending.cluster(name) ?? (name === service ? Status.ParseFailure : Status.InternalFailure)
  }

  #grpcCall(
    name: string,
    service: string,
    method: string,
    metadata: Pair[],
    message: Uint8Array,
    timeoutMs: number,
  ): GrpcCall {
    const cluster = readable(clusterName(name))
    const headers = mapOf('request', metadata).view()
    return { cluster, service, method, metadata: headers, message, timeoutMs, rootId: this.#root.plugin.rootId }
  }
}

/** Envoy says where a status comes from. */
const closeText = (message = ''): string => (message === '' ? 'via_upstream' : `${message}{via_upstream}`)

const GRPC_HEADERS = { ':status': '200', 'content-type': 'application/grpc' }

/** Once the request is complete, Envoy tells how long the answer took. */
const timed = (map: HeaderMap, stream: GrpcStream): HeaderMap => {
  if (stream.ended) map.add('x-envoy-upstream-service-time', '0')
  return map
}

const nothing = function* (): Run<void> {}

/** A cluster's name, given bare or as a `GrpcService` message whose `envoy_grpc.cluster_name` it is. */
const clusterName = (service: string): string => {
  const bytes = fromByteString(service)
  if (bytes[0] !== 0x0a || bytes[2] !== 0x0a || bytes[1] !== bytes.length - 2) return service
  return String.fromCharCode(...bytes.subarray(4, 4 + (bytes[3] ?? 0)))
}

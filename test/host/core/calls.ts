// Calls that a module makes to other clusters (`proxy_http_call`, `proxy_grpc_call`, `proxy_grpc_stream`), and what the test
// lets come back: an answer, at once or later, a failure, or never anything.
import { Status } from './abi.ts'
import { type Data, fromByteString, readable, toBytes } from './bytes.ts'
import { ignore, type RootContext } from './context.ts'
import { type HeaderInit, HeaderMap, type Headers, pairsOf } from './headers.ts'
import type { Pair } from './pairs.ts'
import type { Run } from './run.ts'

export interface HttpCall {
  cluster: string
  headers: Headers
  body: Uint8Array
  trailers: Headers
  timeoutMs: number
  rootId: string
}

export interface HttpAnswer {
  status?: number
  headers?: HeaderInit
  body?: Data
  trailers?: HeaderInit
  /** Milliseconds until it arrives; beyond the call's timeout it never does. */
  afterMs?: number
}

/** `no-host`: Envoy finds no healthy host, answers status 10 and calls nobody back. */
export type HttpOutcome = HttpAnswer | 'reset' | 'never' | 'no-host'

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

export interface Cluster {
  http?(call: HttpCall): HttpOutcome
  grpc?(call: GrpcCall): GrpcAnswer | 'never'
  /** Answers what to do with each message that the module sends. */
  stream?(call: GrpcCall, end: GrpcStreamEnd): (message: Uint8Array, last: boolean) => void
}

export interface CallResponse {
  headers: HeaderMap
  body: Uint8Array
  trailers: HeaderMap | undefined
}

interface GrpcStream {
  take: (message: Uint8Array, last: boolean) => void
  /** Headers have come back. */
  begun: boolean
  /** We have said our last. */
  ended: boolean
}

interface Pending {
  cancel: () => void
}

const statusText = (code: number): [string, string][] => [[':status', String(code)]]

/** The calls of one root context. */
export class Callouts {
  readonly #root: RootContext
  readonly #pending = new Map<number, Pending>()
  readonly #streams = new Map<number, GrpcStream>()
  readonly #seen: { http(call: HttpCall): void; grpc(call: GrpcCall): void }

  constructor(root: RootContext, seen: { http(call: HttpCall): void; grpc(call: GrpcCall): void }) {
    this.#root = root
    this.#seen = seen
  }

  get pending(): number {
    return this.#pending.size
  }

  /** Answers the call's token, or a status above 0 as `{ status }`. */
  http(
    name: string,
    pairs: Pair[],
    body: Uint8Array,
    trailers: Pair[],
    timeoutMs: number,
  ): number | { status: number } {
    const cluster = this.#cluster(name)
    if (timeoutMs < 0 || !cluster) return { status: Status.BadArgument }
    const headers = mapOf('request', pairs)
    for (const needed of [':path', ':method', ':authority']) {
      if (headers.first(needed) === undefined) return { status: Status.BadArgument }
    }
    if (body.length > 0) headers.set('content-length', String(body.length))
    const call: HttpCall = {
      cluster: readable(name),
      headers: headers.view(),
      body,
      trailers: mapOf('request-trailers', trailers).view(),
      timeoutMs,
      rootId: this.#root.plugin.rootId,
    }
    this.#seen.http(call)
    const outcome = cluster.http ? cluster.http(call) : 'no-host'
    const token = this.#root.vm.nextCallId('http')
    if (outcome === 'no-host') return { status: Status.InternalFailure }
    if (outcome === 'never' && timeoutMs === 0) this.#pending.set(token, { cancel: ignore })
    else this.#schedule(token, outcome, timeoutMs)
    return token
  }

  #schedule(token: number, outcome: HttpAnswer | 'reset' | 'never', timeoutMs: number): void {
    const late = outcome === 'never' ? Number.POSITIVE_INFINITY : outcome === 'reset' ? 0 : (outcome.afterMs ?? 0)
    if (timeoutMs > 0 && late >= timeoutMs) {
      // Envoy's own answer to a call that took too long.
      const answer = { status: 504, headers: { 'content-type': 'text/plain' }, body: 'upstream request timeout' }
      this.#after(token, timeoutMs, () => this.#answered(token, answer))
    } else if (outcome === 'reset') this.#after(token, 0, () => this.#lost(token))
    else if (outcome !== 'never') this.#after(token, late, () => this.#answered(token, outcome))
  }

  *#answered(token: number, answer: HttpAnswer): Run<void> {
    this.#pending.delete(token)
    const headers = new HeaderMap('response', statusText(answer.status ?? 200))
    for (const [name, value] of pairsOf(answer.headers ?? {})) headers.add(name, value)
    const body = toBytes(answer.body ?? '')
    if (body.length > 0 && headers.first('content-length') === undefined) {
      headers.add('content-length', String(body.length))
    }
    headers.set('x-envoy-upstream-service-time', String(answer.afterMs ?? 0))
    const trailers = answer.trailers ? new HeaderMap('response-trailers', answer.trailers) : undefined
    const root = this.#root
    root.received.call = { headers, body, trailers }
    root.vm.later(() => {
      root.received.call = undefined
      return undefined
    })
    const args = [token, headers.size, body.length, trailers?.size ?? 0]
    yield* root.vm.call(root, 'proxy_on_http_call_response', args, ignore)
    yield* root.vm.settle()
  }

  *#lost(token: number): Run<void> {
    this.#pending.delete(token)
    const root = this.#root
    root.status = { code: Status.BrokenConnection, message: 'reset' }
    yield* root.vm.call(root, 'proxy_on_http_call_response', [token, 0, 0, 0], ignore)
    root.status.message = ''
  }

  grpc(
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
    this.#seen.grpc(call)
    if (!cluster.grpc) return { status: Status.InternalFailure }
    const answer = cluster.grpc(call)
    const token = this.#root.vm.nextCallId('grpc-call')
    const late = answer === 'never' ? Number.POSITIVE_INFINITY : (answer.afterMs ?? 0)
    if (timeoutMs > 0 && late >= timeoutMs) {
      this.#after(token, timeoutMs, () => this.#closed(token, 14, 'upstream request timeout{response_timeout}'))
    } else if (answer === 'never') this.#pending.set(token, { cancel: ignore })
    else this.#after(token, late, () => this.#grpcAnswered(token, answer))
    return token
  }

  *#grpcAnswered(token: number, answer: GrpcAnswer): Run<void> {
    if ((answer.status ?? 0) !== 0) return yield* this.#closed(token, answer.status!, closeText(answer.statusMessage))
    this.#pending.delete(token)
    yield* this.#receive(token, toBytes(answer.message ?? ''))
  }

  stream(name: string, service: string, method: string, metadata: Pair[]): number | { status: number } {
    const cluster = this.#grpcCluster(name)
    if (typeof cluster === 'number') return { status: cluster }
    const call = this.#grpcCall(name, service, method, metadata, new Uint8Array(0), 0)
    this.#seen.grpc(call)
    if (!cluster.stream) return { status: Status.InternalFailure }
    const token = this.#root.vm.nextCallId('grpc-stream')
    this.#pending.set(token, { cancel: ignore })
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
    const pending = this.#pending.get(token)
    if (!pending) return Status.NotFound
    pending.cancel()
    this.#pending.delete(token)
    this.#streams.delete(token)
    return Status.Ok
  }

  cancelAll(): void {
    for (const { cancel } of this.#pending.values()) cancel()
    this.#pending.clear()
    this.#streams.clear()
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
    this.#pending.delete(token)
    this.#streams.delete(token)
    const root = this.#root
    root.status = { code: status, message }
    yield* root.vm.call(root, 'proxy_on_grpc_close', [token, status], ignore)
    root.status.message = ''
  }

  #after(token: number, ms: number, fire: () => Run<void>): void {
    const cancel = this.#root.vm.world.clock.after(ms, fire)
    this.#pending.set(token, { cancel })
  }

  /** Named bare it must exist; as a message it may not, and then the call cannot be made. */
  #grpcCluster(service: string): Cluster | number {
    if (service === '') throw new Error('a gRPC call to a service without a name: Envoy dies of it')
    const name = clusterName(service)
    return this.#cluster(name) ?? (name === service ? Status.ParseFailure : Status.InternalFailure)
  }

  #cluster(name: string): Cluster | undefined {
    const clusters = this.#root.vm.world.clusters
    return Object.hasOwn(clusters, name) ? clusters[name] : undefined
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

const mapOf = (kind: 'request' | 'request-trailers', pairs: Pair[]): HeaderMap => {
  const map = new HeaderMap(kind)
  for (const [name, value] of pairs) map.add(name, value)
  return map
}

/** A cluster's name, given bare or as a `GrpcService` message whose `envoy_grpc.cluster_name` it is. */
const clusterName = (service: string): string => {
  const bytes = fromByteString(service)
  if (bytes[0] !== 0x0a || bytes[2] !== 0x0a || bytes[1] !== bytes.length - 2) return service
  return String.fromCharCode(...bytes.subarray(4, 4 + (bytes[3] ?? 0)))
}

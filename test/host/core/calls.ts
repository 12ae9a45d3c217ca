// Calls that a module makes to other clusters, HTTP here and gRPC in grpc.ts, and what the test lets come back: an answer, at
// once or later, a failure, or never anything.
import { Status } from './abi.ts'
import { type Data, readable, toBytes } from './bytes.ts'
import { ignore, type RootContext } from './context.ts'
import { type GrpcAnswer, type GrpcCall, GrpcCallouts, type GrpcStreamEnd } from './grpc.ts'
import { type HeaderInit, HeaderMap, type Headers, mapOf, pairsOf } from './headers.ts'
import type { Pair } from './pairs.ts'
import { PendingCalls } from './pending.ts'
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

const statusText = (code: number): [string, string][] => [[':status', String(code)]]

/** The calls of one root context. */
export class Callouts {
  readonly grpc: GrpcCallouts
  readonly #root: RootContext
  readonly #pending: PendingCalls
  readonly #seen: (call: HttpCall) => void

  constructor(root: RootContext, seen: { http(call: HttpCall): void; grpc(call: GrpcCall): void }) {
    this.#root = root
    this.#pending = new PendingCalls(root)
    this.#seen = call => seen.http(call)
    this.grpc = new GrpcCallouts(root, this.#pending, call => seen.grpc(call))
  }

  /** Answers the call's token, or a status above 0 as `{ status }`. */
  http(
    name: string,
    pairs: Pair[],
    body: Uint8Array,
    trailers: Pair[],
    timeoutMs: number,
  ): number | { status: number } {
    const cluster = this.#pending.cluster(name)
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
    this.#seen(call)
    const outcome = cluster.http ? cluster.http(call) : 'no-host'
    const token = this.#root.vm.nextCallId('http')
    if (outcome === 'no-host') return { status: Status.InternalFailure }
    if (outcome === 'never' && timeoutMs === 0) this.#pending.open(token)
    else this.#schedule(token, outcome, timeoutMs)
    return token
  }

  #schedule(token: number, outcome: HttpAnswer | 'reset' | 'never', timeoutMs: number): void {
    const late = outcome === 'never' ? Number.POSITIVE_INFINITY : outcome === 'reset' ? 0 : (outcome.afterMs ?? 0)
    if (timeoutMs > 0 && late >= timeoutMs) {
      // Envoy's own answer to a call that took too long.
      const answer = { status: 504, headers: { 'content-type': 'text/plain' }, body: 'upstream request timeout' }
      this.#pending.after(token, timeoutMs, () => this.#answered(token, answer))
    } else if (outcome === 'reset') this.#pending.after(token, 0, () => this.#lost(token))
    else if (outcome !== 'never') {
      // Envoy puts it on what a backend answers, and on none of its own.
      const headers: HeaderInit = [...pairsOf(outcome.headers ?? {}), ['x-envoy-upstream-service-time', String(late)]]
      this.#pending.after(token, late, () => this.#answered(token, { ...outcome, headers }))
    }
  }

  *#answered(token: number, answer: HttpAnswer): Run<void> {
    this.#pending.drop(token)
    const headers = new HeaderMap('response', statusText(answer.status ?? 200))
    for (const [name, value] of pairsOf(answer.headers ?? {})) headers.add(name, value)
    const body = toBytes(answer.body ?? '')
    if (body.length > 0 && headers.first('content-length') === undefined) {
      headers.add('content-length', String(body.length))
    }
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
    this.#pending.drop(token)
    const root = this.#root
    root.status = { code: Status.BrokenConnection, message: 'reset' }
    yield* root.vm.call(root, 'proxy_on_http_call_response', [token, 0, 0, 0], ignore)
    root.status.message = ''
  }

  cancelAll(): void {
    this.#pending.cancelAll()
  }
}

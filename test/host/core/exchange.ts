// One request through one simulated Envoy: client, downstream filters, router, upstream filters once per attempt, backend,
// and the way back.

import { Attempt } from './attempt.ts'
import { overlay, type StreamFacts, wellKnown } from './attributes.ts'
import { Body, fromByteString, readable, toBytes } from './bytes.ts'
import type { LocalReply } from './context.ts'
import type { HttpFilter, Stream } from './filter.ts'
import { Flow, type Sink, type Stage } from './flow.ts'
import { HeaderMap, pairsOf } from './headers.ts'
import type { MetricSnapshot } from './metrics.ts'
import { type ClientResponse, decisionOf, type LocalReplyMade, type Outcome, plainHeaders } from './outcome.ts'
import type { Property } from './properties.ts'
import type { Backend, BackendAnswer, RequestSpec, RouteSpec } from './request.ts'
import type { Run } from './run.ts'
import type { Trap } from './vm.ts'
import type { World } from './world.ts'

/** Makes the filter instances of one stream; null where a dead plugin fails open. */
export type FilterFactory = (stream: Stream) => HttpFilter[]

export const requestStage = (filter: HttpFilter, exchange: Exchange): Stage => ({
  headers: (headers, end) => exchange.deciding(filter.onRequestHeaders(headers, end)),
  data: (data, end) => exchange.deciding(filter.onRequestData(data, end)),
  trailers: trailers => exchange.deciding(filter.onRequestTrailers(trailers)),
})

export const responseStage = (filter: HttpFilter): Stage => ({
  headers: (headers, end) => filter.onResponseHeaders(headers, end),
  data: (data, end) => filter.onResponseData(data, end),
  trailers: trailers => filter.onResponseTrailers(trailers),
})

const GRPC_OF_HTTP: Record<number, number> = { 400: 13, 401: 16, 403: 7, 404: 12, 429: 14, 502: 14, 503: 14, 504: 14 }
const REASONS: Record<number, string> = { 413: 'Payload Too Large', 500: 'Internal Server Error' }

export class Exchange implements Stream {
  readonly world: World
  readonly spec: RequestSpec
  readonly filterState = new Map<string, Uint8Array>()
  readonly attempts: Attempt[] = []
  readonly #filters: HttpFilter[]
  readonly #upstreamFilters: FilterFactory
  readonly #stages = new Map<HttpFilter, { request: Stage; response: Stage }>()
  readonly #requests: Flow
  readonly #responses: Flow
  readonly #facts: StreamFacts
  readonly #metricsBefore: MetricSnapshot
  readonly #logsBefore: number
  readonly #read: string[] = []
  readonly #seenCalls: { http: Outcome['httpCalls']; grpc: Outcome['grpcCalls'] }
  readonly traps: Trap[] = []
  #client: { headers: HeaderMap; body: Body; trailers: HeaderMap | undefined; complete: boolean } | undefined
  #toRouter = { headers: undefined as HeaderMap | undefined, parts: [] as Uint8Array[], complete: false }
  #toRouterTrailers: HeaderMap | undefined
  #localReply: LocalReplyMade | undefined
  #responding = false
  #reset: string | undefined
  #routeCleared = 0
  #route: RouteSpec | undefined
  #forwarded = false
  #deciding = 0
  #prepared: (() => Run<void>) | undefined
  ended = false

  constructor(
    world: World,
    spec: RequestSpec,
    downstream: FilterFactory,
    upstream: FilterFactory,
    calls: { http: Outcome['httpCalls']; grpc: Outcome['grpcCalls'] },
  ) {
    this.world = world
    this.spec = spec
    this.#seenCalls = calls
    this.#metricsBefore = world.metrics.snapshot()
    this.#logsBefore = world.logs.length
    this.#facts = {
      protocol: spec.protocol,
      startedAt: world.clock.wallNanoseconds,
      requestId: '',
      received: 0,
      sent: 0,
      responseCode: undefined,
      responseDetails: undefined,
      attempt: 0,
      routeName: '',
      clusterName: undefined,
      routeMetadata: undefined,
    }
    this.#upstreamFilters = upstream
    this.#filters = downstream(this)
    for (const filter of this.#filters) {
      this.#stages.set(filter, { request: requestStage(filter, this), response: responseStage(filter) })
    }
    const stages = this.#filters.map(filter => this.#stages.get(filter)!)
    const limit = spec.bodyLimit
    this.#requests = new Flow(
      'request',
      stages.map(stage => stage.request),
      this.#router(),
      limit,
    )
    this.#responses = new Flow('response', stages.map(stage => stage.response).reverse(), this.#toClient(), limit)
  }

  /** The client sends everything it has to say, or as much as the test lets it. */
  *run(): Run<void> {
    const { body, trailers, cut } = this.spec
    const chunks = body.map(toBytes)
    const bare = chunks.length === 0 && !trailers
    const headers = new HeaderMap('request', this.spec.headers)
    this.#chooseRoute(headers)
    yield* this.#requests.start(headers, bare)
    if (cut === 'request-headers') return yield* this.cut()
    for (const [i, chunk] of chunks.entries()) {
      if (this.ended) break
      this.#facts.received += chunk.length
      const last = i === chunks.length - 1 && !trailers
      // HTTP/1 tells the end of a body only after its last byte.
      yield* this.#requests.data(chunk, last && this.spec.protocol !== 'HTTP/1.1')
      if (last && this.spec.protocol === 'HTTP/1.1' && !this.ended) yield* this.#requests.data(new Uint8Array(0), true)
    }
    if (cut === 'request-body') return yield* this.cut()
    if (trailers && !this.ended) yield* this.#requests.end(new HeaderMap('request-trailers', trailers))
    if (cut === 'request') return yield* this.cut()
    // What other clusters answer at once arrives behind what the client has sent in one go.
    yield* this.world.clock.pass(0)
  }

  /** The client goes away. */
  *cut(): Run<void> {
    if (this.ended) return
    this.#reset = 'downstream_remote_disconnect'
    yield* this.#finish()
  }

  #chooseRoute(headers: HeaderMap): void {
    const forwarded = headers.first('x-forwarded-proto') !== undefined
    this.#forwarded ||= forwarded
    // Envoy finds no route for a request that has lost the `x-forwarded-proto` it came with.
    this.#route = this.#forwarded && !forwarded ? undefined : this.spec.route(headers.view())
    this.#facts.routeName = this.#route?.name ?? ''
    this.#facts.clusterName = this.#route?.cluster
    this.#facts.routeMetadata = metadataOf(this.#route)
  }

  /** For filters: runs a request callback, then sends the local reply that it asked for. */
  *deciding(callback: Run<number>): Run<number> {
    this.#deciding++
    const status = yield* callback
    this.#deciding--
    const prepared = this.#prepared
    if (prepared && this.#deciding === 0) {
      this.#prepared = undefined
      yield* prepared()
    }
    return status
  }

  #router(): Sink {
    const exchange = this
    return {
      *headers(headers, end) {
        exchange.#toRouter.headers = headers
        exchange.#toRouter.complete = end
        if (exchange.#routeCleared > 0) exchange.#chooseRoute(headers)
        if (exchange.#route === undefined) {
          return yield* exchange.#reply(undefined, 404, '', [], undefined, 'route_not_found')
        }
        yield* exchange.attempt()
        if (end) yield* exchange.#attempted()?.finish() ?? nothing()
      },
      *data(data, end) {
        const bytes = data.bytes()
        data.clear()
        exchange.#toRouter.parts.push(bytes)
        exchange.#toRouter.complete = end
        yield* exchange.#attempted()?.data(bytes, end) ?? nothing()
        if (end) yield* exchange.#attempted()?.finish() ?? nothing()
      },
      *trailers(trailers) {
        exchange.#toRouterTrailers = trailers
        exchange.#toRouter.complete = true
        yield* exchange.#attempted()?.trailers(trailers) ?? nothing()
        yield* exchange.#attempted()?.finish() ?? nothing()
      },
      *tooLarge() {
        yield* exchange.#reply(undefined, 413, REASONS[413]!, [], undefined, 'request_payload_too_large')
      },
    }
  }

  #attempted(): Attempt | undefined {
    return this.ended ? undefined : this.attempts.at(-1)
  }

  /** The router begins (another) attempt: upstream filters run on the one header map all attempts share. */
  *attempt(): Run<void> {
    const { headers, complete, parts } = this.#toRouter
    const number = this.attempts.length + 1
    this.#facts.attempt = number
    const attempt = new Attempt(this, this.#upstreamFilters, this.spec.bodyLimit)
    this.attempts.push(attempt)
    yield* attempt.start(headers!, complete && parts.length === 0 && !this.#toRouterTrailers)
    if (number === 1) return
    for (const [i, part] of parts.entries()) {
      yield* attempt.data(part, complete && !this.#toRouterTrailers && i === parts.length - 1)
    }
    if (this.#toRouterTrailers) yield* attempt.trailers(this.#toRouterTrailers)
    if (complete) yield* attempt.finish()
  }

  /** The backend's answer to an attempt. */
  answerTo(attempt: Attempt): BackendAnswer | 'never' | 'reset' {
    const backend: Backend = this.spec.backend
    this.#facts.responseDetails = 'via_upstream'
    return backend(attempt.seen(), this.attempts.length)
  }

  /** Whether the router tries again instead of passing this answer on. */
  retries(status: number): boolean {
    return status >= 500 && this.attempts.length <= this.spec.retries
  }

  *responseHeaders(headers: HeaderMap, end: boolean): Run<void> {
    if (this.#responses.aborted || this.ended) return
    this.#responding = true
    this.#facts.responseCode = Number(headers.first(':status') ?? 0)
    yield* this.#responses.start(headers, end)
  }

  *responseData(data: Uint8Array, end: boolean): Run<void> {
    yield* this.#responses.data(data, end)
  }

  *responseTrailers(trailers: HeaderMap): Run<void> {
    yield* this.#responses.end(trailers)
  }

  *upstreamReset(): Run<void> {
    if (this.#responding) yield* this.reset('upstream_reset_after_response_started')
    else {
      const body = 'upstream connect error or disconnect/reset before headers. reset reason: connection termination'
      yield* this.#reply(undefined, 503, body, [], undefined, 'upstream_reset_before_response_started')
    }
  }

  #toClient(): Sink {
    const exchange = this
    return {
      *headers(headers, end) {
        // Copies: what filters change once it is on the wire is not sent.
        exchange.#client = { headers: headers.copy(), body: new Body(), trailers: undefined, complete: end }
        if (end) yield* exchange.#finish()
      },
      *data(data, end) {
        const client = exchange.#client
        if (!client) return
        exchange.#facts.sent += data.length
        client.body.move(data)
        client.complete = end
        if (end) yield* exchange.#finish()
      },
      *trailers(trailers) {
        if (!exchange.#client) return
        exchange.#client.trailers = trailers.copy()
        exchange.#client.complete = true
        yield* exchange.#finish()
      },
      *tooLarge() {
        yield* exchange.#reply(undefined, 500, REASONS[500]!, [], undefined, 'response_payload_too_large')
      },
    }
  }

  *localReply(filter: HttpFilter, reply: LocalReply): Run<void> {
    const headers = reply.headers
    yield* this.#reply(filter, reply.status, reply.body, headers, reply.grpcStatus, reply.details)
  }

  *#reply(
    _by: HttpFilter | undefined,
    status: number,
    body: string,
    extra: readonly (readonly [string, string])[],
    grpcStatus: number | undefined,
    details: string,
  ): Run<void> {
    if (this.ended || this.#prepared) return
    this.#requests.aborted = true
    const make = (): Run<void> => this.#makeReply(status, body, extra, grpcStatus, details)
    // Inside a request callback the reply is only prepared: it is sent when the callback has returned.
    if (this.#deciding > 0) this.#prepared = make
    else yield* make()
  }

  *#makeReply(
    status: number,
    body: string,
    extra: readonly (readonly [string, string])[],
    grpcStatus: number | undefined,
    details: string,
  ): Run<void> {
    for (const attempt of this.attempts) yield* attempt.abandon()
    if (this.#client) return yield* this.reset(details)
    this.#localReply = { status, body: readable(body), headers: plainHeaders(extra), grpcStatus, details }
    this.#facts.responseCode = status
    this.#facts.responseDetails = details
    const { headers, payload } = this.#replyMessage(status, body, extra, grpcStatus)
    if (this.#responding) {
      // The response had begun, its headers had not left: the reply takes their place, past the filters.
      this.#responses.aborted = true
      const client = this.#toClient()
      yield* client.headers(headers, payload.length === 0)
      if (payload.length > 0) yield* client.data(new Body(payload), true)
      return
    }
    this.#responding = true
    yield* this.#responses.start(headers, payload.length === 0)
    if (payload.length > 0) yield* this.#responses.data(payload, true)
  }

  /** `Utility::prepareLocalReply`. */
  #replyMessage(
    status: number,
    body: string,
    extra: readonly (readonly [string, string])[],
    grpcStatus: number | undefined,
  ): { headers: HeaderMap; payload: Uint8Array } {
    const headers = new HeaderMap('response')
    const isGrpc = /^application\/grpc(\+|$)/.test(this.#requests.headers?.first('content-type') ?? '')
    headers.add(':status', String(status))
    for (const [name, value] of extra) headers.add(name, value)
    headers.set(':status', String(status))
    if (isGrpc) {
      headers.set(':status', '200')
      headers.set('content-type', 'application/grpc')
      headers.set('grpc-status', String(grpcStatus ?? GRPC_OF_HTTP[status] ?? 2))
      if (body !== '') headers.set('grpc-message', percentEncode(body))
      return { headers, payload: new Uint8Array(0) }
    }
    if (body === '') {
      headers.remove('content-length')
      headers.remove('content-type')
      return { headers, payload: new Uint8Array(0) }
    }
    headers.set('content-length', String(body.length))
    if (headers.first('content-type') === undefined) headers.add('content-type', 'text/plain')
    const isHead = this.#requests.headers?.first(':method') === 'HEAD'
    return { headers, payload: isHead ? new Uint8Array(0) : fromByteString(body) }
  }

  *reset(details: string): Run<void> {
    if (this.ended) return
    this.#reset = details
    yield* this.#finish()
  }

  *#finish(): Run<void> {
    if (this.ended) return
    this.ended = true
    this.#requests.aborted = true
    this.#responses.aborted = true
    for (const filter of this.#filters) yield* filter.logAndDestroy()
    for (const attempt of this.attempts) yield* attempt.abandon()
  }

  #flowsOf(filter: HttpFilter): { requests: Flow; responses: Flow; request: Stage; response: Stage } {
    const stages = this.#stages.get(filter)
    if (stages) return { requests: this.#requests, responses: this.#responses, ...stages }
    for (const attempt of this.attempts) {
      const found = attempt.flowsOf(filter)
      if (found) return found
    }
    throw new Error('a filter asked for a stream that it is not part of')
  }

  *resumeRequest(filter: HttpFilter): Run<void> {
    const { requests, request } = this.#flowsOf(filter)
    yield* requests.resume(request)
  }

  *resumeResponse(filter: HttpFilter): Run<void> {
    const { responses, response } = this.#flowsOf(filter)
    yield* responses.resume(response)
  }

  requestBuffer(filter: HttpFilter): Body {
    return this.#flowsOf(filter).requests.held
  }

  responseBuffer(filter: HttpFilter): Body {
    return this.#flowsOf(filter).responses.held
  }

  addRequestTrailers(filter: HttpFilter): HeaderMap {
    return this.#flowsOf(filter).requests.addTrailers()
  }

  addResponseTrailers(filter: HttpFilter): HeaderMap {
    return this.#flowsOf(filter).responses.addTrailers()
  }

  clearRoute(filter: HttpFilter): void {
    // Upstream filters have no downstream callbacks: the route stays.
    if (this.#stages.has(filter)) this.#routeCleared++
  }

  attribute(filter: HttpFilter, name: string): Property {
    this.#read.push(name)
    const given = this.spec.properties[name]
    return overlay(wellKnown(filter, name, this.#facts), given)
  }

  finalMaps(): { request?: HeaderMap; response?: HeaderMap; responseTrailers?: HeaderMap } {
    // A reply that took a begun response's place is what went out.
    const response = this.#client?.headers ?? this.#responses.headers
    return {
      ...(this.#requests.headers && { request: this.#requests.headers }),
      ...(response && { response }),
      ...(this.#responses.trailers && { responseTrailers: this.#responses.trailers }),
    }
  }

  outcome(): Outcome {
    const attempts = this.attempts.filter(attempt => attempt.reached).map(attempt => attempt.seen())
    return {
      upstream: attempts.at(-1),
      attempts,
      response: this.#clientResponse(),
      localReply: this.#localReply,
      paused: this.#paused(),
      reset: this.#reset,
      httpCalls: this.#seenCalls.http,
      grpcCalls: this.#seenCalls.grpc,
      logs: this.world.logs.slice(this.#logsBefore),
      metrics: this.world.metrics.growth(this.#metricsBefore),
      propertiesRead: [...this.#read],
      propertiesSet: Object.fromEntries(this.filterState),
      decision: decisionOf(this.filterState),
      routeCleared: this.#routeCleared,
      traps: this.traps,
    }
  }

  #clientResponse(): ClientResponse | undefined {
    const client = this.#client
    if (!client) return undefined
    return {
      status: Number(client.headers.first(':status') ?? 0),
      headers: client.headers.view(),
      body: client.body.bytes(),
      trailers: client.trailers?.view(),
      complete: client.complete,
      reset: this.#reset !== undefined,
    }
  }

  #paused(): 'request' | 'response' | undefined {
    if (this.ended) return undefined
    if (this.#responses.stopped || this.attempts.some(attempt => attempt.responses.stopped)) return 'response'
    const waits = this.#requests.stopped || this.attempts.some(attempt => attempt.requests.stopped)
    return waits ? 'request' : undefined
  }
}

const nothing = function* (): Run<void> {}

const metadataOf = (route: RouteSpec | undefined): StreamFacts['routeMetadata'] => {
  if (!route?.metadata && !route?.typedMetadata) return undefined
  return { filter_metadata: route.metadata ?? {}, typed_filter_metadata: route.typedMetadata ?? {} }
}

const percentEncode = (text: string): string =>
  text.replace(/[^\x20-\x7e]|%/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)

export const backendHeaders = (answer: BackendAnswer): HeaderMap => {
  const headers = new HeaderMap('response', [[':status', String(answer.status ?? 200)]])
  for (const [name, value] of pairsOf(answer.headers ?? {})) headers.add(name, value)
  return headers
}

// One request through one simulated Envoy: client, downstream filters, router, upstream filters once per attempt, backend,
// and the way back.
import type { Attempt } from './attempt.ts'
import { overlay, type StreamFacts, wellKnown } from './attributes.ts'
import { Body, readable, toBytes } from './bytes.ts'
import { Client } from './client.ts'
import type { LocalReply } from './context.ts'
import type { HttpFilter, Stream } from './filter.ts'
import { Flow } from './flow.ts'
import { HeaderMap } from './headers.ts'
import type { Moment } from './metrics.ts'
import { decisionOf, type LocalReplyMade, type Outcome, plainHeaders } from './outcome.ts'
import type { Property } from './properties.ts'
import { type ReplyParts, replyMessage, UPSTREAM_GONE } from './reply.ts'
import type { BackendAnswer, RequestSpec } from './request.ts'
import { Router } from './router.ts'
import type { Run } from './run.ts'
import { type Placed, type PlacedIn, placed } from './stages.ts'
import type { Trap } from './vm.ts'
import type { World } from './world.ts'

/** Makes the filter instances of one stream; none where a dead plugin fails open. */
export type FilterFactory = (stream: Stream) => HttpFilter[]

export interface Calls {
  http: Outcome['httpCalls']
  grpc: Outcome['grpcCalls']
}

export class Exchange implements Stream {
  readonly world: World
  readonly spec: RequestSpec
  readonly facts: StreamFacts
  readonly filterState = new Map<string, Uint8Array>()
  readonly upstreamFilters: FilterFactory
  readonly traps: Trap[] = []
  ended = false
  readonly #placed: Placed[]
  readonly #requests: Flow
  readonly #responses: Flow
  readonly #router = new Router(this)
  readonly #client = new Client(this)
  readonly #metricsBefore: Moment
  readonly #logsBefore: number
  readonly #read: string[] = []
  readonly #calls: Calls
  #localReply: LocalReplyMade | undefined
  #responding = false
  #reset: string | undefined
  #deciding = 0
  #prepared: ReplyParts | undefined

  constructor(world: World, spec: RequestSpec, downstream: FilterFactory, upstream: FilterFactory, calls: Calls) {
    this.world = world
    this.spec = spec
    this.facts = newFacts(spec, world)
    this.#calls = calls
    this.#metricsBefore = world.metrics.now
    this.#logsBefore = world.logs.length
    this.upstreamFilters = upstream
    this.#placed = placed(downstream(this), this)
    const stages = this.#placed
    const limit = spec.bodyLimit
    this.#requests = new Flow(
      'request',
      stages.map(stage => stage.request),
      this.#router,
      limit,
    )
    this.#responses = new Flow('response', stages.map(stage => stage.response).reverse(), this.#client, limit)
  }

  /** The client sends everything it has to say, or as much as the test lets it. */
  *run(): Run<void> {
    const { body, trailers, cut, stall, protocol } = this.spec
    const chunks = body.map(toBytes)
    const headers = new HeaderMap('request', this.spec.headers)
    this.#router.chooseRoute(headers)
    yield* this.#requests.start(headers, chunks.length === 0 && !trailers)
    if (cut === 'request-headers') return yield* this.cut()
    if (stall === 'request-headers') return
    for (const [i, chunk] of chunks.entries()) {
      if (this.ended) break
      this.facts.received += chunk.length
      const last = i === chunks.length - 1 && !trailers
      // HTTP/1 tells the end of a body only after its last byte.
      yield* this.#requests.data(chunk, last && protocol !== 'HTTP/1.1')
      if (last && protocol === 'HTTP/1.1' && !this.ended) yield* this.#requests.data(new Uint8Array(0), true)
    }
    if (cut === 'request-body') return yield* this.cut()
    if (stall === 'request-body') return
    if (trailers && !this.ended) yield* this.#requests.end(new HeaderMap('request-trailers', trailers))
    if (cut === 'request') return yield* this.cut()
    // What other clusters answer at once arrives behind what the client has sent in one go.
    yield* this.world.clock.pass(0)
  }

  /** The client goes away. */
  *cut(): Run<void> {
    if (!this.ended) yield* this.reset('downstream_remote_disconnect')
  }

  deciding(): void {
    this.#deciding++
  }

  /** A request callback has returned: the local reply that it asked for, if any, is sent. */
  decided(): Run<void> | undefined {
    this.#deciding--
    const prepared = this.#prepared
    if (!prepared || this.#deciding > 0) return undefined
    this.#prepared = undefined
    return this.#makeReply(prepared)
  }

  /** The backend's answer to an attempt. */
  answerTo(attempt: Attempt): BackendAnswer | 'never' | 'reset' {
    this.facts.responseDetails = 'via_upstream'
    return this.spec.backend(attempt.seen(), this.#router.attempts.length)
  }

  retries(status: number): boolean {
    return this.#router.retries(status)
  }

  attemptAgain(): Run<void> {
    return this.#router.attempt()
  }

  *responseHeaders(headers: HeaderMap, end: boolean): Run<void> {
    if (this.#responses.aborted || this.ended) return
    this.#responding = true
    this.facts.responseCode = Number(headers.first(':status') ?? 0)
    yield* this.#responses.start(headers, end)
  }

  responseData(data: Uint8Array, end: boolean): Run<void> {
    return this.#responses.data(data, end)
  }

  responseTrailers(trailers: HeaderMap): Run<void> {
    return this.#responses.end(trailers)
  }

  upstreamReset(): Run<void> {
    return this.#responding ? this.reset('upstream_reset_after_response_started') : this.replyFrom(UPSTREAM_GONE)
  }

  localReply(_filter: HttpFilter, reply: LocalReply): Run<void> {
    return this.replyFrom(reply)
  }

  *replyFrom(reply: ReplyParts): Run<void> {
    if (this.ended || this.#prepared) return
    this.#requests.aborted = true
    // Inside a request callback the reply is only prepared: it is sent when the callback has returned.
    if (this.#deciding > 0) this.#prepared = reply
    else yield* this.#makeReply(reply)
  }

  *#makeReply(reply: ReplyParts): Run<void> {
    yield* this.#router.abandon()
    const { status, body, grpcStatus, details } = reply
    if (this.#client.begun) return yield* this.reset(details)
    this.#localReply = { status, body: readable(body), headers: plainHeaders(reply.headers), grpcStatus, details }
    this.facts.responseCode = status
    this.facts.responseDetails = details
    const { headers, payload } = replyMessage(reply, this.#requests.headers)
    if (this.#responding) {
      // The response had begun, its headers had not left: the reply takes their place, past the filters.
      this.#responses.aborted = true
      yield* this.#client.headers(headers, payload.length === 0)
      if (payload.length > 0) yield* this.#client.data(new Body(payload), true)
      return
    }
    this.#responding = true
    yield* this.#responses.start(headers, payload.length === 0)
    if (payload.length > 0) yield* this.#responses.data(payload, true)
  }

  *reset(details: string): Run<void> {
    if (this.ended) return
    this.#reset = details
    yield* this.finish()
  }

  *finish(): Run<void> {
    if (this.ended) return
    this.ended = true
    this.#requests.aborted = true
    this.#responses.aborted = true
    for (const { filter } of this.#placed) yield* filter.logAndDestroy()
    yield* this.#router.abandon()
  }

  #placeOf(filter: HttpFilter): PlacedIn {
    const own = this.#placed.find(one => one.filter === filter)
    if (own) return { ...own, requests: this.#requests, responses: this.#responses }
    for (const attempt of this.#router.attempts) {
      const found = attempt.placeOf(filter)
      if (found) return found
    }
    throw new Error('a filter asked for a stream that it is not part of')
  }

  resumeRequest(filter: HttpFilter): Run<void> {
    const { requests, request } = this.#placeOf(filter)
    return requests.resume(request)
  }

  resumeResponse(filter: HttpFilter): Run<void> {
    const { responses, response } = this.#placeOf(filter)
    return responses.resume(response)
  }

  requestBuffer(filter: HttpFilter): Body {
    return this.#placeOf(filter).requests.held
  }

  responseBuffer(filter: HttpFilter): Body {
    return this.#placeOf(filter).responses.held
  }

  addRequestTrailers(filter: HttpFilter): HeaderMap {
    return this.#placeOf(filter).requests.addTrailers()
  }

  addResponseTrailers(filter: HttpFilter): HeaderMap {
    return this.#placeOf(filter).responses.addTrailers()
  }

  clearRoute(filter: HttpFilter): void {
    // Upstream filters have no downstream callbacks: the route stays.
    if (this.#placed.some(one => one.filter === filter)) this.#router.cleared++
  }

  attribute(filter: HttpFilter, name: string): Property {
    this.#read.push(name)
    return overlay(wellKnown(filter, name, this.facts), this.spec.properties[name])
  }

  finalMaps(): { request?: HeaderMap; response?: HeaderMap; responseTrailers?: HeaderMap } {
    // A reply that took a begun response's place is what went out.
    const response = this.#client.begun ?? this.#responses.headers
    return {
      ...(this.#requests.headers && { request: this.#requests.headers }),
      ...(response && { response }),
      ...(this.#responses.trailers && { responseTrailers: this.#responses.trailers }),
    }
  }

  outcome(): Outcome {
    const attempts = this.#router.attempts.filter(attempt => attempt.reached).map(attempt => attempt.seen())
    return {
      upstream: attempts.at(-1),
      attempts,
      response: this.#client.response(this.#reset !== undefined),
      localReply: this.#localReply,
      paused: this.#paused(),
      reset: this.#reset,
      httpCalls: this.#calls.http,
      grpcCalls: this.#calls.grpc,
      logs: this.world.logs.slice(this.#logsBefore),
      metrics: this.world.metrics.growth(this.#metricsBefore),
      propertiesRead: [...this.#read],
      propertiesSet: Object.fromEntries(this.filterState),
      decision: decisionOf(this.filterState),
      routeCleared: this.#router.cleared,
      traps: this.traps,
    }
  }

  #paused(): 'request' | 'response' | undefined {
    if (this.ended) return undefined
    const attempts = this.#router.attempts
    if (this.#responses.stopped || attempts.some(attempt => attempt.responses.stopped)) return 'response'
    return this.#requests.stopped || attempts.some(attempt => attempt.requests.stopped) ? 'request' : undefined
  }
}

const newFacts = (spec: RequestSpec, world: World): StreamFacts => ({
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
})

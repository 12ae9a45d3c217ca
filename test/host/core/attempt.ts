// One attempt of the router to get an answer: the upstream filters of the cluster around the backend.
import { Body, toBytes } from './bytes.ts'
import type { HttpFilter, Stream } from './filter.ts'
import { Flow, type Sink } from './flow.ts'
import { HeaderMap, pairsOf } from './headers.ts'
import type { UpstreamRequest } from './outcome.ts'
import type { BackendAnswer, RequestSpec } from './request.ts'
import type { Run } from './run.ts'
import { type Decisions, type Placed, type PlacedIn, placed } from './stages.ts'
import type { World } from './world.ts'

/** The stream that makes attempts. */
export interface Attempted extends Stream, Decisions {
  readonly world: World
  readonly spec: RequestSpec
  upstreamFilters(stream: Stream): HttpFilter[]
  answerTo(attempt: Attempt): BackendAnswer | 'never' | 'reset'
  upstreamReset(): Run<void>
  /** Whether the router tries again instead of passing this answer on. */
  retries(status: number): boolean
  attemptAgain(): Run<void>
  responseHeaders(headers: HeaderMap, end: boolean): Run<void>
  responseData(data: Uint8Array, end: boolean): Run<void>
  responseTrailers(trailers: HeaderMap): Run<void>
}

export class Attempt {
  readonly #of: Attempted
  readonly #placed: Placed[]
  readonly #wire: Wire
  readonly requests: Flow
  readonly responses: Flow
  #responded = false
  #over = false

  constructor(of: Attempted) {
    this.#of = of
    this.#placed = placed(of.upstreamFilters(of), of)
    this.#wire = new Wire(this)
    const limit = of.spec.bodyLimit
    const stages = this.#placed
    this.requests = new Flow(
      'request',
      stages.map(stage => stage.request),
      this.#wire,
      limit,
    )
    const back = stages.map(stage => stage.response).reverse()
    this.responses = new Flow('response', back, new WayBack(this, of), limit)
  }

  /** The backend has seen at least the headers. */
  get reached(): boolean {
    return this.#wire.seen !== undefined
  }

  seen(): UpstreamRequest {
    const seen = this.#wire.seen!
    const headers = seen.headers.view()
    return {
      method: headers.get(':method') ?? '',
      path: headers.get(':path') ?? '',
      authority: headers.get(':authority') ?? '',
      headers,
      body: seen.body.bytes().slice(),
      trailers: seen.trailers?.view(),
      complete: seen.complete,
    }
  }

  placeOf(filter: HttpFilter): PlacedIn | undefined {
    const found = this.#placed.find(one => one.filter === filter)
    return found && { ...found, requests: this.requests, responses: this.responses }
  }

  start(headers: HeaderMap, end: boolean): Run<void> {
    return this.requests.start(headers, end)
  }

  data(bytes: Uint8Array, end: boolean): Run<void> {
    return this.requests.data(bytes, end)
  }

  trailers(trailers: HeaderMap): Run<void> {
    return this.requests.end(trailers)
  }

  /** The backend answers once it has seen the whole request. */
  *finish(): Run<void> {
    if (!this.#wire.seen?.complete || this.#responded || this.#over) return
    this.#responded = true
    const answer = this.#of.answerTo(this)
    if (answer === 'never') return
    // Never inside the callback that let the request pass: an answer comes from the network.
    const after = answer === 'reset' ? 0 : (answer.afterMs ?? 0)
    this.#of.world.clock.after(after, () => (answer === 'reset' ? this.reset() : this.#answer(answer)))
  }

  reset(): Run<void> {
    return this.#of.upstreamReset()
  }

  *#answer(answer: BackendAnswer): Run<void> {
    if (this.#over) return
    const chunks = chunksOf(answer.body)
    const headers = headersOf(answer)
    const trailers = answer.trailers ? new HeaderMap('response-trailers', answer.trailers) : undefined
    const h1 = this.#of.spec.protocol === 'HTTP/1.1'
    yield* this.responses.start(headers, chunks.length === 0 && !trailers)
    for (const [i, chunk] of chunks.entries()) {
      if (this.#over) return
      const last = i === chunks.length - 1 && !trailers
      yield* this.responses.data(chunk, last && !h1)
      if (last && h1 && !this.#over) yield* this.responses.data(new Uint8Array(0), true)
    }
    if (trailers && !this.#over) yield* this.responses.end(trailers)
    if (answer.cut !== undefined && !this.#over) yield* this.#of.upstreamReset()
  }

  /** The filters of this attempt are done with. */
  *abandon(): Run<void> {
    if (this.#over) return
    this.#over = true
    this.requests.aborted = true
    this.responses.aborted = true
    // Upstream filters are no access loggers: no `proxy_on_log`.
    for (const { filter } of this.#placed) yield* filter.destroy()
  }
}

/** Where the request leaves the filters: what the backend sees. */
class Wire implements Sink {
  readonly #attempt: Attempt
  seen: { headers: HeaderMap; body: Body; trailers: HeaderMap | undefined; complete: boolean } | undefined

  constructor(attempt: Attempt) {
    this.#attempt = attempt
  }

  *headers(headers: HeaderMap, end: boolean): Run<void> {
    this.seen = { headers: headers.copy(), body: new Body(), trailers: undefined, complete: end }
    if (end) yield* this.#attempt.finish()
  }

  *data(data: Body, end: boolean): Run<void> {
    if (!this.seen) return
    this.seen.body.append(data.bytes())
    data.clear()
    this.seen.complete = end
    if (end) yield* this.#attempt.finish()
  }

  *trailers(trailers: HeaderMap): Run<void> {
    if (!this.seen) return
    this.seen.trailers = trailers.copy()
    this.seen.complete = true
    yield* this.#attempt.finish()
  }

  tooLarge(): Run<void> {
    return this.#attempt.reset()
  }
}

/** Where the answer leaves them: on to the downstream filters, or nowhere when the router tries again. */
class WayBack implements Sink {
  readonly #attempt: Attempt
  readonly #of: Attempted
  #retrying = false

  constructor(attempt: Attempt, of: Attempted) {
    this.#attempt = attempt
    this.#of = of
  }

  *headers(headers: HeaderMap, end: boolean): Run<void> {
    if (this.#of.retries(Number(headers.first(':status') ?? 0))) {
      this.#retrying = true
      yield* this.#attempt.abandon()
      return yield* this.#of.attemptAgain()
    }
    yield* this.#of.responseHeaders(headers, end)
  }

  *data(data: Body, end: boolean): Run<void> {
    if (this.#retrying) return
    const bytes = data.bytes()
    data.clear()
    yield* this.#of.responseData(bytes, end)
  }

  *trailers(trailers: HeaderMap): Run<void> {
    if (!this.#retrying) yield* this.#of.responseTrailers(trailers)
  }

  tooLarge(): Run<void> {
    return this.#attempt.reset()
  }
}

const chunksOf = (body: BackendAnswer['body']): Uint8Array[] => {
  if (body === undefined) return []
  const parts = typeof body === 'string' || body instanceof Uint8Array ? [body] : body
  return parts.map(toBytes).filter(bytes => bytes.length > 0)
}

const headersOf = (answer: BackendAnswer): HeaderMap => {
  const headers = new HeaderMap('response', [[':status', String(answer.status ?? 200)]])
  for (const [name, value] of pairsOf(answer.headers ?? {})) headers.add(name, value)
  return headers
}

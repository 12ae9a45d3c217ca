// One attempt of the router to get an answer: the upstream filters of the cluster around the backend.
import { Body, toBytes } from './bytes.ts'
import { backendHeaders, type Exchange, type FilterFactory, requestStage, responseStage } from './exchange.ts'
import type { HttpFilter } from './filter.ts'
import { Flow, type Sink, type Stage } from './flow.ts'
import { HeaderMap } from './headers.ts'
import type { UpstreamRequest } from './outcome.ts'
import type { Run } from './run.ts'

export class Attempt {
  readonly #exchange: Exchange
  readonly #filters: HttpFilter[]
  readonly #stages = new Map<HttpFilter, { request: Stage; response: Stage }>()
  readonly requests: Flow
  readonly responses: Flow
  #seen: { headers: HeaderMap; body: Body; trailers: HeaderMap | undefined; complete: boolean } | undefined
  #responded = false
  #over = false
  #retrying = false

  constructor(exchange: Exchange, filters: FilterFactory, limit: number) {
    this.#exchange = exchange
    this.#filters = filters(exchange)
    for (const filter of this.#filters) {
      this.#stages.set(filter, { request: requestStage(filter, exchange), response: responseStage(filter) })
    }
    const stages = this.#filters.map(filter => this.#stages.get(filter)!)
    this.requests = new Flow(
      'request',
      stages.map(stage => stage.request),
      this.#wire(),
      limit,
    )
    this.responses = new Flow('response', stages.map(stage => stage.response).reverse(), this.#back(), limit)
  }

  /** The backend has seen at least the headers. */
  get reached(): boolean {
    return this.#seen !== undefined
  }

  seen(): UpstreamRequest {
    const seen = this.#seen!
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

  flowsOf(filter: HttpFilter): { requests: Flow; responses: Flow; request: Stage; response: Stage } | undefined {
    const stages = this.#stages.get(filter)
    return stages && { requests: this.requests, responses: this.responses, ...stages }
  }

  *start(headers: HeaderMap, end: boolean): Run<void> {
    yield* this.requests.start(headers, end)
  }

  *data(bytes: Uint8Array, end: boolean): Run<void> {
    yield* this.requests.data(bytes, end)
  }

  *trailers(trailers: HeaderMap): Run<void> {
    yield* this.requests.end(trailers)
  }

  /** The backend answers once it has seen the whole request. */
  *finish(): Run<void> {
    if (!this.#seen?.complete || this.#responded || this.#over) return
    this.#responded = true
    const answer = this.#exchange.answerTo(this)
    if (answer === 'never') return
    // Never inside the callback that let the request pass: an answer comes from the network.
    const after = answer === 'reset' ? 0 : (answer.afterMs ?? 0)
    this.#exchange.world.clock.after(after, () =>
      answer === 'reset' ? this.#exchange.upstreamReset() : this.#answer(answer),
    )
  }

  *#answer(answer: Exclude<ReturnType<Exchange['answerTo']>, string>): Run<void> {
    if (this.#over) return
    const parts = (Array.isArray(answer.body) ? answer.body : answer.body === undefined ? [] : [answer.body]) as (
      | string
      | Uint8Array
    )[]
    const chunks = parts.map(toBytes).filter(bytes => bytes.length > 0)
    const headers = backendHeaders(answer)
    const trailers = answer.trailers ? new HeaderMap('response-trailers', answer.trailers) : undefined
    const h1 = this.#exchange.spec.protocol === 'HTTP/1.1'
    yield* this.responses.start(headers, chunks.length === 0 && !trailers)
    for (const [i, chunk] of chunks.entries()) {
      if (this.#over) return
      const last = i === chunks.length - 1 && !trailers
      yield* this.responses.data(chunk, last && !h1)
      if (last && h1 && !this.#over) yield* this.responses.data(new Uint8Array(0), true)
    }
    if (trailers && !this.#over) yield* this.responses.end(trailers)
    if (answer.cut !== undefined && !this.#over) yield* this.#exchange.upstreamReset()
  }

  /** The filters of this attempt are done with. */
  *abandon(): Run<void> {
    if (this.#over) return
    this.#over = true
    this.requests.aborted = true
    this.responses.aborted = true
    // Upstream filters are no access loggers: no `proxy_on_log`.
    for (const filter of this.#filters) yield* filter.destroy()
  }

  #wire(): Sink {
    const attempt = this
    return {
      *headers(headers, end) {
        attempt.#seen = { headers: headers.copy(), body: new Body(), trailers: undefined, complete: end }
        if (end) yield* attempt.finish()
      },
      *data(data, end) {
        if (!attempt.#seen) return
        attempt.#seen.body.append(data.bytes())
        data.clear()
        attempt.#seen.complete = end
        if (end) yield* attempt.finish()
      },
      *trailers(trailers) {
        if (!attempt.#seen) return
        attempt.#seen.trailers = trailers.copy()
        attempt.#seen.complete = true
        yield* attempt.finish()
      },
      *tooLarge() {
        yield* attempt.#exchange.upstreamReset()
      },
    }
  }

  #back(): Sink {
    const attempt = this
    return {
      *headers(headers, end) {
        const exchange = attempt.#exchange
        if (exchange.retries(Number(headers.first(':status') ?? 0))) {
          attempt.#retrying = true
          yield* attempt.abandon()
          return yield* exchange.attempt()
        }
        yield* exchange.responseHeaders(headers, end)
      },
      *data(data, end) {
        if (attempt.#retrying) return
        const bytes = data.bytes()
        data.clear()
        yield* attempt.#exchange.responseData(bytes, end)
      },
      *trailers(trailers) {
        if (!attempt.#retrying) yield* attempt.#exchange.responseTrailers(trailers)
      },
      *tooLarge() {
        yield* attempt.#exchange.upstreamReset()
      },
    }
  }
}

// A filter as a stage of each direction's flow.
import type { Body } from './bytes.ts'
import type { HttpFilter } from './filter.ts'
import type { Flow, Stage } from './flow.ts'
import type { HeaderMap } from './headers.ts'
import type { Run } from './run.ts'

/** Holds local replies back until the request callback that asked for them has returned. */
export interface Decisions {
  deciding(): void
  /** What is to be done now that the callback has returned. */
  decided(): Run<void> | undefined
}

/** A filter's two stages, and the flows they are in. */
export interface Placed {
  filter: HttpFilter
  request: Stage
  response: Stage
}
export type PlacedIn = Placed & { requests: Flow; responses: Flow }

class RequestStage implements Stage {
  readonly #filter: HttpFilter
  readonly #decisions: Decisions

  constructor(filter: HttpFilter, decisions: Decisions) {
    this.#filter = filter
    this.#decisions = decisions
  }

  headers(headers: HeaderMap, end: boolean): Run<number> {
    return this.#decide(this.#filter.onRequestHeaders(headers, end))
  }

  data(data: Body, end: boolean): Run<number> {
    return this.#decide(this.#filter.onRequestData(data, end))
  }

  trailers(trailers: HeaderMap): Run<number> {
    return this.#decide(this.#filter.onRequestTrailers(trailers))
  }

  *#decide(callback: Run<number>): Run<number> {
    this.#decisions.deciding()
    const status = yield* callback
    const reply = this.#decisions.decided()
    if (reply) yield* reply
    return status
  }
}

class ResponseStage implements Stage {
  readonly #filter: HttpFilter

  constructor(filter: HttpFilter) {
    this.#filter = filter
  }

  headers(headers: HeaderMap, end: boolean): Run<number> {
    return this.#filter.onResponseHeaders(headers, end)
  }

  data(data: Body, end: boolean): Run<number> {
    return this.#filter.onResponseData(data, end)
  }

  trailers(trailers: HeaderMap): Run<number> {
    return this.#filter.onResponseTrailers(trailers)
  }
}

export const placed = (filters: readonly HttpFilter[], decisions: Decisions): Placed[] =>
  filters.map(filter => ({
    filter,
    request: new RequestStage(filter, decisions),
    response: new ResponseStage(filter),
  }))

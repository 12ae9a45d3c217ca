// How headers, data and trailers of one direction go through a chain of filters: who is asked, who stops, what is held back,
// what goes on after a stop. Envoy's `FilterManager` and `ActiveStreamFilterBase`, for one direction.
import { DataStatus, HeadersStatus } from './abi.ts'
import { Body } from './bytes.ts'
import { HeaderMap, type MapKind } from './headers.ts'
import type { Run } from './run.ts'

/** One filter, in one direction. */
export interface Stage {
  headers(headers: HeaderMap, end: boolean): Run<number>
  data(data: Body, end: boolean): Run<number>
  trailers(trailers: HeaderMap): Run<number>
}

/** Where what has passed all filters goes. */
export interface Sink {
  headers(headers: HeaderMap, end: boolean): Run<void>
  data(data: Body, end: boolean): Run<void>
  trailers(trailers: HeaderMap): Run<void>
  /** More was to be held back than the limit allows. */
  tooLarge(): Run<void>
}

interface Place {
  stage: Stage
  state: 'going' | 'stopped' | 'stopped-all' | 'stopped-all-streaming'
  headersPassed: boolean
  ended: boolean
}

export class Flow {
  readonly #kind: MapKind
  readonly #places: Place[]
  readonly #sink: Sink
  readonly #limit: number
  #held: Body | undefined
  headers: HeaderMap | undefined
  trailers: HeaderMap | undefined
  /** Everything of this direction has arrived. */
  complete = false
  /** A local reply or a reset: nothing more goes through. */
  aborted = false

  constructor(kind: 'request' | 'response', stages: readonly Stage[], sink: Sink, limit: number) {
    this.#kind = kind
    this.#places = stages.map(stage => ({ stage, state: 'going', headersPassed: false, ended: false }))
    this.#sink = sink
    this.#limit = limit
  }

  /** What is held back; made when asked for. */
  get held(): Body {
    this.#held ??= new Body()
    return this.#held
  }

  get stopped(): boolean {
    return this.#places.some(place => place.state !== 'going')
  }

  addTrailers(): HeaderMap {
    this.trailers ??= new HeaderMap(`${this.#kind as 'request' | 'response'}-trailers`)
    return this.trailers
  }

  *start(headers: HeaderMap, end: boolean): Run<void> {
    this.headers = headers
    this.complete = end
    yield* this.#headers(0, end)
  }

  *data(bytes: Uint8Array, end: boolean): Run<void> {
    if (this.aborted) return
    this.complete = end
    yield* this.#data(0, new Body(bytes), end)
  }

  *end(trailers: HeaderMap): Run<void> {
    if (this.aborted) return
    this.complete = true
    this.trailers = trailers
    yield* this.#trailers(0)
  }

  /** The stage goes on (`commonContinue`). */
  *resume(stage: Stage): Run<void> {
    const at = this.#places.findIndex(place => place.stage === stage)
    if (at >= 0) yield* this.#resume(at)
  }

  *#resume(at: number): Run<void> {
    if (this.aborted) return
    const place = this.#places[at]!
    // Who stopped everything has not seen the data yet.
    const from = place.state.startsWith('stopped-all') ? at : at + 1
    place.state = 'going'
    if (!place.headersPassed) {
      place.headersPassed = true
      yield* this.#headers(at + 1, this.complete && !this.#held && !this.trailers)
    }
    const trailers = this.trailers
    if (this.#held && !this.aborted) {
      const held = this.#held
      this.#held = undefined
      yield* this.#data(from, held, this.complete && !trailers, from === at ? at : -1)
    }
    if (trailers && !this.aborted) yield* this.#trailers(from)
  }

  *#headers(from: number, end: boolean): Run<void> {
    for (let at = from; at < this.#places.length; at++) {
      const place = this.#places[at]!
      place.ended = end
      const status = yield* place.stage.headers(this.headers!, end)
      if (this.aborted) return
      if (status === HeadersStatus.Continue) {
        place.headersPassed = true
        continue
      }
      if (status === HeadersStatus.StopIteration) place.state = 'stopped'
      else place.state = status === HeadersStatus.StopAllAndBuffer ? 'stopped-all' : 'stopped-all-streaming'
      return
    }
    yield* this.#sink.headers(this.headers!, end)
  }

  /** `again`: the stage that stopped everything and goes on: trailers that it adds come back to itself, as in Envoy. */
  *#data(from: number, data: Body, end: boolean, again = -1): Run<void> {
    const hadTrailers = this.trailers !== undefined
    let last = end
    let added = -1
    for (let at = from; at < this.#places.length; at++) {
      const place = this.#places[at]!
      if (place.state === 'stopped-all' || place.state === 'stopped-all-streaming') {
        return yield* this.#hold(data, place.state === 'stopped-all')
      }
      if (place.ended) return
      place.ended = last && !this.trailers
      const status = yield* place.stage.data(data, place.ended)
      if (this.aborted) return
      if (!hadTrailers && this.trailers && added < 0) {
        last = false
        added = at
      }
      if (yield* this.#afterData(at, status, data)) continue
      // Envoy's two directions differ: the request's trailers are still handed on, the response's are not.
      if (added >= 0 && this.#kind === 'request') yield* this.#trailers(added === again ? added : added + 1)
      return
    }
    yield* this.#sink.data(data, last)
    if (added >= 0 && !this.aborted) yield* this.#trailers(added === again ? added : added + 1)
  }

  /** Whether the data goes on to the next stage. */
  *#afterData(at: number, status: number, data: Body): Run<boolean> {
    const place = this.#places[at]!
    if (status === DataStatus.Continue) {
      if (place.state === 'going') return true
      yield* this.#hold(data, false)
      yield* this.#resume(at)
      return false
    }
    place.state = 'stopped'
    if (status === DataStatus.StopNoBuffer) {
      // An empty last frame must still come out when the filter goes on.
      if (this.complete && !this.trailers && !this.#held) this.#held = new Body()
      data.clear()
    } else yield* this.#hold(data, status === DataStatus.StopAndBuffer)
    return false
  }

  *#trailers(from: number): Run<void> {
    for (let at = from; at < this.#places.length; at++) {
      const place = this.#places[at]!
      if (place.state === 'stopped-all' || place.state === 'stopped-all-streaming') return
      const status = yield* place.stage.trailers(this.trailers!)
      if (this.aborted) return
      if (status === HeadersStatus.Continue) {
        if (place.state === 'going') continue
        yield* this.#resume(at)
        return
      }
      if (place.state === 'going') place.state = 'stopped'
      return
    }
    yield* this.#sink.trailers(this.trailers!)
  }

  *#hold(data: Body, limited: boolean): Run<void> {
    this.held.move(data)
    if (limited && this.held.length > this.#limit) yield* this.#sink.tooLarge()
  }
}

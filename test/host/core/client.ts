// What has reached the client: the end of the response's way.
import { Body } from './bytes.ts'
import type { Sink } from './flow.ts'
import type { HeaderMap } from './headers.ts'
import type { ClientResponse } from './outcome.ts'
import { RESPONSE_TOO_LARGE, type ReplyParts } from './reply.ts'
import type { Run } from './run.ts'

/** The stream that the client has begun. */
export interface Served {
  readonly facts: { sent: number }
  finish(): Run<void>
  replyFrom(reply: ReplyParts): Run<void>
}

export class Client implements Sink {
  readonly #served: Served
  #headers: HeaderMap | undefined
  readonly #body = new Body()
  #trailers: HeaderMap | undefined
  #complete = false

  constructor(served: Served) {
    this.#served = served
  }

  /** Headers that have left; nothing else can take their place. */
  get begun(): HeaderMap | undefined {
    return this.#headers
  }

  *headers(headers: HeaderMap, end: boolean): Run<void> {
    // Copies: what filters change once it is on the wire is not sent.
    this.#headers = headers.copy()
    this.#complete = end
    if (end) yield* this.#served.finish()
  }

  *data(data: Body, end: boolean): Run<void> {
    if (!this.#headers) return
    this.#served.facts.sent += data.length
    this.#body.move(data)
    this.#complete = end
    if (end) yield* this.#served.finish()
  }

  *trailers(trailers: HeaderMap): Run<void> {
    if (!this.#headers) return
    this.#trailers = trailers.copy()
    this.#complete = true
    yield* this.#served.finish()
  }

  tooLarge(): Run<void> {
    return this.#served.replyFrom(RESPONSE_TOO_LARGE)
  }

  response(cutOff: boolean): ClientResponse | undefined {
    if (!this.#headers) return undefined
    return {
      status: Number(this.#headers.first(':status') ?? 0),
      headers: this.#headers.view(),
      body: this.#body.bytes(),
      trailers: this.#trailers?.view(),
      complete: this.#complete,
      reset: cutOff,
    }
  }
}

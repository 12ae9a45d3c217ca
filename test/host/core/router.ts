// Envoy's router: chooses the route, and takes the request to the backend, in as many attempts as it needs. All attempts share
// one header map: what an upstream filter did to it, the next attempt begins with.
import { Attempt, type Attempted } from './attempt.ts'
import type { StreamFacts } from './attributes.ts'
import type { Body } from './bytes.ts'
import type { Sink } from './flow.ts'
import type { HeaderMap } from './headers.ts'
import type { PropertyTree } from './properties.ts'
import { NO_ROUTE, REQUEST_TOO_LARGE, type ReplyParts } from './reply.ts'
import type { RouteSpec } from './request.ts'
import type { Run } from './run.ts'

/** The stream whose request is routed. */
export interface Routed extends Attempted {
  readonly facts: StreamFacts
  readonly ended: boolean
  replyFrom(reply: ReplyParts): Run<void>
}

export class Router implements Sink {
  readonly #routed: Routed
  readonly attempts: Attempt[] = []
  #headers: HeaderMap | undefined
  readonly #parts: Uint8Array[] = []
  #trailers: HeaderMap | undefined
  #complete = false
  #route: RouteSpec | undefined
  #forwarded = false
  /** How often a filter made Envoy forget the route. */
  cleared = 0

  constructor(routed: Routed) {
    this.#routed = routed
  }

  chooseRoute(headers: HeaderMap): void {
    const forwarded = headers.first('x-forwarded-proto') !== undefined
    this.#forwarded ||= forwarded
    const { facts, spec } = this.#routed
    // Envoy finds no route for a request that has lost the `x-forwarded-proto` it came with.
    this.#route = this.#forwarded && !forwarded ? undefined : spec.route(headers.view())
    facts.routeName = this.#route?.name ?? ''
    facts.clusterName = this.#route?.cluster
    facts.routeMetadata = metadataOf(this.#route)
  }

  *headers(headers: HeaderMap, end: boolean): Run<void> {
    this.#headers = headers
    this.#complete = end
    if (this.cleared > 0) this.chooseRoute(headers)
    if (this.#route === undefined) return yield* this.#routed.replyFrom(NO_ROUTE)
    yield* this.attempt()
    if (end) yield* this.#finish()
  }

  *data(data: Body, end: boolean): Run<void> {
    const bytes = data.bytes()
    data.clear()
    this.#parts.push(bytes)
    this.#complete = end
    const attempt = this.#current()
    if (attempt) yield* attempt.data(bytes, end)
    if (end) yield* this.#finish()
  }

  *trailers(trailers: HeaderMap): Run<void> {
    this.#trailers = trailers
    this.#complete = true
    const attempt = this.#current()
    if (attempt) yield* attempt.trailers(trailers)
    yield* this.#finish()
  }

  tooLarge(): Run<void> {
    return this.#routed.replyFrom(REQUEST_TOO_LARGE)
  }

  *#finish(): Run<void> {
    const attempt = this.#current()
    if (attempt) yield* attempt.finish()
  }

  #current(): Attempt | undefined {
    return this.#routed.ended ? undefined : this.attempts.at(-1)
  }

  /** Begins (another) attempt. */
  *attempt(): Run<void> {
    const parts = this.#parts
    const number = this.attempts.length + 1
    this.#routed.facts.attempt = number
    const attempt = new Attempt(this.#routed)
    this.attempts.push(attempt)
    yield* attempt.start(this.#headers!, this.#complete && parts.length === 0 && !this.#trailers)
    if (number === 1) return
    for (const [i, part] of parts.entries()) {
      yield* attempt.data(part, this.#complete && !this.#trailers && i === parts.length - 1)
    }
    if (this.#trailers) yield* attempt.trailers(this.#trailers)
    if (this.#complete) yield* attempt.finish()
  }

  /** Whether there is another attempt instead of passing this answer on. */
  retries(status: number): boolean {
    return status >= 500 && this.attempts.length <= this.#routed.spec.retries
  }

  *abandon(): Run<void> {
    for (const attempt of this.attempts) yield* attempt.abandon()
  }
}

const metadataOf = (route: RouteSpec | undefined): PropertyTree | undefined => {
  if (!route?.metadata && !route?.typedMetadata) return undefined
  return { filter_metadata: route.metadata ?? {}, typed_filter_metadata: route.typedMetadata ?? {} }
}

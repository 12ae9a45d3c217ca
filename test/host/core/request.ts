// Requests, and the backend that answers them, as tests write them: `plugin.request({...}).body('x').send()`.
import type { Data } from './bytes.ts'
import type { Exchange } from './exchange.ts'
import type { HeaderInit, Headers } from './headers.ts'
import type { Outcome, UpstreamRequest } from './outcome.ts'
import type { Property, PropertyTree } from './properties.ts'
import { run } from './run.ts'

export interface BackendAnswer {
  /** Default 200. */
  status?: number
  headers?: HeaderInit
  /** Several: that many chunks. */
  body?: Data | readonly Data[]
  trailers?: HeaderInit
  /** Milliseconds of the test's clock until it arrives. */
  afterMs?: number
  /** Breaks off after what is given. */
  cut?: 'reset'
}

export type Backend = (request: UpstreamRequest, attempt: number) => BackendAnswer | 'never' | 'reset'

export interface RouteSpec {
  name?: string
  cluster?: string
  /** `filter_metadata`: namespace to Struct. */
  metadata?: PropertyTree
  /** `typed_filter_metadata`: namespace to the value's bytes. */
  typedMetadata?: Readonly<Record<string, Uint8Array>>
}

export type Cut = 'request-headers' | 'request-body' | 'request'

export interface RequestSpec {
  headers: HeaderInit
  body: readonly Data[]
  trailers: HeaderInit | undefined
  protocol: 'HTTP/1.1' | 'HTTP/2'
  properties: Readonly<Record<string, Property>>
  /** Answers undefined where no route matches. Asked again when a filter has cleared the route. */
  route: (headers: Headers) => RouteSpec | undefined
  backend: Backend
  retries: number
  bodyLimit: number
  cut: Cut | undefined
  stall: Cut | undefined
  worker: number
}

export interface Opener {
  open(spec: RequestSpec): Exchange
  /** Runs work on a worker, one at a time where workers can be suspended. */
  onWorker(worker: number, work: () => Promise<void>): Promise<void>
}

const DEFAULT_ROUTE: RouteSpec = { name: 'route', cluster: 'backend' }

const DEFAULTS = {
  body: [],
  trailers: undefined,
  protocol: 'HTTP/2',
  properties: {},
  route: () => DEFAULT_ROUTE,
  retries: 0,
  bodyLimit: 1024 * 1024,
  cut: undefined,
  stall: undefined,
  worker: 0,
} as const

/** A request in the making. Each call answers a new builder: a common beginning can be shared. */
export class RequestBuilder {
  readonly #opener: Opener
  readonly #spec: RequestSpec

  constructor(opener: Opener, spec: RequestSpec) {
    this.#opener = opener
    this.#spec = spec
  }

  #with(change: Partial<RequestSpec>): RequestBuilder {
    return new RequestBuilder(this.#opener, { ...this.#spec, ...change })
  }

  /** Its chunks, in the order they arrive. */
  body(...chunks: Data[]): RequestBuilder {
    return this.#with({ body: chunks })
  }

  trailers(trailers: HeaderInit): RequestBuilder {
    return this.#with({ trailers })
  }

  /** HTTP/1.1 tells a body's end in an empty last piece, HTTP/2 (the default) with the last byte. */
  protocol(protocol: RequestSpec['protocol']): RequestBuilder {
    return this.#with({ protocol })
  }

  /** Attributes, as objects: `{ source: { address: '192.0.2.1:4000' } }`. */
  properties(properties: Readonly<Record<string, Property>>): RequestBuilder {
    return this.#with({ properties })
  }

  /** The route the request takes; null: none matches. A function chooses, again when a filter has cleared the route. */
  route(route: RouteSpec | null | ((headers: Headers) => RouteSpec | null)): RequestBuilder {
    const choose = typeof route === 'function' ? route : () => route
    return this.#with({
      route: headers => {
        const chosen = choose(headers)
        return chosen === null ? undefined : { ...DEFAULT_ROUTE, ...chosen }
      },
    })
  }

  /** What the backend answers, always or attempt by attempt. */
  answer(...answers: (BackendAnswer | 'never' | 'reset')[]): RequestBuilder {
    return this.#with({ backend: (_, attempt) => answers[Math.min(attempt, answers.length) - 1] ?? {} })
  }

  backend(backend: Backend): RequestBuilder {
    return this.#with({ backend })
  }

  /** The router tries so many times more on an answer of 500 or above. */
  retries(retries: number): RequestBuilder {
    return this.#with({ retries })
  }

  /** Bytes that may be held back before Envoy gives up. */
  bodyLimit(bodyLimit: number): RequestBuilder {
    return this.#with({ bodyLimit })
  }

  /** The client goes away after this much. */
  cut(cut: Cut): RequestBuilder {
    return this.#with({ cut })
  }

  /** The client falls silent after this much, and stays. */
  stall(stall: Cut): RequestBuilder {
    return this.#with({ stall })
  }

  on(worker: number): RequestBuilder {
    return this.#with({ worker })
  }

  /** Sends it and tells what became of it once nothing more happens without the clock. */
  async send(): Promise<Outcome> {
    return (await this.open()).outcome()
  }

  /** The same where a test goes on with the stream: moves the clock, cuts it, looks again. */
  async open(): Promise<Exchange> {
    const exchange = this.#opener.open(this.#spec)
    await this.#opener.onWorker(this.#spec.worker, async () => run(exchange.run()))
    return exchange
  }

  /** `send` without a promise, for hosts that do not suspend. */
  sendNow(): Outcome {
    const exchange = this.#opener.open(this.#spec)
    const done = run(exchange.run())
    if (done instanceof Promise) throw new Error('This host suspends at host calls: use send().')
    return exchange.outcome()
  }
}

export const newRequest = (opener: Opener, headers: HeaderInit): RequestBuilder =>
  new RequestBuilder(opener, { ...DEFAULTS, headers, backend: () => ({}) })

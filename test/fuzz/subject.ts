// What is compared: one of the four filters, as our plan and as Envoy's native feature, on the same requests.
import type { Plan } from '../../filters/plan/plan.ts'
import type { Random } from './random.ts'
import type { Message } from './wire.ts'

/** A request as its parts, so that it can be made smaller; every character is one byte. */
export interface Request {
  method: string
  path: string
  headers: [name: string, value: string][]
  /** Header lines that the backend answers with. */
  answer: [name: string, value: string][]
  body: string
  /** Sent as chunks of this many bytes, with these trailers; otherwise with a content-length. */
  chunks?: { size: number; trailers: [name: string, value: string][] }
}

/** What a request came to: of the client, of the backend, of the mirrors. */
export interface Outcome {
  reply: Message | 'closed'
  /** What the backend got; undefined when nothing arrived there. */
  request: Message | undefined
  /** What each mirror got, in no order. */
  copies: Message[]
}

/** How Envoy's own features say the same: routes in order, each with what comes beside its match. */
export interface Native {
  routes: { match: object; action?: object; more?: object }[]
}

export interface Subject<Config> {
  name: string
  /** HTTP filters of Envoy's that the native listener needs. */
  filters: object[]
  /** Requests of one configuration depend on each other (they fill buckets): shrink the sequence, not one of them. */
  isSequence: boolean
  config(random: Random): Config
  request(random: Random, config: Config): Request
  plan(config: Config): Plan
  native(config: Config): Native
  /** How many copies of a request the mirrors get. */
  copies(config: Config, request: Request): number
  /** Smaller configurations, any of which may still show the same. */
  smaller(config: Config): Config[]
  /** Whatever may differ has been taken away by `differences.ts`; what is left has to be equal. */
  view(outcome: Outcome, config: Config, request: Request): unknown
  /** The name of the written difference that these two outcomes are an instance of. */
  known(config: Config, request: Request, wasm: Outcome, native: Outcome): string | undefined
}

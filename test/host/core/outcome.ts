// What became of a request, as a test sees it.
import { readable } from './bytes.ts'
import type { HttpCall } from './calls.ts'
import type { GrpcCall } from './grpc.ts'
import type { Headers } from './headers.ts'
import type { Trap } from './vm.ts'
import type { LogLine } from './world.ts'

export interface Message {
  headers: Headers
  body: Uint8Array
  trailers: Headers | undefined
  /** Whether its end has been seen. */
  complete: boolean
}

/** One attempt to reach the backend: what it would see. */
export interface UpstreamRequest extends Message {
  method: string
  path: string
  authority: string
}

/** What the client would see. */
export interface ClientResponse extends Message {
  status: number
  /** The stream was cut off after the headers. */
  reset: boolean
}

export interface LocalReplyMade {
  status: number
  body: string
  headers: Record<string, string>
  grpcStatus: number | undefined
  details: string
}

export interface Outcome {
  /** What the backend saw last; undefined: nothing. */
  upstream: UpstreamRequest | undefined
  attempts: UpstreamRequest[]
  response: ClientResponse | undefined
  /** The reply a plugin (or Envoy in its place) gave itself. */
  localReply: LocalReplyMade | undefined
  /** Where the stream waits for a plugin. */
  paused: 'request' | 'response' | undefined
  /** Why the stream was cut off, if it was. */
  reset: string | undefined
  httpCalls: HttpCall[]
  grpcCalls: GrpcCall[]
  logs: LogLine[]
  /** By how much each metric grew. */
  metrics: Record<string, number>
  /** First path to each property that was read, in order. */
  propertiesRead: string[]
  /** Filter state as plugins left it. */
  propertiesSet: Record<string, Uint8Array>
  /** The decision record (filter state `sluice`), parsed where it is JSON. */
  decision: unknown
  routeCleared: number
  traps: Trap[]
}

export const text = (body: Uint8Array): string => new TextDecoder().decode(body)

/** The decision record of a stream: JSON where it is, else the text. */
export const decisionOf = (state: ReadonlyMap<string, Uint8Array>): unknown => {
  const bytes = state.get('sluice')
  if (!bytes) return undefined
  const record = text(bytes)
  try {
    return JSON.parse(record)
  } catch {
    return record
  }
}

export const plainHeaders = (pairs: readonly (readonly [string, string])[]): Record<string, string> =>
  Object.fromEntries(pairs.map(([name, value]) => [readable(name).toLowerCase(), readable(value)]))

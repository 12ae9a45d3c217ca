// What of an outcome is compared: everything that client, backend and mirrors can tell, but the order of headers of
// different names (RFC 9110, 5.3: it means nothing) and what differs between any two requests.
import type { Outcome } from './subject.ts'
import type { Message } from './wire.ts'

export interface View {
  reply: unknown
  request: unknown
  copies: unknown[]
}

export const viewOf = ({ reply, request, copies }: Outcome): View => ({
  // The backend's body is what it was sent, and compared as the request.
  reply: reply === 'closed' ? reply : { ...messageOf(reply), body: request ? '' : reply.body },
  request: request && messageOf(request),
  copies: copies.map(messageOf).sort((a, b) => compare(JSON.stringify(a), JSON.stringify(b))),
})

const messageOf = ({ line, headers, body, trailers }: Message) => ({
  line,
  headers: sorted(headers),
  body,
  trailers: sorted(trailers),
})

/** Lists of names and values, those of one name in their order. */
const sorted = (headers: [string, string][]): string[] =>
  headers
    .filter(([name]) => !OURS.has(name))
    .map(([name, value], at) => ({ name, value: name === 'date' ? value.replace(HTTP_DATE, '(now)') : value, at }))
    .sort((a, b) => compare(a.name, b.name) || a.at - b.at)
    .map(({ name, value }) => `${name}: ${value}`)

/** What the test itself adds, the length of what it echoes, and times. */
const OURS = new Set(['x-case', 'x-answer', 'content-length', 'x-envoy-upstream-service-time'])
const HTTP_DATE = /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

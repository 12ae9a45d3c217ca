// The message of a local reply, as Envoy's `Utility::prepareLocalReply` writes it.
import { fromByteString } from './bytes.ts'
import { HeaderMap } from './headers.ts'

export interface ReplyParts {
  status: number
  body: string
  headers: readonly (readonly [string, string])[]
  grpcStatus: number | undefined
  details: string
}

const GRPC_OF_HTTP: Record<number, number> = { 400: 13, 401: 16, 403: 7, 404: 12, 429: 14, 502: 14, 503: 14, 504: 14 }

/** Envoy's own replies: no route, too much to hold back, a backend that went away. */
export const ownReply = (status: number, body: string, details: string): ReplyParts => ({
  status,
  body,
  headers: [],
  grpcStatus: undefined,
  details,
})

export const NO_ROUTE = ownReply(404, '', 'route_not_found')
export const REQUEST_TOO_LARGE = ownReply(413, 'Payload Too Large', 'request_payload_too_large')
export const RESPONSE_TOO_LARGE = ownReply(500, 'Internal Server Error', 'response_payload_too_large')
export const UPSTREAM_GONE = ownReply(
  503,
  'upstream connect error or disconnect/reset before headers. reset reason: connection termination',
  'upstream_reset_before_response_started',
)

/** The reply to this request as headers and body. */
export const replyMessage = (
  { status, body, headers: extra, grpcStatus }: ReplyParts,
  request: HeaderMap | undefined,
): { headers: HeaderMap; payload: Uint8Array } => {
  const headers = new HeaderMap('response')
  headers.add(':status', String(status))
  for (const [name, value] of extra) headers.add(name, value)
  headers.set(':status', String(status))
  if (/^application\/grpc(\+|$)/.test(request?.first('content-type') ?? '')) {
    headers.set(':status', '200')
    headers.set('content-type', 'application/grpc')
    headers.set('grpc-status', String(grpcStatus ?? GRPC_OF_HTTP[status] ?? 2))
    if (body !== '') headers.set('grpc-message', percentEncode(body))
    return { headers, payload: new Uint8Array(0) }
  }
  if (body === '') {
    headers.remove('content-length')
    headers.remove('content-type')
    return { headers, payload: new Uint8Array(0) }
  }
  headers.set('content-length', String(body.length))
  if (headers.first('content-type') === undefined) headers.add('content-type', 'text/plain')
  return { headers, payload: request?.first(':method') === 'HEAD' ? new Uint8Array(0) : fromByteString(body) }
}

const percentEncode = (text: string): string =>
  text.replace(/[^\x20-\x7e]|%/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)

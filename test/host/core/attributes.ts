// The attributes that Envoy itself knows of a stream (`StreamActivation::FindValue`), worked out from what is in reach: a
// response callback no longer sees `request.path`. What the test gives as properties wins over these.
import { readable } from './bytes.ts'
import type { HttpFilter } from './filter.ts'
import type { HeaderMap } from './headers.ts'
import type { Property, PropertyTree } from './properties.ts'

export interface StreamFacts {
  protocol: string
  startedAt: bigint
  requestId: string
  received: number
  sent: number
  responseCode: number | undefined
  responseDetails: string | undefined
  attempt: number
  routeName: string
  clusterName: string | undefined
  routeMetadata: PropertyTree | undefined
}

const headerTree = (map: HeaderMap): PropertyTree => {
  const tree: Record<string, string> = {}
  for (let i = 0; i < map.size; i++) {
    const name = readable(map.nameAt(i))
    const value = readable(map.valueAt(i))
    // Attributes, unlike the ABI's maps, join repeated headers.
    tree[name] = Object.hasOwn(tree, name) ? `${tree[name]},${value}` : value
  }
  return tree
}

/** `Grpc::Utility::httpToGrpcStatus`: what an answer without a gRPC status amounts to. */
const grpcOfHttp = (status: number): number =>
  ({ 400: 13, 401: 16, 403: 7, 404: 12, 429: 14, 502: 14, 503: 14, 504: 14 })[status] ?? 2

const request = (map: HeaderMap | undefined, facts: StreamFacts): PropertyTree => {
  const text = (name: string): string | undefined => {
    const value = map?.first(name)
    return value === undefined ? undefined : readable(value)
  }
  const path = text(':path')
  const [urlPath, ...query] = (path ?? '').split('?')
  const length = text('content-length')
  return {
    path,
    url_path: map ? urlPath : undefined,
    query: map ? query.join('?').split('#')[0] : undefined,
    host: text(':authority'),
    scheme: text(':scheme'),
    method: text(':method'),
    referer: text('referer'),
    useragent: text('user-agent'),
    id: text('x-request-id'),
    headers: map ? headerTree(map) : {},
    protocol: facts.protocol,
    time: facts.startedAt,
    size: length === undefined ? facts.received : Number(length),
    total_size: facts.received + (map?.byteSize ?? 0),
  }
}

const response = (map: HeaderMap | undefined, trailers: HeaderMap | undefined, facts: StreamFacts): PropertyTree => {
  const grpc = trailers?.first('grpc-status') ?? map?.first('grpc-status')
  return {
    code: facts.responseCode,
    code_details: facts.responseDetails,
    headers: map ? headerTree(map) : {},
    trailers: trailers ? headerTree(trailers) : {},
    size: facts.sent,
    total_size: facts.sent + (map?.byteSize ?? 0) + (trailers?.byteSize ?? 0),
    flags: 0,
    grpc_status: grpcStatus(grpc, facts.responseCode),
  }
}

const grpcStatus = (text: string | undefined, code: number | undefined): number | undefined => {
  if (text !== undefined && /^\d+$/.test(text)) return Number(text)
  return code === undefined ? undefined : grpcOfHttp(code)
}

export const wellKnown = (filter: HttpFilter, name: string, facts: StreamFacts): Property => {
  switch (name) {
    case 'request':
      return request(filter.requestHeaders ?? logged(filter, 0), facts)
    case 'response': {
      const map = filter.responseHeaders ?? logged(filter, 2)
      return response(map, filter.responseTrailers ?? logged(filter, 3), facts)
    }
    case 'connection':
      return { id: 1, mtls: false, requested_server_name: '' }
    case 'connection_id':
      return 1
    case 'source':
      return { address: '127.0.0.1:40000', port: 40000 }
    case 'destination':
      return { address: '127.0.0.1:10000', port: 10000 }
    case 'upstream':
      return { request_attempt_count: facts.attempt }
    case 'filter_state':
      return Object.fromEntries([...filter.filterState].map(([key, value]) => [`wasm.${key}`, value]))
    case 'xds':
      return {
        cluster_name: facts.clusterName,
        route_name: facts.routeName,
        route_metadata: facts.routeMetadata,
      }
    default:
      return undefined
  }
}

/** Maps that are out of reach come back while the stream is being logged. */
const logged = (filter: HttpFilter, type: number): HeaderMap | undefined =>
  filter.logging ? filter.readMap(type) : undefined

/** `over` wins, level by level. */
export const overlay = (under: Property, over: Property): Property => {
  if (over === undefined) return under
  if (!isTree(under) || !isTree(over)) return over
  const merged: Record<string, Property> = { ...under }
  for (const [name, value] of Object.entries(over)) merged[name] = overlay(merged[name], value)
  return merged
}

const isTree = (value: Property): value is PropertyTree =>
  typeof value === 'object' &&
  !(value instanceof Uint8Array) &&
  !(value instanceof Date) &&
  !Array.isArray(value) &&
  !('double' in value)

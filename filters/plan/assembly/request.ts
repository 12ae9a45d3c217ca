// What Envoy knows of the running request beyond its headers. Path, host and method are out of reach once a response comes.
import { integerProperty, literal, property, View } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { withoutKey } from './key'

const PATH = literal('request\0path')
const HOST = literal('request\0host')
const METHOD = literal('request\0method')
const ATTEMPT = literal('upstream\0request_attempt_count')
const ROUTE = literal('xds\0route_name')

export function requestPath(): View {
  return property(PATH)
}

export function requestHost(): View {
  return property(HOST)
}

export function requestMethod(): View {
  return property(METHOD)
}

/** The name of the route that Envoy has chosen, without the key of its plan. */
export function routeName(): View {
  return withoutKey(property(ROUTE))
}

/** Behind the router the number of the attempt, from 1; in front of it 0. */
export function attempt(): i64 {
  return integerProperty(ATTEMPT, 0)
}

export function isRetry(): bool {
  return attempt() > 1
}

// What Envoy knows of the running request beyond its headers. Path, host and method are out of reach once a response comes.
import { integerProperty, literal, property, View } from 'proxy-wasm-assemblyscript-sdk/assembly'

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

/** The name of the route that Envoy has chosen. */
export function routeName(): View {
  return property(ROUTE)
}

/** Behind the router, an attempt after the first; in front of it, never. */
export function isRetry(): bool {
  return integerProperty(ATTEMPT, 1) > 1
}

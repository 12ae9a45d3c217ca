// Whether a match takes a request, and which of two matches comes first (HTTPRouteMatch, HTTPRouteRule.matches).
import type { Match, NamedMatch, Request, RpcMatch } from '../objects.ts'
import { normalPath, splitTarget } from './paths.ts'

export const takes = (match: Match, request: Request): boolean => {
  const { path, query } = splitTarget(request.path)
  return (
    takesPath(match.path, normalPath(path)) &&
    (match.method === undefined || match.method === request.method) &&
    firstOfEach(match.headers, lower).every(header => takesHeader(header, request.headers)) &&
    firstOfEach(match.queryParams, same).every(param => takesQuery(param, query))
  )
}

const takesPath = ({ type = 'PathPrefix', value = '/' }: Match['path'] & object = {}, path: string): boolean => {
  switch (type) {
    case 'Exact':
      return path === value
    case 'PathPrefix': {
      const prefix = elements(value)
      const found = elements(path)
      return prefix.every((element, index) => element === found[index])
    }
    case 'RegularExpression':
      return fully(value).test(path)
  }
}

/** "A path element refers to the list of labels in the path split by the `/` separator. A trailing `/` is ignored." */
const elements = (path: string): string[] => path.replace(/\/$/, '').split('/').slice(1)

/** Names regardless of case. Of repeated headers any value does: our choice. */
const takesHeader = ({ name, type, value }: NamedMatch, headers: Request['headers']): boolean =>
  headers.some(([key, found]) => lower(key) === lower(name) && takesText(type, value, found))

/** "It is recommended that implementations should match against the first value of the param." */
const takesQuery = ({ name, type, value }: NamedMatch, query: string): boolean => {
  const found = query
    .split('&')
    .map(pair => /^([^=]*)=?(.*)$/s.exec(pair))
    .find(pair => pair?.[1] === name)
  return found?.[2] !== undefined && takesText(type, value, found[2])
}

const takesText = (type: NamedMatch['type'], value: string, found: string): boolean =>
  type === 'RegularExpression' ? fully(value).test(found) : found === value

/** Expressions match the whole text: our choice, as Envoy's. */
const fully = (expression: string): RegExp => new RegExp(`^(?:${expression})$`)

const lower = (name: string): string => name.toLowerCase()
const same = (name: string): string => name

/** "Only the first entry with an equivalent name MUST be considered for a match." */
const firstOfEach = (matches: readonly NamedMatch[] = [], normal: (name: string) => string): NamedMatch[] =>
  matches.filter((match, index) => matches.findIndex(other => normal(other.name) === normal(match.name)) === index)

/**
 * What a match counts, larger first: an exact path, the characters of a prefix, a method, headers, query parameters.
 * Regular expressions come between exact paths and prefixes, the longer first: our choice.
 */
export const matchRank = (match: Match): number[] => {
  const { type = 'PathPrefix', value = '/' } = match.path ?? {}
  return [
    { Exact: 2, RegularExpression: 1, PathPrefix: 0 }[type],
    type === 'PathPrefix' ? value.replace(/(.)\/$/, '$1').length : value.length,
    match.method === undefined ? 0 : 1,
    firstOfEach(match.headers, lower).length,
    firstOfEach(match.queryParams, same).length,
  ]
}

/** A call's path is `/service/method` (grpc PROTOCOL-HTTP2.md). What a match does not name is anything. */
export const takesCall = ({ method: wanted, headers }: RpcMatch, request: Request): boolean => {
  const [service = '', method = ''] = splitTarget(request.path).path.split('/').slice(1)
  return (
    (!wanted?.service || takesText(wanted.type, wanted.service, service)) &&
    (!wanted?.method || takesText(wanted.type, wanted.method, method)) &&
    firstOfEach(headers, lower).every(header => takesHeader(header, request.headers))
  )
}

/** GRPCRouteRule.matches; among equals an exact match comes before an expression: our choice. */
export const callRank = ({ method, headers }: RpcMatch): number[] => [
  method?.service?.length ?? 0,
  method?.method?.length ?? 0,
  firstOfEach(headers, lower).length,
  method?.type === 'RegularExpression' ? 0 : 1,
]

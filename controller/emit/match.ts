// An IR match in, Envoy's route match out.
import type { HeaderMatcher, QueryParameterMatcher, RouteMatch, StringMatcher } from '../../envoy/schema/envoy.gen.ts'
import type { Match, NamedMatch, TextMatch } from '../ir/ir.ts'

export const routeMatch = (match: Match): RouteMatch => {
  const headers = [
    ...(match.method ? [{ name: ':method', stringMatch: { exact: match.method } }] : []),
    ...match.headers.map(headerMatcher),
  ]
  return {
    ...pathMatch(match.path),
    ...(headers.length > 0 ? { headers } : {}),
    ...(match.query.length > 0 ? { queryParameters: match.query.map(queryMatcher) } : {}),
  }
}

const pathMatch = ({ type, value }: Match['path']): RouteMatch => {
  switch (type) {
    case 'Exact':
      return { path: value }
    case 'Regex':
      return { safeRegex: { regex: value } }
    case 'PathPrefix':
      // By path elements; `/` itself has none and is no valid value there.
      return value === '/' ? { prefix: '/' } : { pathSeparatedPrefix: value }
  }
}

export const stringMatcher = (match: TextMatch): StringMatcher =>
  match.type === 'Exact' ? { exact: match.value } : { safeRegex: { regex: match.value } }

/** Envoy knows the Host header by its HTTP/2 name only. */
const headerMatcher = ({ name, value }: NamedMatch): HeaderMatcher => ({
  name: name === 'host' ? ':authority' : name,
  stringMatch: stringMatcher(value),
})

const queryMatcher = ({ name, value }: NamedMatch): QueryParameterMatcher => ({
  name,
  stringMatch: stringMatcher(value),
})

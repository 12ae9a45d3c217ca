// One HTTPRouteMatch in, one IR match out, or why Envoy could not take it.
import { RE2JS } from 're2js'
import { maxRegexProgramSize } from '../../envoy/bootstrap.ts'
import type { Match, NamedMatch, TextMatch } from '../ir/ir.ts'
import type { HeaderMatch, HTTPRouteMatch } from '../model/kinds.ts'
import type { Outcome, RouteProblem } from './conditions.ts'
import { unsupported } from './problems.ts'

/** `at` names the match in messages, like `spec.rules[0].matches[1]`. */
export const matchOf = (match: HTTPRouteMatch, at: string): Outcome<Match> => {
  const path = pathOf(match.path, `${at}.path`)
  if (path.problem) return path
  const headers = namedMatches(match.headers, `${at}.headers`, name => name.toLowerCase())
  if (headers.problem) return headers
  const query = namedMatches(match.queryParams, `${at}.queryParams`, name => name)
  if (query.problem) return query
  return {
    value: {
      path: path.value,
      ...(match.method ? { method: match.method } : {}),
      headers: headers.value,
      query: query.value,
    },
  }
}

const EVERYTHING: Match['path'] = { type: 'PathPrefix', value: '/' }

const pathOf = (path: HTTPRouteMatch['path'] | undefined, at: string): Outcome<Match['path']> => {
  if (!path) return { value: EVERYTHING }
  switch (path.type) {
    case 'Exact':
      return { value: { type: 'Exact', value: path.value } }
    case 'PathPrefix':
      return { value: { type: 'PathPrefix', value: withoutTrailingSlash(path.value) } }
    case 'RegularExpression': {
      const problem = regexProblem(path.value, `${at}.value`)
      return problem ? { problem } : { value: { type: 'Regex', value: path.value } }
    }
    default:
      return {
        problem: unsupported(
          `${at}.type`,
          `${path.type} is no type of path match`,
          'use Exact, PathPrefix or RegularExpression',
        ),
      }
  }
}

/** "When specified, a trailing `/` is ignored" (PathMatchPathPrefix). */
export const withoutTrailingSlash = (prefix: string): string =>
  prefix.length > 1 && prefix.endsWith('/') ? prefix.slice(0, -1) : prefix

/** Of several entries with an equivalent name only the first counts (HTTPHeaderMatch.name, HTTPQueryParamMatch.name). */
export const namedMatches = (
  matches: readonly HeaderMatch[] | undefined,
  at: string,
  normal: (name: string) => string,
): Outcome<NamedMatch[]> => {
  const found = new Map<string, NamedMatch>()
  for (const [index, match] of (matches ?? []).entries()) {
    const name = normal(match.name)
    if (found.has(name)) continue
    const value = textMatch(match, `${at}[${index}]`)
    if (value.problem) return value
    found.set(name, { name, value: value.value })
  }
  return { value: [...found.values()] }
}

const textMatch = ({ type, value }: HeaderMatch, at: string): Outcome<TextMatch> => {
  if (type === 'Exact') return { value: { type: 'Exact', value } }
  if (type !== 'RegularExpression')
    return { problem: unsupported(`${at}.type`, `${type} is no type of match`, 'use Exact or RegularExpression') }
  const problem = regexProblem(value, `${at}.value`)
  return problem ? { problem } : { value: { type: 'Regex', value } }
}

/** Envoy's dialect is RE2; what does not compile there, or is too large, would cost the whole route configuration. */
export const regexProblem = (pattern: string, at: string): RouteProblem | undefined => {
  try {
    const size = RE2JS.compile(pattern).programSize()
    return size > maxRegexProgramSize
      ? unsupported(at, `compiles to ${size} instructions, more than ${maxRegexProgramSize}`, 'use smaller repetitions')
      : undefined
  } catch (error) {
    return unsupported(
      at,
      `${JSON.stringify(pattern)} is no regular expression of RE2 (${(error as Error).message})`,
      'see github.com/google/re2/wiki/Syntax',
    )
  }
}

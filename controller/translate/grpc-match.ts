// One GRPCRouteMatch in; an IR match, and what it counts among others, out. A gRPC method is a path,
// `/package.Service/Method` (grpc PROTOCOL-HTTP2.md); what is not given is any one path segment.
import type { Match } from '../ir/ir.ts'
import type { GRPCMethodMatch, GRPCRouteMatch } from '../model/kinds.ts'
import type { Outcome } from './conditions.ts'
import { namedMatches, regexProblem } from './match.ts'
import type { CountedMatch } from './precedence.ts'
import { unsupported } from './problems.ts'

/** `at` names the match in messages, like `spec.rules[0].matches[1]`. */
export const grpcMatchOf = ({ method, headers }: GRPCRouteMatch, at: string): Outcome<CountedMatch> => {
  const path = pathOf(method, `${at}.method`)
  if (path.problem) return path
  const named = namedMatches(headers, `${at}.headers`, name => name.toLowerCase())
  if (named.problem) return named
  return { value: grpcCounted({ path: path.value, headers: named.value, query: [] }, method) }
}

/**
 * The most characters of a service, then of a method, then the most headers (GRPCRouteRule.matches); among equals, what
 * is exact comes before a regular expression.
 */
export const grpcCounted = (match: Match, method?: GRPCMethodMatch): CountedMatch => ({
  match,
  numbers: [
    -(method?.service?.length ?? 0),
    -(method?.method?.length ?? 0),
    -match.headers.length,
    method?.type === 'RegularExpression' ? 1 : 0,
  ],
})

const ANY_SEGMENT = '[^/]+'

const pathOf = (match: GRPCMethodMatch | undefined, at: string): Outcome<Match['path']> => {
  const { service, method, type = 'Exact' } = match ?? {}
  if (!service && !method) return { value: { type: 'PathPrefix', value: '/' } }
  switch (type) {
    case 'Exact':
      if (service && method) return { value: { type: 'Exact', value: `/${service}/${method}` } }
      return { value: service ? { type: 'PathPrefix', value: `/${service}` } : anyService(escaped(method ?? '')) }
    case 'RegularExpression': {
      const problem =
        (service ? regexProblem(service, `${at}.service`) : undefined) ??
        (method ? regexProblem(method, `${at}.method`) : undefined)
      if (problem) return { problem }
      const value = `/${service ? `(?:${service})` : ANY_SEGMENT}/${method ? `(?:${method})` : ANY_SEGMENT}`
      const whole = regexProblem(value, at)
      return whole ? { problem: whole } : { value: { type: 'Regex', value } }
    }
    default:
      return { problem: unsupported(`${at}.type`, `${type} is no type of match`, 'use Exact or RegularExpression') }
  }
}

const anyService = (method: string): Match['path'] => ({ type: 'Regex', value: `/${ANY_SEGMENT}/${method}` })

/** By its schema a name holds no such character; this stays right without it. */
const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

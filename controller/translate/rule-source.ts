// A rule of an HTTPRoute or of a GRPCRoute in; the same form for both, of which rule.ts makes what is served, out.
import type { Match, Retry, Timeouts } from '../ir/ir.ts'
import type {
  GRPCRoute,
  HTTPBackendRef,
  HTTPRoute,
  HTTPRouteFilter,
  HTTPRouteMatch,
  HTTPRouteRetry,
  HTTPRouteTimeouts,
} from '../model/kinds.ts'
import type { Speaking } from './backend-refs.ts'
import type { Outcome, RouteProblem } from './conditions.ts'
import { milliseconds } from './duration.ts'
import { grpcCounted, grpcMatchOf } from './grpc-match.ts'
import { matchOf } from './match.ts'
import { type CountedMatch, counted } from './precedence.ts'
import { unsupported } from './problems.ts'

export type RequestRoute = HTTPRoute | GRPCRoute

export interface RuleSource {
  /** Like `spec.rules[0]`. */
  at: string
  matches: CountedMatch[]
  /** Of the matches: requests cannot even be told. */
  problems: RouteProblem[]
  /** What a path prefix is replaced in. */
  httpMatches?: readonly HTTPRouteMatch[]
  filters: readonly HTTPRouteFilter[]
  backendRefs: readonly HTTPBackendRef[]
  timeouts: Timeouts
  retry?: Retry
  /** How it speaks to its backends. */
  speaking: Speaking
  /** What it answers where it cannot be served: gRPC clients read 503 as UNAVAILABLE (GRPCRouteRule.backendRefs). */
  errorStatus: 500 | 503
  refusals: RouteProblem[]
}

export const rulesOf = (route: RequestRoute): RuleSource[] =>
  route.kind === 'HTTPRoute' ? route.spec.rules.map(httpRule) : (route.spec.rules ?? []).map(grpcRule)

const EVERYTHING: Match = { path: { type: 'PathPrefix', value: '/' }, headers: [], query: [] }

const httpRule = (rule: HTTPRoute['spec']['rules'][number], index: number): RuleSource => {
  const at = `spec.rules[${index}]`
  const retry = retryOf(rule.retry)
  return {
    at,
    ...matchesOf(rule.matches, counted(EVERYTHING), at, (match, here) => {
      const { value, problem } = matchOf(match, here)
      return problem ? { problem } : { value: counted(value) }
    }),
    ...(rule.matches ? { httpMatches: rule.matches } : {}),
    filters: rule.filters ?? [],
    backendRefs: rule.backendRefs ?? [],
    timeouts: timeoutsOf(rule.timeouts),
    ...(retry ? { retry } : {}),
    speaking: 'HTTP',
    errorStatus: 500,
    refusals: noSessions(rule, at),
  }
}

/** Calls may be silent for long (server streams): only the client's own deadline ends them. */
const UNLIMITED: Timeouts = { request: 0 }

const grpcRule = (rule: (GRPCRoute['spec']['rules'] & object)[number], index: number): RuleSource => {
  const at = `spec.rules[${index}]`
  return {
    at,
    ...matchesOf(rule.matches, grpcCounted(EVERYTHING), at, grpcMatchOf),
    filters: rule.filters ?? [],
    backendRefs: rule.backendRefs ?? [],
    timeouts: UNLIMITED,
    speaking: 'GRPC',
    errorStatus: 503,
    refusals: noSessions(rule, at),
  }
}

const matchesOf = <M>(
  matches: readonly M[] | undefined,
  otherwise: CountedMatch,
  at: string,
  one: (match: M, at: string) => Outcome<CountedMatch>,
): Pick<RuleSource, 'matches' | 'problems'> => {
  if (!matches?.length) return { matches: [otherwise], problems: [] }
  const outcomes = matches.map((match, index) => one(match, `${at}.matches[${index}]`))
  return {
    matches: outcomes.flatMap(({ value }) => (value ? [value] : [])),
    problems: outcomes.flatMap(({ problem }) => (problem ? [problem] : [])),
  }
}

const noSessions = (rule: { sessionPersistence?: unknown }, at: string): RouteProblem[] =>
  rule.sessionPersistence ? [unsupported(`${at}.sessionPersistence`, 'is not supported', 'remove it')] : []

const timeoutsOf = (timeouts: HTTPRouteTimeouts | undefined): Timeouts => {
  const request = timeouts?.request === undefined ? undefined : milliseconds(timeouts.request)
  const backend = timeouts?.backendRequest === undefined ? undefined : milliseconds(timeouts.backendRequest)
  return { ...(request === undefined ? {} : { request }), ...(backend === undefined ? {} : { backend }) }
}

const retryOf = (retry: HTTPRouteRetry | undefined): Retry | undefined => {
  const attempts = retry?.attempts ?? 1
  if (!retry || attempts <= 0) return undefined
  const backoff = retry.backoff === undefined ? undefined : milliseconds(retry.backoff)
  return { attempts, statuses: [...(retry.codes ?? [])], ...(backoff ? { backoff } : {}) }
}

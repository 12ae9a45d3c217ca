// Which of two routes of a host comes first (HTTPRouteRule.matches): exact path, then regular expression, then prefix;
// the longer value; a method; more headers; more query parameters; the older route; `namespace/name`; the first in its
// list. The place of regular expressions is ours to choose: between exact and prefix, as other Envoy gateways do.
// What counts among the matches of GRPCRoutes is told in grpc-match.ts.
import type { Match } from '../ir/ir.ts'
import type { ObjectMeta } from '../model/object.ts'

/** Smaller is earlier, element by element. */
export interface Rank {
  numbers: readonly number[]
  /** Creation time, in ISO 8601; the empty string where nobody set one. */
  created: string
  owner: string
  rule: number
  match: number
}

const KINDS = { Exact: 0, Regex: 1, PathPrefix: 2 } as const

/** A match and what it counts among others, smaller first. */
export interface CountedMatch {
  match: Match
  numbers: readonly number[]
}

export const counted = (match: Match): CountedMatch => ({
  match,
  numbers: [
    KINDS[match.path.type],
    -match.path.value.length,
    match.method ? 0 : 1,
    -match.headers.length,
    -match.query.length,
  ],
})

export const rankOf = (numbers: readonly number[], route: ObjectMeta, rule: number, at: number): Rank => ({
  numbers,
  created: route.creationTimestamp ?? '',
  owner: `${route.namespace}/${route.name}`,
  rule,
  match: at,
})

export const byRank = (a: Rank, b: Rank): number => {
  for (let index = 0; index < a.numbers.length; index++) {
    const difference = a.numbers[index]! - b.numbers[index]!
    if (difference !== 0) return difference
  }
  return byText(a.created, b.created) || byText(a.owner, b.owner) || a.rule - b.rule || a.match - b.match
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

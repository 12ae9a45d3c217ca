// An HTTPRoute or a GRPCRoute in; its IR routes with their rank, its conditions and the backends it needs out. It knows nothing of
// Gateways but how a listener is reached, for redirects.
import type { Act, BackendId, Route } from '../ir/ir.ts'
import type { Condition, RouteProblem } from './conditions.ts'
import { ANY } from './hostnames.ts'
import { type Read, remembered } from './memory.ts'
import { type Rank, rankOf } from './precedence.ts'
import type { Face } from './redirect.ts'
import { type CompiledRule, compileRule } from './rule.ts'
import { type RequestRoute, rulesOf } from './rule-source.ts'
import type { World } from './world.ts'

export interface CompiledRoute {
  /** The same array for the same face. */
  on(face: Face): readonly RankedRoute[]
  /** Its own; `*` where it has none. */
  hostnames: readonly string[]
  /** What its rules make of it, wherever it is attached. */
  verdict: Verdict
  backends: readonly BackendId[]
}

export interface RankedRoute {
  route: Route
  rank: Rank
}

export interface Verdict {
  accepted: Condition<'Route'>
  resolvedRefs: Condition<'Route'>
  partiallyInvalid?: Condition<'Route'>
}

/** `stamp` changes with anything a rule may look up. */
export const createRouteCompiler = (stamp: (world: World) => object) =>
  remembered((route: RequestRoute, read: Read<World>): CompiledRoute => {
    const rules = rulesOf(route).map((source, index) => compileRule(route, source, index, read))
    return {
      on: facing(route, rules),
      hostnames: route.spec.hostnames?.length ? [...new Set(route.spec.hostnames)] : [ANY],
      verdict: verdictOf(rules),
      backends: [...new Set(rules.flatMap(rule => rule.backends))],
    }
  }, stamp)

const facing = (route: RequestRoute, rules: readonly CompiledRule[]): CompiledRoute['on'] => {
  const made = (face: Face) => rules.flatMap((rule, index) => routesOf(route, rule, index, face))
  if (!rules.some(rule => typeof rule.act === 'function')) {
    const everywhere = made({ scheme: 'http', port: 80 })
    return () => everywhere
  }
  const known = new Map<string, readonly RankedRoute[]>()
  return face => {
    const key = `${face.scheme}:${face.port}`
    const found = known.get(key) ?? made(face)
    known.set(key, found)
    return found
  }
}

const routesOf = (route: RequestRoute, rule: CompiledRule, index: number, face: Face): RankedRoute[] => {
  const { kind } = route
  const { namespace, name } = route.metadata
  const act: Act = typeof rule.act === 'function' ? rule.act(face) : rule.act
  return rule.matches.map(({ match, numbers }, at) => ({
    route: {
      id: `${kind}/${namespace}/${name}/${index}/${at}`,
      match,
      act,
      ...(rule.plan ? { plan: rule.plan } : {}),
      ...(rule.cors ? { cors: rule.cors } : {}),
      origin: { kind, namespace, name, rule: index, match: at },
    },
    rank: rankOf(numbers, route.metadata, index, at),
  }))
}

/** RouteConditionAccepted, RouteConditionPartiallyInvalid ("Dropped Rule") and RouteConditionResolvedRefs. */
export const verdictOf = (rules: readonly Pick<CompiledRule, 'refusals' | 'notes'>[]): Verdict => {
  const isInvalid = (rule: Pick<CompiledRule, 'refusals'>) => rule.refusals.some(problem => problem.type === 'Accepted')
  const invalid = rules.flatMap((rule, index) => (isInvalid(rule) ? [index] : []))
  const all = rules.flatMap(rule => [...rule.refusals, ...rule.notes])
  const faults = all.filter(problem => problem.type === 'Accepted')
  const unresolved = all.filter(problem => problem.type === 'ResolvedRefs')
  const [fault] = faults
  const [missing] = unresolved
  return {
    accepted:
      fault && invalid.length === rules.length
        ? { type: 'Accepted', status: 'False', reason: fault.reason, message: joined(faults) }
        : { type: 'Accepted', status: 'True', reason: 'Accepted', message: 'The route is accepted' },
    resolvedRefs: missing
      ? { type: 'ResolvedRefs', status: 'False', reason: missing.reason, message: joined(unresolved) }
      : { type: 'ResolvedRefs', status: 'True', reason: 'ResolvedRefs', message: 'All references are resolved' },
    ...(fault && invalid.length < rules.length
      ? {
          partiallyInvalid: {
            type: 'PartiallyInvalid',
            status: 'True',
            reason: 'UnsupportedValue',
            message: `Dropped Rule ${invalid.join(', ')}: ${joined(faults)}`,
          },
        }
      : {}),
  }
}

const MOST_MESSAGES = 8

const joined = (problems: readonly RouteProblem[]): string => {
  const shown = problems.slice(0, MOST_MESSAGES).map(problem => problem.message)
  const rest = problems.length - shown.length
  return [...shown, ...(rest > 0 ? [`and ${rest} more`] : [])].join('. ')
}

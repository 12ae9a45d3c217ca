// One rule of an HTTPRoute in; its matches, what it does and its plan out. A rule with a fault is not skipped: where
// its requests can be told it answers 500, where not even that (a regex that does not compile) it is dropped.
import type { Plan } from '../../filters/plan/plan.ts'
import type { Act, BackendId, Cors, Match, Retry, Target, Timeouts } from '../ir/ir.ts'
import { planBytes } from '../ir/plan-bytes.ts'
import type { HTTPRoute, HTTPRouteRetry, HTTPRouteRule, HTTPRouteTimeouts } from '../model/kinds.ts'
import { aliasOf, backendOf } from './backend-refs.ts'
import type { RouteProblem } from './conditions.ts'
import { milliseconds } from './duration.ts'
import { backendFiltersOf, type FilterContext, type Filters, filtersOf } from './filters.ts'
import { matchOf } from './match.ts'
import type { Read } from './memory.ts'
import { problemOf } from './plan-faults.ts'
import { printable, unsupported } from './problems.ts'
import type { Face } from './redirect.ts'
import type { World } from './world.ts'

export interface CompiledRule {
  /** Empty for a dropped rule. */
  matches: Match[]
  /** A function where it depends on how the listener is reached. */
  act: Act | ((face: Face) => Act)
  plan?: Plan
  cors?: Cors
  /** Faults of the rule as such: it is dropped or answers 500 to everything. */
  refusals: RouteProblem[]
  /** References that lead nowhere, while the rule is served. */
  notes: RouteProblem[]
  /** Everything it sends requests or copies to. */
  backends: BackendId[]
}

const ERROR: Act = { type: 'Respond', status: 500 }

/**
 * What Envoy refused stays in the IR as it is wanted: the server keeps it from Envoys, has its last good form or a 500 in
 * its place, and knows it again when it has changed. Here only the status tells.
 */
export const compileRule = (route: HTTPRoute, index: number, read: Read<World>): CompiledRule => {
  const { namespace, name } = route.metadata
  const compiled = compileWanted(route, index, read)
  const rejection = read(world => world.rejection(`HTTPRoute/${namespace}/${name}/${index}`))
  if (rejection === undefined) return compiled
  return { ...compiled, refusals: [...compiled.refusals, envoyRefused(`spec.rules[${index}]`, rejection)] }
}

const compileWanted = (route: HTTPRoute, index: number, read: Read<World>): CompiledRule => {
  const rule = route.spec.rules[index]!
  const at = `spec.rules[${index}]`
  const { namespace, name } = route.metadata
  const { matches, problems } = matchesOf(rule, at)
  if (problems.length > 0) return dropped(problems)
  const retry = retryOf(rule.retry)
  const timeouts = timeoutsOf(rule.timeouts)
  const context: FilterContext = {
    from: { kind: 'HTTPRoute', namespace, name },
    matches: rule.matches,
    mirrorTimeoutMs: timeouts.backend || timeouts.request || 15_000,
    read,
  }
  const filters = filtersOf(rule.filters ?? [], `${at}.filters`, context)
  const targets = targetsOf(rule, at, context)
  const refusals = [...filters.refusals, ...targets.refusals]
  if (rule.sessionPersistence) refusals.push(unsupported(`${at}.sessionPersistence`, 'is not supported', 'remove it'))
  const notes = [...filters.notes, ...targets.notes]
  if (refusals.length > 0) return { matches, act: ERROR, refusals, notes, backends: [] }

  const act = filters.redirect ?? forwardOrError(targets.to, timeouts, retry)
  const plan = planOf(`${namespace}/${name}#${index}`, filters, targets.sections, act, retry !== undefined)
  const problem = plan && planProblem(plan, at, read)
  if (problem) return { matches, act: ERROR, refusals: [problem], notes, backends: [] }
  return {
    matches,
    act,
    ...(plan ? { plan } : {}),
    ...(filters.cors ? { cors: filters.cors } : {}),
    refusals,
    notes,
    backends: backendsOf(act, plan),
  }
}

const dropped = (refusals: RouteProblem[]): CompiledRule => ({
  matches: [],
  act: ERROR,
  refusals,
  notes: [],
  backends: [],
})

const envoyRefused = (at: string, message: string): RouteProblem =>
  unsupported(at, `Envoy refused it: ${printable(message)}`, 'correct the value that it names')

const EVERYTHING: Match = { path: { type: 'PathPrefix', value: '/' }, headers: [], query: [] }

const matchesOf = (rule: HTTPRouteRule, at: string): { matches: Match[]; problems: RouteProblem[] } => {
  if (!rule.matches?.length) return { matches: [EVERYTHING], problems: [] }
  const matches: Match[] = []
  const problems: RouteProblem[] = []
  for (const [index, match] of rule.matches.entries()) {
    const outcome = matchOf(match, `${at}.matches[${index}]`)
    if (outcome.problem) problems.push(outcome.problem)
    else matches.push(outcome.value)
  }
  return { matches, problems }
}

interface Targets {
  to: Target[]
  sections: Plan['clusters']
  refusals: RouteProblem[]
  notes: RouteProblem[]
}

/** A backend that is named twice with different filters gets an alias, so that its section of the plan has a name. */
const targetsOf = (rule: HTTPRouteRule, at: string, context: FilterContext): Targets => {
  const found: Targets = { to: [], sections: [], refusals: [], notes: [] }
  const variants = new Map<BackendId, string[]>()
  for (const [index, ref] of (rule.backendRefs ?? []).entries()) {
    const here = `${at}.backendRefs[${index}]`
    const filters = backendFiltersOf(ref.filters ?? [], `${here}.filters`, context)
    found.refusals.push(...filters.refusals)
    const backend = backendOf(ref, context.from, here, context.read)
    if (backend.problem) found.notes.push(backend.problem)
    const weight = ref.weight ?? 1
    if (weight <= 0) continue
    if (backend.problem) {
      found.to.push({ status: 500, weight })
      continue
    }
    const { request, response } = filters
    const variant = JSON.stringify([request, response])
    const known = variants.get(backend.value) ?? []
    variants.set(backend.value, known)
    const at0 = known.indexOf(variant)
    const position = at0 < 0 ? known.push(variant) - 1 : at0
    const cluster = position === 0 ? backend.value : aliasOf(backend.value, position + 1)
    const same = found.to.find(target => 'backend' in target && target.backend === cluster)
    if (same) same.weight += weight
    else found.to.push({ backend: cluster, weight })
    if (at0 < 0 && request.length + response.length > 0) found.sections.push({ cluster, request, response })
  }
  found.sections.sort((a, b) => (a.cluster < b.cluster ? -1 : 1))
  return found
}

/** "If *all* entries in BackendRefs are invalid … 500" (HTTPRouteRule.backendRefs); none, or none with a weight: the same. */
const forwardOrError = (to: Target[], timeouts: Timeouts, retry: Retry | undefined): Act =>
  to.some(target => 'backend' in target) ? { type: 'Forward', to, timeouts, ...(retry ? { retry } : {}) } : ERROR

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

/** Undefined where no filter has anything to do. Requests that are answered here never get to the upstream half. */
const planOf = (
  rule: string,
  filters: Filters,
  sections: Plan['clusters'],
  act: CompiledRule['act'],
  firstAttemptOnly: boolean,
): Plan | undefined => {
  const forwards = typeof act !== 'function' && act.type === 'Forward'
  // Copies come last: they are what the backend would get.
  const request = forwards ? [...filters.request, ...filters.mirrors] : []
  const clusters = forwards ? sections : []
  const size = filters.limits.length + filters.response.length + request.length + clusters.length
  if (size === 0) return undefined
  return {
    rule,
    downstream: { request: filters.limits, response: filters.response },
    upstream: { request, response: [] },
    clusters,
    firstAttemptOnly: forwards && firstAttemptOnly,
  }
}

/** The plan has to be one that the filters take: by their rules, and by the module itself where there is one to ask. */
const planProblem = (plan: Plan, at: string, read: Read<World>): RouteProblem | undefined => {
  const encoded = planBytes(plan)
  if (!encoded.ok) return problemOf({ ...encoded.faults[0]!, at: `${at}: ${encoded.faults[0]!.at}` })
  const reason = read(world => world.preflight)(encoded.bytes)
  return reason === undefined
    ? undefined
    : unsupported(at, `the filters cannot read its plan: ${printable(reason)}`, 'simplify its filters')
}

const backendsOf = (act: CompiledRule['act'], plan: Plan | undefined): BackendId[] => {
  if (typeof act === 'function' || act.type !== 'Forward') return []
  const targets = act.to.flatMap(target => ('backend' in target ? [target.backend] : []))
  const mirrors = (plan?.upstream.request ?? []).flatMap(op => (op.type === 'Mirror' ? [op.cluster] : []))
  return [...new Set([...targets, ...mirrors])]
}

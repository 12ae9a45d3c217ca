// One rule of an HTTPRoute or GRPCRoute in; its matches, what it does and its plan out. A rule with a fault is not skipped:
// where its requests can be told it answers with an error, where not even that (a regex that does not compile) it is dropped.
import type { Plan } from '../../filters/plan/plan.ts'
import type { Act, BackendId, Cors, Target } from '../ir/ir.ts'
import { planBytes } from '../ir/plan-bytes.ts'
import { aliasOf, backendOf } from './backend-refs.ts'
import type { RouteProblem } from './conditions.ts'
import { backendFiltersOf, type FilterContext, type Filters, filtersOf } from './filters.ts'
import type { Read } from './memory.ts'
import { problemOf } from './plan-faults.ts'
import type { CountedMatch } from './precedence.ts'
import { envoyRefused, printable, unsupported } from './problems.ts'
import type { Face } from './redirect.ts'
import type { RequestRoute, RuleSource } from './rule-source.ts'
import type { World } from './world.ts'

export interface CompiledRule {
  /** Empty for a dropped rule. */
  matches: CountedMatch[]
  /** A function where it depends on how the listener is reached. */
  act: Act | ((face: Face) => Act)
  plan?: Plan
  cors?: Cors
  /** Faults of the rule as such: it is dropped or answers everything with an error. */
  refusals: RouteProblem[]
  /** References that lead nowhere, while the rule is served. */
  notes: RouteProblem[]
  /** Everything it sends requests or copies to. */
  backends: BackendId[]
}

const errorOf = ({ errorStatus }: RuleSource): Act => ({ type: 'Respond', status: errorStatus })

/**
 * What Envoy refused stays in the IR as it is wanted: the server keeps it from Envoys, has its last good form or a 500 in
 * its place, and knows it again when it has changed. Here only the status tells.
 */
export const compileRule = (
  { kind, metadata: { namespace, name } }: RequestRoute,
  source: RuleSource,
  index: number,
  read: Read<World>,
): CompiledRule => {
  const from = { kind, namespace, name }
  const compiled = compileWanted(from, source, index, read)
  const rejection = read(world => world.rejection(`${kind}/${namespace}/${name}/${index}`))
  if (rejection === undefined) return compiled
  return { ...compiled, refusals: [...compiled.refusals, envoyRefused(source.at, rejection)] }
}

const compileWanted = (
  from: FilterContext['from'],
  source: RuleSource,
  index: number,
  read: Read<World>,
): CompiledRule => {
  const { at, matches, problems, timeouts } = source
  if (problems.length > 0) return dropped(problems)
  const context: FilterContext = {
    from,
    matches: source.httpMatches,
    speaking: source.speaking,
    mirrorTimeoutMs: timeouts.backend || timeouts.request || 15_000,
    read,
  }
  const filters = filtersOf(source.filters, `${at}.filters`, context)
  const targets = targetsOf(source, context)
  const refusals = [...filters.refusals, ...targets.refusals, ...source.refusals]
  const notes = [...filters.notes, ...targets.notes]
  const error = errorOf(source)
  if (refusals.length > 0) return { matches, act: error, refusals, notes, backends: [] }

  const act = filters.redirect ?? forwardOrError(targets.to, filters.copies, source)
  const rule = `${from.namespace}/${from.name}#${index}`
  const plan = planOf(rule, filters, targets.sections, act, source.retry !== undefined)
  const problem = plan && planProblem(plan, at, read)
  if (problem) return { matches, act: error, refusals: [problem], notes, backends: [] }
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
  // Nothing gets to it.
  act: { type: 'Respond', status: 500 },
  refusals,
  notes: [],
  backends: [],
})

interface Targets {
  to: Target[]
  sections: Plan['clusters']
  refusals: RouteProblem[]
  notes: RouteProblem[]
}

/** A backend that is named twice with different filters gets an alias, so that its section of the plan has a name. */
const targetsOf = ({ backendRefs, at, errorStatus, speaking }: RuleSource, context: FilterContext): Targets => {
  const found: Targets = { to: [], sections: [], refusals: [], notes: [] }
  const variants = new Map<BackendId, string[]>()
  for (const [index, ref] of backendRefs.entries()) {
    const here = `${at}.backendRefs[${index}]`
    const filters = backendFiltersOf(ref.filters ?? [], `${here}.filters`, context)
    found.refusals.push(...filters.refusals)
    found.notes.push(...filters.notes)
    const backend = backendOf(ref, context.from, speaking, here, context.read)
    if (backend.problem) found.notes.push(backend.problem)
    const weight = ref.weight ?? 1
    if (weight <= 0) continue
    if (backend.problem) {
      found.to.push({ status: errorStatus, weight })
      continue
    }
    const { response } = filters
    const request = [...filters.request, ...filters.mirrors]
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
const forwardOrError = (to: Target[], copies: Filters['copies'], source: RuleSource): Act => {
  const { timeouts, retry } = source
  if (!to.some(target => 'backend' in target)) return errorOf(source)
  return { type: 'Forward', to, timeouts, ...(retry ? { retry } : {}), ...(copies.length > 0 ? { copies } : {}) }
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
  const requests = [...(plan?.upstream.request ?? []), ...(plan?.clusters ?? []).flatMap(({ request }) => request)]
  const mirrors = requests.flatMap(op => (op.type === 'Mirror' ? [op.cluster] : []))
  const copies = (act.copies ?? []).map(({ backend }) => backend)
  return [...new Set([...targets, ...mirrors, ...copies])]
}

// The filters of a rule, or of a backendRef, in; what they ask of the plan and of the route out. A reference that leads
// nowhere and a value that must not reach the wire are problems: the rule then answers 500, it never runs without the
// filter (HTTPRouteFilter). Only a mirror that leads nowhere is left out, as its type asks for.
import type { HeadersOp, MirrorOp, MutateOp, RateLimitOp, RewriteOp } from '../../filters/plan/plan.ts'
import type { Cors, Forward } from '../ir/ir.ts'
import type {
  HTTPRequestMirrorFilter,
  HTTPRouteFilter,
  HTTPRouteMatch,
  HTTPURLRewriteFilter,
  KindMap,
} from '../model/kinds.ts'
import { backendOf, type Referrer, type Speaking } from './backend-refs.ts'
import type { Outcome, RouteProblem } from './conditions.ts'
import { corsOf } from './cors.ts'
import { mirror, mutations, pathRewrite, perMillion } from './extensions.ts'
import { headersOp } from './headers.ts'
import type { Read } from './memory.ts'
import { pathChange } from './paths.ts'
import { unresolved, unsupported } from './problems.ts'
import { rateLimitOp } from './rate-limit.ts'
import { type OpenRedirect, redirectOf } from './redirect.ts'
import type { World } from './world.ts'

export interface FilterContext {
  from: Referrer & { name: string }
  /** Of the rule that the filters are in. */
  matches: readonly HTTPRouteMatch[] | undefined
  /** To the backends of copies. */
  speaking: Speaking
  mirrorTimeoutMs: number
  read: Read<World>
}

export interface Filters {
  limits: RateLimitOp[]
  /** In the order of the object. */
  request: (HeadersOp | MutateOp | RewriteOp)[]
  response: (HeadersOp | MutateOp)[]
  mirrors: MirrorOp[]
  /** Copies that Envoy itself makes. */
  copies: NonNullable<Forward['copies']>
  redirect?: OpenRedirect
  cors?: Cors
  /** The rule must not be served. */
  refusals: RouteProblem[]
  /** The rule is served all the same. */
  notes: RouteProblem[]
}

export const filtersOf = (filters: readonly HTTPRouteFilter[], at: string, context: FilterContext): Filters => {
  const found = nothing()
  for (const [index, filter] of filters.entries()) addFilter(found, filter, `${at}[${index}]`, context)
  if (found.redirect && found.request.some(op => op.type === 'Rewrite'))
    found.refusals.push({
      type: 'Accepted',
      reason: 'IncompatibleFilters',
      message: `${at}: URLRewrite and RequestRedirect exclude each other; remove one of them`,
    })
  return found
}

/** Of a backendRef: only what can be done for one backend alone. */
export const backendFiltersOf = (filters: readonly HTTPRouteFilter[], at: string, context: FilterContext): Filters => {
  const found = nothing()
  for (const [index, filter] of filters.entries()) {
    if (isPerBackend(filter)) addFilter(found, filter, `${at}[${index}]`, context)
    else
      found.refusals.push(
        unsupported(
          `${at}[${index}].type`,
          `${nameOf(filter)} is not supported on a backendRef`,
          'move it to the rule',
        ),
      )
  }
  if (found.copies.length > 0)
    found.refusals.push(
      unsupported(at, 'a Mirror of engine Native is not supported on a backendRef', 'move it to the rule'),
    )
  return found
}

const PER_BACKEND = ['RequestHeaderModifier', 'ResponseHeaderModifier', 'URLRewrite']

/** What is done before a backend is chosen cannot be done for one of them. */
const isPerBackend = ({ type, extensionRef }: HTTPRouteFilter): boolean =>
  PER_BACKEND.includes(type) || (type === 'ExtensionRef' && extensionRef?.kind !== 'RateLimit')

const nameOf = ({ type, extensionRef }: HTTPRouteFilter): string =>
  type === 'ExtensionRef' ? (extensionRef?.kind ?? type) : type

const nothing = (): Filters => ({
  limits: [],
  request: [],
  response: [],
  mirrors: [],
  copies: [],
  refusals: [],
  notes: [],
})

const addFilter = (found: Filters, filter: HTTPRouteFilter, at: string, context: FilterContext): void => {
  const policy = `${context.from.namespace}/${context.from.name}`
  const take = <T>(outcome: Outcome<T>, into: (value: T) => void): void => {
    if (outcome.problem) found.refusals.push(outcome.problem)
    else into(outcome.value)
  }
  switch (filter.type) {
    case 'RequestHeaderModifier': {
      const { requestHeaderModifier: value } = filter
      const here = `${at}.requestHeaderModifier`
      take(value ? headersOp(value, policy, here) : missing(here), op => found.request.push(op))
      break
    }
    case 'ResponseHeaderModifier': {
      const { responseHeaderModifier: value } = filter
      const here = `${at}.responseHeaderModifier`
      take(value ? headersOp(value, policy, here) : missing(here), op => found.response.push(op))
      break
    }
    case 'URLRewrite': {
      const { urlRewrite: value } = filter
      const here = `${at}.urlRewrite`
      take(value ? rewriteOp(value, policy, here, context) : missing(here), op => found.request.push(op))
      break
    }
    case 'RequestRedirect': {
      const { requestRedirect: value } = filter
      const here = `${at}.requestRedirect`
      take(value ? redirectOf(value, context.matches, here) : missing(here), redirect => {
        found.redirect = redirect
      })
      break
    }
    case 'CORS':
      take(filter.cors ? { value: corsOf(filter.cors) } : missing(`${at}.cors`), cors => {
        found.cors = cors
      })
      break
    case 'RequestMirror': {
      const { requestMirror: value } = filter
      const here = `${at}.requestMirror`
      if (value) addMirror(found, value, policy, here, context)
      else take(missing(here), () => {})
      break
    }
    case 'ExtensionRef':
      addExtension(found, filter, `${at}.extensionRef`, context)
      break
    default:
      found.refusals.push(unsupported(`${at}.type`, `${filter.type} is no filter we support`, 'remove it'))
  }
}

/** Admission guarantees the member of the union; this stays total without it. */
const missing = (at: string): { problem: RouteProblem } => ({ problem: unsupported(at, 'is missing', 'add it') })

const rewriteOp = (
  filter: HTTPURLRewriteFilter,
  policy: string,
  at: string,
  context: FilterContext,
): Outcome<RewriteOp> => {
  const host = filter.hostname ? { host: filter.hostname } : {}
  if (!filter.path) return { value: { type: 'Rewrite', policy, ...host } }
  const path = pathChange(filter.path, context.matches, `${at}.path`)
  return path.problem ? path : { value: { type: 'Rewrite', policy, ...host, path: path.value } }
}

const addMirror = (
  found: Filters,
  filter: HTTPRequestMirrorFilter,
  policy: string,
  at: string,
  { from, speaking, mirrorTimeoutMs, read }: FilterContext,
): void => {
  const backend = backendOf(filter.backendRef, from, speaking, `${at}.backendRef`, read)
  if (backend.problem) {
    found.notes.push(backend.problem)
    return
  }
  const fraction = filter.fraction ?? { numerator: filter.percent ?? 100, denominator: 100 }
  if (fraction.numerator <= 0) return
  found.mirrors.push({
    type: 'Mirror',
    policy,
    cluster: backend.value,
    fraction: { numerator: fraction.numerator, denominator: fraction.denominator ?? 100 },
    timeoutMs: mirrorTimeoutMs,
  })
}

const addExtension = (found: Filters, filter: HTTPRouteFilter, at: string, context: FilterContext): void => {
  const { from, speaking, read } = context
  const ref = filter.extensionRef
  const name = ref?.name ?? ''
  const get = <K extends FilterKind>(kind: K): KindMap[K] | undefined => {
    const object = read(world => world.get(kind, from.namespace, name))
    if (!object)
      found.refusals.push(
        unresolved(
          'BackendNotFound',
          at,
          `${kind} ${from.namespace}/${name} does not exist`,
          'create it or correct the name',
        ),
      )
    return object
  }
  switch (ref?.group === 'sluice.dev' ? ref.kind : undefined) {
    case 'RateLimit': {
      const object = get('RateLimit')
      if (object) found.limits.push(rateLimitOp(object))
      return
    }
    case 'HeaderMutation': {
      const object = get('HeaderMutation')
      if (!object) return
      const { request, response } = mutations(object)
      found.request.push(...request)
      found.response.push(...response)
      return
    }
    case 'PathRewrite': {
      const object = get('PathRewrite')
      if (object) found.request.push(pathRewrite(object))
      return
    }
    case 'Mirror': {
      const object = get('Mirror')
      if (!object) return
      const referrer = { kind: 'Mirror', group: 'sluice.dev', namespace: object.metadata.namespace }
      const backend = backendOf(object.spec.backendRef, referrer, speaking, `${at}: spec.backendRef`, read)
      // As for RequestMirror: a copy that goes nowhere is left out, and the status tells.
      if (backend.problem) found.notes.push(backend.problem)
      else if (object.spec.engine === 'Wasm') found.mirrors.push(mirror(object, backend.value))
      else if (perMillion(object) > 0) found.copies.push({ backend: backend.value, perMillion: perMillion(object) })
      return
    }
    default: {
      const what = ref ? `${ref.group || 'the core group'} ${ref.kind}` : 'nothing'
      found.refusals.push(
        unresolved(
          'InvalidKind',
          at,
          `${what} is no filter we know`,
          'refer to a HeaderMutation, Mirror, PathRewrite or RateLimit of sluice.dev',
        ),
      )
    }
  }
}

type FilterKind = 'HeaderMutation' | 'Mirror' | 'PathRewrite' | 'RateLimit'

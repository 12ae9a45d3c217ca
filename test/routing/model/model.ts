// What the Gateway API says of a request: objects and a request in, all answers that are right out. Written from the
// specification (v1.6.3, the comments of its Go types) and from what CONTRACT says where that leaves a choice; it shares
// nothing with the controller, and is as slow as it is plain.
import type { Filter, Gateway, Listener, Match, Request, RpcRule, Rule, World } from '../objects.ts'
import { backendFor } from './backends.ts'
import type { Answer, Copy, Expected, ResponseEdits, Sent } from './expected.ts'
import { edited, locationOf, ofType } from './filters.ts'
import { bareHost, hostnameRank, matchesHost } from './hostnames.ts'
import { accepted, attachedTo, byAge, fullName, listenerFor, type Route } from './listeners.ts'
import { callRank, matchRank, takes, takesCall } from './match.ts'
import { changedPath, normalPath, splitTarget } from './paths.ts'

export const expected = (world: World, request: Request): Expected => {
  const gateway = world.gateways.find(({ metadata }) => `${metadata.namespace}/${metadata.name}` === request.gateway)
  const listeners = gateway ? accepted(gateway).filter(({ port }) => port === request.port) : []
  if (!gateway || listeners.length === 0) return { type: 'Closed' }
  const owner = listenerFor(listeners, bareHost(request.host))
  if (request.serverName === undefined) return answersOn(world, gateway, owner, request)
  const reached = listenerFor(listeners, request.serverName)
  if (!reached) return { type: 'Closed' }
  const [certificate] = reached.tls?.certificateRefs ?? []
  // "If another Listener has an exact match or more specific wildcard entry … SHOULD return a 421" (Listener.hostname).
  const answers = owner && owner !== reached ? misdirected(reached, request) : answersOn(world, gateway, owner, request)
  return { ...answers, ...(certificate ? { certificate: certificate.name } : {}) }
}

/** What a call that is refused so reads as its status is nowhere said. */
const misdirected = ({ name }: Listener, { speaks }: Request): Open => ({
  type: 'Open',
  rule: `misdirected to ${name}`,
  answers: [speaks === 'gRPC' ? { type: 'Unsaid' } : { type: 'Status', status: 421, copies: [] }],
})

const answersOn = (world: World, gateway: Gateway, listener: Listener | undefined, request: Request): Open => {
  if (!listener) return nothing('no listener takes the host', request)
  const host = bareHost(request.host)
  const attached = attachedTo(world, gateway, listener).filter(({ spec }) =>
    (spec.hostnames ?? [undefined]).some(name => matchesHost(name, host)),
  )
  const kind = request.speaks === 'gRPC' ? 'GRPCRoute' : 'HTTPRoute'
  if (attached.some(route => route.kind !== kind))
    return { type: 'Open', rule: 'a route of the other kind', answers: [{ type: 'Unsaid' }] }
  const chosen = choose(attached, request)
  if (!chosen) return nothing(`no rule on listener ${listener.name}`, request)
  const { route, at } = chosen
  const rule = `${fullName(route)} rule ${at.rule} match ${at.match} on ${listener.name}`
  return { type: 'Open', rule, answers: answersOf(world, chosen, listener, request) }
}

type Open = Expected & { type: 'Open' }

/** "HTTP returns a 404 status code, while gRPC returns an Unimplemented status code" (GatewaySpec.listeners). */
const nothing = (rule: string, request: Request): Open => {
  const answer: Answer =
    request.speaks === 'gRPC' ? { type: 'Rpc', status: 12, copies: [] } : { type: 'Status', status: 404, copies: [] }
  return { type: 'Open', rule, answers: [answer] }
}

interface Chosen {
  route: Route
  rule: Rule | RpcRule
  /** What path modifiers go by. */
  match: Match
  at: { rule: number; match: number }
}

/** "Across all rules specified on applicable Routes": the first by hostname, match, age, name and place in the route. */
const choose = (routes: readonly Route[], request: Request): Chosen | undefined => {
  const host = bareHost(request.host)
  const candidates = routes.flatMap(route => {
    const names = (route.spec.hostnames ?? [undefined]).filter(name => matchesHost(name, host))
    const [hostname] = names.map(hostnameRank).sort(descending)
    return matchesOf(route)
      .filter(({ isTaken }) => isTaken(request))
      .map(({ rank, ...chosen }) => ({ chosen, rank: [...hostname!, ...rank] }))
  })
  const [best] = candidates.sort(
    (a, b) =>
      descending(a.rank, b.rank) ||
      byAge(a.chosen.route, b.chosen.route) ||
      a.chosen.at.rule - b.chosen.at.rule ||
      a.chosen.at.match - b.chosen.at.match,
  )
  return best?.chosen
}

type Candidate = Chosen & { rank: number[]; isTaken(request: Request): boolean }

/** No matches: "a prefix path match on /", "every gRPC request". */
const matchesOf = (route: Route): Candidate[] =>
  route.kind === 'HTTPRoute'
    ? route.spec.rules.flatMap((rule, ruleAt) =>
        (rule.matches?.length ? rule.matches : [{}]).map(
          (match, matchAt): Candidate => ({
            ...{ route, rule, match, at: { rule: ruleAt, match: matchAt } },
            rank: matchRank(match),
            isTaken: request => takes(match, request),
          }),
        ),
      )
    : route.spec.rules.flatMap((rule, ruleAt) =>
        (rule.matches?.length ? rule.matches : [{}]).map(
          (match, matchAt): Candidate => ({
            ...{ route, rule, match: {}, at: { rule: ruleAt, match: matchAt } },
            rank: callRank(match),
            isTaken: request => takesCall(match, request),
          }),
        ),
      )

const descending = (a: readonly number[], b: readonly number[]): number => {
  const at = a.findIndex((value, index) => value !== b[index])
  return at < 0 ? 0 : b[at]! - a[at]!
}

const answersOf = (world: World, { route, rule, match }: Chosen, listener: Listener, request: Request): Answer[] => {
  /** "`UNAVAILABLE` statuses MUST be returned for requests that would have been routed to an invalid backend" (gRPC). */
  const error = (status: number, copies: Copy[] = []): Answer =>
    request.speaks === 'gRPC' ? { type: 'Rpc', status: 14, copies } : { type: 'Status', status, copies }
  // "If a reference to a custom filter type cannot be resolved … requests MUST receive a HTTP error response."
  if (ofType(rule.filters, 'ExtensionRef').length > 0) return [error(500)]
  if (holdsRefused(rule)) return [error(500)]
  const target = splitTarget(request.path)
  const path = normalPath(target.path)
  const [redirect] = ofType(rule.filters, 'RequestRedirect')
  if (redirect) {
    const { requestRedirect } = redirect
    const at = { listener, host: request.host, path, tail: target.tail }
    const location = locationOf(requestRedirect, match, at)
    return [{ type: 'Redirect', status: requestRedirect.statusCode ?? 302, location }]
  }
  const received: Sent = {
    method: request.method,
    path: path + target.tail,
    host: request.host,
    headers: joined(request.headers),
  }
  const sent = applied(rule.filters, match, received)
  /** What the shadow gets is what the backend gets: our choice (README). */
  const copiesOf = (sent: Sent): Copy[] =>
    ofType(rule.filters, 'RequestMirror').flatMap(({ requestMirror }): Copy[] => {
      const to = backendFor(world, route, requestMirror.backendRef)
      const { numerator, denominator = 100 } = requestMirror.fraction ?? { numerator: requestMirror.percent ?? 100 }
      // "If the referent cannot be found, this BackendRef is invalid and must be dropped."
      if (to.type === 'Error' || numerator === 0) return []
      return [{ to: to.service, when: numerator >= denominator ? 'Always' : 'Maybe', sent }]
    })
  // Whether what never reaches a backend is mirrored is nowhere said.
  const maybe = copiesOf(sent).map((copy): Copy => ({ ...copy, when: 'Maybe' }))
  const refs = (rule.backendRefs ?? []).filter(({ weight = 1 }) => weight > 0)
  if (refs.length === 0) return [error(500, maybe)]
  return refs.map(ref => {
    const found = backendFor(world, route, ref)
    if (found.type === 'Error') return error(found.status, maybe)
    const own = applied(ref.filters, match, sent)
    return {
      type: 'Forward',
      to: found.service,
      sent: own,
      edits: [...responseEdits(ref.filters), ...responseEdits(rule.filters)],
      copies: copiesOf(own),
    }
  })
}

/** A value that must not reach the wire: "that rule answers 500" (CONTRACT), wherever in it the filter is. */
const holdsRefused = ({ filters = [], backendRefs = [] }: Rule | RpcRule): boolean =>
  [...filters, ...backendRefs.flatMap(ref => ref.filters ?? [])].some(
    filter =>
      filter.type === 'RequestHeaderModifier' &&
      (filter.requestHeaderModifier.set ?? []).some(({ name }) => REFUSED.has(name.toLowerCase())),
  )

const REFUSED = new Set(['connection', 'transfer-encoding', 'host'])

/** Request filters, "in the order they are specified". */
const applied = (filters: readonly Filter[] | undefined, match: Match, before: Sent): Sent => {
  let sent = before
  for (const filter of filters ?? []) {
    if (filter.type === 'RequestHeaderModifier')
      sent = { ...sent, headers: edited(filter.requestHeaderModifier, sent.headers) }
    if (filter.type !== 'URLRewrite') continue
    const { hostname, path: change } = filter.urlRewrite
    const { path, tail } = splitTarget(sent.path)
    sent = { ...sent, host: hostname ?? sent.host, path: changedPath(change, match, path) + tail }
  }
  return sent
}

const responseEdits = (filters: readonly Filter[] | undefined): ResponseEdits[] =>
  ofType(filters, 'ResponseHeaderModifier').map(
    ({ responseHeaderModifier }) =>
      headers =>
        edited(responseHeaderModifier, headers),
  )

const joined = (headers: Request['headers']): Record<string, string> => {
  const result: Record<string, string> = {}
  for (const [name, value] of headers) {
    const key = name.toLowerCase()
    result[key] = result[key] === undefined ? value : `${result[key]},${value}`
  }
  return result
}

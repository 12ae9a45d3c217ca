// The plugins that the suite is put to work as. Each callback that a module has costs every request on the routes that it is
// switched on for, so there is a plugin for each set of callbacks that plans need, and each is given a module of its own: the suite
// without the other callbacks (`cut.ts`). A plan in, the plugins that its route switches on out.
import type { Plan } from '../plan/plan.ts'
import { DOWNSTREAM_ROOT, UPSTREAM_ROOT } from './names.ts'

export interface Plugin {
  /** Name of the HTTP filter in Envoy's chains, and so the key of `typed_per_filter_config`. */
  name: string
  /** Which half of the suite it runs. */
  rootId: string
  /** Beside those that every plugin has. */
  callbacks: readonly string[]
}

const REQUEST = 'proxy_on_request_headers'
const RESPONSE = 'proxy_on_response_headers'
/** What mirrors need to gather a body, and to compare answers. */
const BODY = ['proxy_on_request_body', 'proxy_on_request_trailers', 'proxy_on_delete']
const ANSWER = 'proxy_on_http_call_response'

/** For rate limits alone, for response edits alone, for both. */
const LIMITS: Plugin = { name: 'sluice.downstream.request', rootId: DOWNSTREAM_ROOT, callbacks: [REQUEST] }
const EDITS: Plugin = { name: 'sluice.downstream.response', rootId: DOWNSTREAM_ROOT, callbacks: [RESPONSE] }
const LIMITS_AND_EDITS: Plugin = { name: 'sluice.downstream', rootId: DOWNSTREAM_ROOT, callbacks: [REQUEST, RESPONSE] }
/** For edits and rewrites of requests; for mirrors beside them; for all that happens behind the router. */
const REQUEST_EDITS: Plugin = { name: 'sluice.upstream.request', rootId: UPSTREAM_ROOT, callbacks: [REQUEST] }
const MIRRORS: Plugin = { name: 'sluice.upstream.mirror', rootId: UPSTREAM_ROOT, callbacks: [REQUEST, ...BODY] }
const EVERYTHING: Plugin = {
  name: 'sluice.upstream',
  rootId: UPSTREAM_ROOT,
  callbacks: [REQUEST, RESPONSE, ...BODY, ANSWER],
}

/** In front of the router. */
export const DOWNSTREAM_PLUGINS: readonly Plugin[] = [LIMITS_AND_EDITS, LIMITS, EDITS]
/** Behind it, in every cluster. */
export const UPSTREAM_PLUGINS: readonly Plugin[] = [EVERYTHING, MIRRORS, REQUEST_EDITS]
export const PLUGINS: readonly Plugin[] = [...DOWNSTREAM_PLUGINS, ...UPSTREAM_PLUGINS]

/** The plugin in front of the router, if the plan has anything to do there. */
export function downstreamPlugin({ downstream: { request, response } }: Plan): Plugin | undefined {
  if (request.length === 0) return response.length === 0 ? undefined : EDITS
  return response.length === 0 ? LIMITS : LIMITS_AND_EDITS
}

/** The plugin behind the router, for the rule's operations and those of each of its backends. */
export function upstreamPlugin({ upstream, clusters }: Plan): Plugin | undefined {
  const lists = [upstream, ...clusters]
  if (lists.every(({ request, response }) => request.length + response.length === 0)) return undefined
  const requests = lists.flatMap(({ request }) => request)
  const isAnswered = requests.some(operation => operation.type === 'Mirror' && operation.compare)
  if (isAnswered || lists.some(({ response }) => response.length > 0)) return EVERYTHING
  return requests.some(({ type }) => type === 'Mirror') ? MIRRORS : REQUEST_EDITS
}

/** Where the module of a plugin lies: beside `suite.wasm`. */
export const moduleOf = (suite: string, { name }: Plugin): string =>
  suite.replace(/\.wasm$/, `-${name.replace('sluice.', '').replaceAll('.', '-')}.wasm`)

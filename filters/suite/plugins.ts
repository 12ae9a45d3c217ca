// The plugins that the suite is put to work as, one for each side of the router. Each callback that a module has costs every
// request on the routes that its plugin is switched on for, half a microsecond or more, so each is given a module of its own: the
// suite without the callbacks that it does not need (`cut.ts`). A plan in, the plugins that its route switches on out.
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

/** In front of the router: rate limits, edits of responses. */
export const DOWNSTREAM: Plugin = {
  name: 'sluice.downstream',
  rootId: DOWNSTREAM_ROOT,
  callbacks: ['proxy_on_request_headers', 'proxy_on_response_headers'],
}
/** Behind it, in every cluster: edits, rewrites and mirrors of requests, edits of what a backend answers. */
export const UPSTREAM: Plugin = {
  name: 'sluice.upstream',
  rootId: UPSTREAM_ROOT,
  callbacks: [
    'proxy_on_request_headers',
    'proxy_on_request_body',
    'proxy_on_request_trailers',
    'proxy_on_response_headers',
    'proxy_on_http_call_response',
  ],
}
export const PLUGINS: readonly Plugin[] = [DOWNSTREAM, UPSTREAM]

/** The plugin in front of the router, if the plan has anything to do there. */
export const downstreamPlugin = ({ downstream: { request, response } }: Plan): Plugin | undefined =>
  request.length + response.length > 0 ? DOWNSTREAM : undefined

/** The plugin behind the router, for the rule's operations and those of each of its backends. */
export const upstreamPlugin = ({ upstream, clusters }: Plan): Plugin | undefined =>
  [upstream, ...clusters].some(({ request, response }) => request.length + response.length > 0) ? UPSTREAM : undefined

/** Where the module of a plugin lies: beside `suite.wasm`. */
export const moduleOf = (suite: string, { name }: Plugin): string =>
  suite.replace(/\.wasm$/, `-${name.replace('sluice.', '').replaceAll('.', '-')}.wasm`)

// A route that was part of one RouteConfiguration in, the same route for another one out: what the first said for all its routes
// (`typed_per_filter_config`: which filters run) the route says itself now, and of what the second says it takes nothing.
import { packAny } from '../../envoy/schema/any.ts'
import type { Any, Route } from '../../envoy/schema/envoy.gen.ts'

export type Sayings = Readonly<Record<string, Any>> | undefined

const OFF: Any = packAny('envoy.config.route.v3.FilterConfig', { disabled: true })

/** The same object where nothing is to be said; else one that is remembered, so that its bytes are. */
export const carried = (route: Route, from: Sayings = {}, to: Sayings = {}): Route => {
  const own = route.typedPerFilterConfig ?? {}
  const lost = Object.entries(from).filter(([name, config]) => !Object.hasOwn(own, name) && !same(config, to[name]))
  const met = Object.keys(to).filter(name => !Object.hasOwn(own, name) && !Object.hasOwn(from, name))
  if (lost.length + met.length === 0) return route
  const said = { ...own, ...Object.fromEntries([...lost, ...met.map(name => [name, OFF] as const)]) }
  const key = JSON.stringify(said)
  const known = forms.get(route) ?? new Map<string, Route>()
  forms.set(route, known)
  const form = known.get(key) ?? { ...route, typedPerFilterConfig: said }
  known.set(key, form)
  return form
}

const forms = new WeakMap<Route, Map<string, Route>>()

const same = (a: Any, b: Any | undefined): boolean => a === b || JSON.stringify(a) === JSON.stringify(b)

// A TLSRoute, TCPRoute or UDPRoute in; where its connections go, and its conditions, out. Their schemas allow one rule.
import type { BackendId, Origin, Target } from '../ir/ir.ts'
import type { TCPRoute, TLSRoute, UDPRoute } from '../model/kinds.ts'
import { backendOf, type Speaking } from './backend-refs.ts'
import type { RouteProblem } from './conditions.ts'
import { type Verdict, verdictOf } from './http-route.ts'
import type { ListenerModel } from './listener.ts'
import { type Read, remembered } from './memory.ts'
import { envoyRefused } from './problems.ts'
import type { World } from './world.ts'

export type StreamRoute = TLSRoute | TCPRoute | UDPRoute

export interface CompiledStream {
  /** On a listener that ends TLS, passes it on, or knows none. The same array for the same listener mode. */
  to(mode: ListenerModel['mode']): Target[]
  verdict: Verdict
  /** Orders routes: the oldest first, then by `namespace/name` (gateway-api.sigs.k8s.io/guides/api-design/#conflicts). */
  age: string
  origin: Origin
}

export const createStreamCompiler = (stamp: (world: World) => object) =>
  remembered((route: StreamRoute, read: Read<World>): CompiledStream => {
    const { kind, metadata } = route
    const { namespace, name, creationTimestamp = '' } = metadata
    const { to, problems } = targetsOf(route, kind === 'UDPRoute' ? 'UDP' : 'Bytes', read)
    const passed = kind === 'TLSRoute' ? targetsOf(route, 'Passthrough', read).to : to
    const rejection = read(world => world.rejection(`${kind}/${namespace}/${name}/0`))
    const refusals = rejection === undefined ? [] : [envoyRefused('spec.rules[0]', rejection)]
    return {
      to: mode => (mode === 'Passthrough' ? passed : to),
      verdict: verdictOf([{ refusals, notes: problems }]),
      age: `${creationTimestamp} ${namespace}/${name}`,
      origin: { kind, namespace, name, rule: 0 },
    }
  }, stamp)

/** The backends of these targets. */
export const backendsIn = (to: readonly Target[]): BackendId[] =>
  to.flatMap(target => ('backend' in target ? [target.backend] : []))

/** Without any backend there is nothing to share out: connections are closed. */
const targetsOf = (route: StreamRoute, speaking: Speaking, read: Read<World>) => {
  const { kind, metadata } = route
  const found: Target[] = []
  const problems: RouteProblem[] = []
  for (const [index, ref] of (route.spec.rules[0]?.backendRefs ?? []).entries()) {
    const at = `spec.rules[0].backendRefs[${index}]`
    const { value, problem } = backendOf(ref, { kind, namespace: metadata.namespace }, speaking, at, read)
    if (problem) problems.push(problem)
    const weight = ref.weight ?? 1
    if (weight <= 0) continue
    if (value === undefined) {
      found.push({ status: 500, weight })
      continue
    }
    const same = found.find(target => 'backend' in target && target.backend === value)
    if (same) same.weight += weight
    else found.push({ backend: value, weight })
  }
  return { to: found.some(target => 'backend' in target) ? found : [], problems }
}

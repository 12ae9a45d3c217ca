// Whether a backendRef leads to a Service with endpoints (HTTPBackendRef, ReferenceGrant).
import type { ServiceRef, World } from '../objects.ts'
import type { Route } from './listeners.ts'

export type Found = { type: 'Ready'; service: string } | { type: 'Error'; status: 500 | 503 }

export const backendFor = (world: World, route: Route, ref: ServiceRef): Found => {
  const invalid: Found = { type: 'Error', status: 500 }
  if ((ref.group ?? '') !== '' || (ref.kind ?? 'Service') !== 'Service') return invalid
  const namespace = ref.namespace ?? route.metadata.namespace
  const isNamed = ({ metadata }: { metadata: { name: string; namespace: string } }) =>
    metadata.name === ref.name && metadata.namespace === namespace
  const service = world.services.find(isNamed)
  if (!service || !isGranted(world, route, ref.name, namespace)) return invalid
  if (!service.spec.ports.some(({ port }) => port === ref.port)) return invalid
  const isReady = world.slices.some(
    ({ metadata, endpoints }) =>
      metadata.namespace === namespace &&
      metadata.labels['kubernetes.io/service-name'] === ref.name &&
      endpoints.some(({ conditions }) => conditions.ready),
  )
  return isReady ? { type: 'Ready', service: `${namespace}/${ref.name}` } : { type: 'Error', status: 503 }
}

/** Entries of `from`, and of `to`, "MUST be combined using OR"; without a name, `to` is all of the kind. */
const isGranted = (
  world: World,
  { kind, metadata: { namespace: from } }: Route,
  name: string,
  namespace: string,
): boolean =>
  from === namespace ||
  world.grants.some(
    ({ metadata, spec }) =>
      metadata.namespace === namespace &&
      spec.from.some(one => one.group === 'gateway.networking.k8s.io' && one.kind === kind && one.namespace === from) &&
      spec.to.some(one => one.group === '' && one.kind === 'Service' && (one.name ?? name) === name),
  )

// A snapshot in; which Secrets and ConfigMaps the objects of ours refer to, and may refer to, out. A source that reads
// such objects one by one reads these. What no ReferenceGrant permits is not named: it is never read.
import type { Gateway, ListenerSet } from '../model/kinds.ts'
import { keyOf, type ObjectKey } from '../model/object.ts'
import type { Snapshot } from '../store/snapshot.ts'
import { classesOf } from './classes.ts'
import { type Grants, indexGrants, permits } from './grants.ts'

const GATEWAY_GROUP = 'gateway.networking.k8s.io'

interface NamedReference {
  group?: string
  kind?: string
  namespace?: string
  name: string
}

export const referencesOf = (
  snapshot: Pick<Snapshot, 'list' | 'get'>,
  controllerName: string,
): ReadonlySet<ObjectKey> => {
  const { accepted } = classesOf(snapshot.list('GatewayClass'), { controllerName })
  const grants = indexGrants(snapshot.list('ReferenceGrant'))
  const isOurs = (gateway: Gateway | undefined) => gateway !== undefined && accepted.has(gateway.spec.gatewayClassName)
  const found = new Set<ObjectKey>()
  const add = (from: { kind: string; namespace: string }, references: readonly NamedReference[]): void => {
    for (const reference of references) {
      const key = permitted(from, reference, grants)
      if (key) found.add(key)
    }
  }
  for (const gateway of snapshot.list('Gateway')) {
    const { namespace } = gateway.metadata
    if (isOurs(gateway)) add({ kind: 'Gateway', namespace }, ofGateway(gateway))
  }
  for (const set of snapshot.list('ListenerSet')) {
    const { namespace } = set.metadata
    const { parentRef } = set.spec
    if (isOurs(snapshot.get('Gateway', parentRef.namespace ?? namespace, parentRef.name)))
      add({ kind: 'ListenerSet', namespace }, ofListeners(set.spec.listeners))
  }
  for (const policy of snapshot.list('BackendTLSPolicy')) {
    const { namespace } = policy.metadata
    add({ kind: 'BackendTLSPolicy', namespace }, policy.spec.validation.caCertificateRefs ?? [])
  }
  return found
}

const ofListeners = (listeners: readonly (Gateway | ListenerSet)['spec']['listeners'][number][]): NamedReference[] =>
  listeners.flatMap(({ tls }) => tls?.certificateRefs ?? [])

const ofGateway = ({ spec: { listeners, tls } }: Gateway): NamedReference[] => [
  ...ofListeners(listeners),
  ...[tls?.frontend?.default, ...(tls?.frontend?.perPort ?? []).map(port => port.tls)].flatMap(
    config => config?.validation?.caCertificateRefs ?? [],
  ),
  ...(tls?.backend?.clientCertificateRef ? [tls.backend.clientCertificateRef] : []),
]

const permitted = (
  from: { kind: string; namespace: string },
  { group = '', kind = 'Secret', namespace = from.namespace, name }: NamedReference,
  grants: Grants,
): ObjectKey | undefined => {
  if (group !== '' || (kind !== 'Secret' && kind !== 'ConfigMap')) return undefined
  const reference = { from: { ...from, group: GATEWAY_GROUP }, to: { group, kind, namespace, name } }
  return permits(grants, reference) ? keyOf(group, kind, namespace, name) : undefined
}

// The objects that exist for each Gateway in its own namespace. In: what the Gateway needs and the addresses it has.
// Out: the ServiceAccount as which its Envoy shows itself to the xDS server, and the Service that publishes (and
// records) its addresses. Both are owned by the Gateway: they go with it.
import { createHash } from 'node:crypto'
import type { KubeObject } from '../../model/object.ts'
import type { GatewayNeeds } from '../infrastructure.ts'

/** GEP-1762: resources made for a Gateway carry its name. */
const GATEWAY_NAME = 'gateway.networking.k8s.io/gateway-name'
export const MANAGED_BY = 'app.kubernetes.io/managed-by'
export const ADDRESSES = 'sluice.dev/addresses'
/** Whoever else implements load balancers leaves Services of a foreign class alone (KEP-1959). */
const LOAD_BALANCER_CLASS = 'sluice.dev/process'

/** A name of a Service has 63 characters at most, one of a Gateway 253. */
export const objectName = (gateway: string): string => {
  const name = `sluice-${gateway.replaceAll('.', '-')}`
  if (name.length <= 63 && !gateway.includes('.')) return name
  const digest = createHash('sha256').update(gateway).digest('hex').slice(0, 8)
  return `${name.slice(0, 54)}-${digest}`
}

const metadataOf = ({ gateway, labels, annotations }: GatewayNeeds) => ({
  name: objectName(gateway.metadata.name),
  namespace: gateway.metadata.namespace ?? '',
  labels: { ...labels, [GATEWAY_NAME]: gateway.metadata.name, [MANAGED_BY]: 'sluice' },
  annotations: { ...annotations },
  ownerReferences: [
    {
      apiVersion: gateway.apiVersion,
      kind: 'Gateway',
      name: gateway.metadata.name,
      uid: gateway.metadata.uid ?? '',
      controller: true,
    },
  ],
})

export interface OwnedObject extends KubeObject {
  metadata: KubeObject['metadata'] & { ownerReferences?: { uid: string }[] }
}

export const serviceAccountFor = (needs: GatewayNeeds): OwnedObject => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: metadataOf(needs),
  // Its Envoy runs outside of pods and gets a token of its own: none is ever mounted.
  ...{ automountServiceAccountToken: false },
})

export const serviceFor = (needs: GatewayNeeds, addresses: readonly string[]): OwnedObject => {
  const metadata = metadataOf(needs)
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...metadata, annotations: { ...metadata.annotations, [ADDRESSES]: addresses.join(',') } },
    spec: {
      type: 'LoadBalancer',
      loadBalancerClass: LOAD_BALANCER_CLASS,
      allocateLoadBalancerNodePorts: false,
      ports: needs.ports.map(({ port, protocol }) => ({
        name: `${protocol.toLowerCase()}-${port}`,
        port,
        protocol,
      })),
    },
  }
}

/** The part of a Service's status that is ours to write as its load balancer. */
export const ingressOf = (addresses: readonly string[]) => ({
  loadBalancer: { ingress: addresses.map(ip => ({ ip, ipMode: 'VIP' })) },
})

/** The addresses that a Service of ours records; none for a Service that is not this Gateway's. */
export const recordedAddresses = (service: KubeObject | undefined, gateway: KubeObject): string[] => {
  const { annotations, labels, ownerReferences } = (service?.metadata ?? {}) as Partial<OwnedObject['metadata']>
  if (labels?.[MANAGED_BY] !== 'sluice') return []
  if (!ownerReferences?.some(owner => owner.uid === gateway.metadata.uid)) return []
  return annotations?.[ADDRESSES]?.split(',').filter(address => address !== '') ?? []
}

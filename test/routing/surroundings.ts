// What stands around the routes of every world: namespaces, Services with and without endpoints. Addresses and ports of
// endpoints are filled in by who runs the backends.
import type { EndpointSlice, NamespaceObject, Service, World } from './objects.ts'

export const NAMESPACES: NamespaceObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default', labels: { team: 'blue' } } },
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other', labels: { team: 'red' } } },
]

const service = (namespace: string, name: string): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace },
  spec: { ports: [{ name: 'http', port: 80 }] },
})

const slice = (namespace: string, name: string, ready: boolean): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name, namespace, labels: { 'kubernetes.io/service-name': name } },
  addressType: 'IPv4',
  ports: [{ name: 'http', port: 1 }],
  endpoints: [{ addresses: ['127.0.0.1'], conditions: { ready } }],
})

/** `idle` has an endpoint that is not ready. */
export const SERVICES: Service[] = [
  service('default', 's1'),
  service('default', 's2'),
  service('default', 'idle'),
  service('other', 's3'),
  service('other', 's1'),
  service('default', 'rpc1'),
  service('default', 'rpc2'),
]
export const SLICES: EndpointSlice[] = [
  slice('default', 's1', true),
  slice('default', 's2', true),
  slice('default', 'idle', false),
  slice('other', 's3', true),
  slice('other', 's1', true),
  slice('default', 'rpc1', true),
  slice('default', 'rpc2', true),
]
/** Those that speak HTTP/2, as gRPC has it. */
export const RPC_SERVICES = ['default/rpc1', 'default/rpc2']
export const PLAIN_SERVICES = ['default/s1', 'default/s2', 'other/s3', 'other/s1']

/** Secrets of test/golden/certificates.yaml in `default`, and the subjects of their certificates. */
export const SUBJECTS: Record<string, string> = {
  example: 'example.com',
  'wildcard-example': '*.example.com',
  other: 'other.test',
}

/** The world as it can be served here: Gateways at these addresses, endpoints at these ports, by `namespace/name`. */
export const placed = (
  world: World,
  addresses: ReadonlyMap<string, string>,
  ports: ReadonlyMap<string, number>,
): World => ({
  ...world,
  gateways: world.gateways.map(gateway => {
    const value = addresses.get(`${gateway.metadata.namespace}/${gateway.metadata.name}`)!
    return { ...gateway, spec: { ...gateway.spec, addresses: [{ type: 'IPAddress', value }] } }
  }),
  slices: world.slices.map(slice => {
    const port = ports.get(`${slice.metadata.namespace}/${slice.metadata.name}`) ?? 1
    return { ...slice, ports: [{ name: 'http', port }] }
  }),
})

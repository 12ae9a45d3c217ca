// A backend id in, the IR backend with its endpoints out. Endpoints are those that are ready; where none is, those that
// still serve while they terminate (KEP-1669), so that a rollout of the last pod loses nothing.
import type { Backend, BackendId, Endpoint } from '../ir/ir.ts'
import type { EndpointSlice, ServicePort, Endpoint as SliceEndpoint } from '../model/kinds.ts'
import { speaksHttp2, withoutAlias } from './backend-refs.ts'
import { createShelf, type Shelf } from './memory.ts'
import type { World } from './world.ts'

export type BackendShelf = Shelf<BackendId, Backend>
export const createBackendShelf = (): BackendShelf => createShelf()

/** Undefined when what it names is gone, which only a route that is gone, too, can refer to. */
export const backendFrom = (id: BackendId, world: World, shelf: BackendShelf): Backend | undefined => {
  const endpointsOf = withoutAlias(id)
  const [kind, namespace, name, port] = endpointsOf.split('/') as [string, string, string, string?]
  if (kind === 'Backend') {
    const object = world.get('Backend', namespace, name)
    if (!object) return undefined
    return shelf.keep(id, [object], () => ({
      id,
      endpointsOf,
      protocol: object.spec.protocol === 'H2C' ? 'HTTP2' : 'HTTP1',
      endpoints: sorted(object.spec.endpoints.map(endpoint => ({ ...endpoint }))),
      ...(object.spec.protocol === 'TLS' ? { tls: { trust: 'System' as const, subjectAltNames: [] } } : {}),
    }))
  }
  const service = world.get('Service', namespace, name)
  const found = service?.spec?.ports?.find(candidate => candidate.port === Number(port))
  if (!found) return undefined
  const slices = world.endpointSlicesOf(namespace, name)
  return shelf.keep(id, [service, ...slices], () => ({
    id,
    endpointsOf,
    protocol: speaksHttp2(found.appProtocol) ? 'HTTP2' : 'HTTP1',
    endpoints: endpointsFrom(slices, found),
  }))
}

const endpointsFrom = (slices: readonly EndpointSlice[], port: ServicePort): Endpoint[] => {
  const ready: Endpoint[] = []
  const leaving: Endpoint[] = []
  for (const slice of slices) {
    if (slice.addressType === 'FQDN') continue
    // A slice's ports are those of the Service by name, resolved to the pod's own numbers.
    const number = slice.ports?.find(candidate => (candidate.name ?? '') === (port.name ?? ''))?.port
    if (number === undefined) continue
    for (const endpoint of slice.endpoints ?? []) {
      const list = isReady(endpoint) ? ready : isLeaving(endpoint) ? leaving : undefined
      // All addresses of one endpoint are the same endpoint (EndpointSlice API): the first will do.
      if (endpoint.addresses[0]) list?.push({ host: endpoint.addresses[0], port: number })
    }
  }
  return sorted(ready.length > 0 ? ready : leaving)
}

/** "A nil value should be interpreted as true" (EndpointConditions). */
const isReady = ({ conditions }: SliceEndpoint): boolean => conditions?.ready !== false
const isLeaving = ({ conditions }: SliceEndpoint): boolean =>
  conditions?.serving === true && conditions.terminating === true

const sorted = (endpoints: Endpoint[]): Endpoint[] => {
  const byText = new Map(endpoints.map(endpoint => [`${endpoint.host} ${endpoint.port}`, endpoint]))
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, endpoint]) => endpoint)
}

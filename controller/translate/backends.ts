// Backend ids in, the IR backends with their endpoints out. Endpoints are those that are ready; where none is, those that
// still serve while they terminate (KEP-1669), so that a rollout of the last pod loses nothing.
import type { Backend, BackendId, Endpoint, SecretId } from '../ir/ir.ts'
import type { EndpointSlice, Backend as OurBackend, ServicePort, Endpoint as SliceEndpoint } from '../model/kinds.ts'
import { speaksHttp2, type Variant, variantIn, withoutAlias } from './backend-refs.ts'
import type { BackendTlsPolicies, PortTls } from './backend-tls.ts'
import { sameParts } from './memory.ts'
import { listed, type World } from './world.ts'

/** Ids are sorted; a backend is the same object as long as nothing about it changed. */
export type BackendsFrom = (ids: readonly BackendId[], world: World, upstream: Upstream) => Backend[]

/** How backends are spoken to. */
export interface Upstream {
  policies: BackendTlsPolicies
  /** What is shown to those that TLS is spoken to. */
  clientCertificate: SecretId | undefined
}

type Slices = readonly EndpointSlice[]

interface Known {
  /** What it was made from, but for its endpoints. */
  source: OurBackend | ServicePort
  namespace: string
  service: string
  slices: Slices
  tls: PortTls | undefined
  clientCertificate: SecretId | undefined
  value: Backend
}

export const createBackends = (): BackendsFrom => {
  let known = new Map<BackendId, Known>()
  let objects: readonly unknown[] = []
  let slices: unknown
  let ids: readonly BackendId[] = []
  let backends: Backend[] = []
  return (nextIds, world, upstream) => {
    const { policies, clientCertificate } = upstream
    const nextObjects = [listed(world, 'Service'), listed(world, 'Backend'), policies, clientCertificate]
    const nextSlices = listed(world, 'EndpointSlice')
    // A change of endpoints is the common one: then only slices are looked at.
    const isSettled = sameParts(objects, nextObjects)
    if (isSettled && slices === nextSlices && ids === nextIds) return backends
    const next = new Map<BackendId, Known>()
    for (const id of nextIds) {
      const last = known.get(id)
      const entry = last && isSettled ? withSlices(id, last, world) : entryOf(id, last, world, upstream)
      if (entry) next.set(id, entry)
    }
    known = next
    objects = nextObjects
    slices = nextSlices
    ids = nextIds
    backends = Array.from(next.values(), entry => entry.value)
    return backends
  }
}

const NONE: Slices = []

const withSlices = (id: BackendId, last: Known, world: World): Known => {
  if (!('port' in last.source)) return last
  const slices = world.endpointSlicesOf(last.namespace, last.service)
  if (slices === last.slices) return last
  if (sameParts(slices, last.slices)) return { ...last, slices }
  return { ...last, slices, value: serviceBackend(id, last.source, slices, last) }
}

/** Undefined where what it names is gone, which no route that is served can refer to. */
const entryOf = (
  id: BackendId,
  last: Known | undefined,
  world: World,
  { policies, clientCertificate }: Upstream,
): Known | undefined => {
  const [kind, namespace, name, port] = withoutAlias(id).split('/') as [string, string, string, string?]
  if (kind === 'Backend') {
    const source = world.get('Backend', namespace, name)
    if (!source || last?.source === source) return source && last
    return {
      source,
      namespace,
      service: '',
      slices: NONE,
      tls: undefined,
      clientCertificate,
      value: ourBackend(id, source),
    }
  }
  const variant = variantIn(id)
  const ports = world.get('Service', namespace, name)?.spec?.ports?.filter(each => each.port === Number(port)) ?? []
  const source = ports.find(({ protocol }) => (protocol === 'UDP') === (variant === 'udp')) ?? ports[0]
  if (!source) return undefined
  const tls = isWrapped(variant) ? policies.forPort(namespace, name, source.name) : undefined
  if (last?.source === source && last.tls === tls && last.clientCertificate === clientCertificate)
    return withSlices(id, last, world)
  const slices = world.endpointSlicesOf(namespace, name)
  const how = { tls, clientCertificate }
  return { source, namespace, service: name, slices, ...how, value: serviceBackend(id, source, slices, how) }
}

const ourBackend = (id: BackendId, { spec }: OurBackend): Backend => ({
  id,
  endpointsOf: endpointsOf(id),
  protocol: spec.protocol === 'H2C' || variantIn(id) === 'h2' ? 'HTTP2' : 'HTTP1',
  endpoints: sorted(spec.endpoints.map(endpoint => ({ ...endpoint }))),
  ...(spec.protocol === 'TLS' && isWrapped(variantIn(id)) ? { tls: { trust: 'System', subjectAltNames: [] } } : {}),
})

const serviceBackend = (
  id: BackendId,
  port: ServicePort,
  slices: Slices,
  { tls, clientCertificate }: Pick<Known, 'tls' | 'clientCertificate'>,
): Backend => ({
  id,
  endpointsOf: endpointsOf(id),
  protocol: speaksHttp2(port.appProtocol) || variantIn(id) === 'h2' ? 'HTTP2' : 'HTTP1',
  // Under a policy that is not valid nothing can be trusted: requests get 503, not plain text.
  endpoints: tls?.invalid ? [] : endpointsFrom(slices, port),
  ...(tls?.tls ? { tls: clientCertificate === undefined ? tls.tls : { ...tls.tls, clientCertificate } } : {}),
})

/** Whether a policy's TLS is put around what it is sent. */
const isWrapped = (variant: Variant | undefined): boolean => variant !== 'raw' && variant !== 'udp'

/** What no policy is about may have endpoints where the port as such has none, and other numbers for UDP. */
const endpointsOf = (id: BackendId): BackendId => (isWrapped(variantIn(id)) ? withoutAlias(id) : id)

const endpointsFrom = (slices: Slices, port: ServicePort): Endpoint[] => {
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

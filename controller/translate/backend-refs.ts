// A reference to a backend in, the id of the IR backend out, or why it is invalid. Permission comes before existence:
// a route learns nothing about a namespace that did not grant it anything.
import type { BackendId } from '../ir/ir.ts'
import type { BackendObjectReference, Service, ServicePort } from '../model/kinds.ts'
import { isTlsTarget } from './backend-tls.ts'
import type { Outcome } from './conditions.ts'
import type { Read } from './memory.ts'
import { unresolved } from './problems.ts'
import type { World } from './world.ts'

/** The object that refers. */
export interface Referrer {
  /** Default: that of the Gateway API. */
  group?: string
  kind: string
  namespace: string
}

/**
 * What a route speaks to its backends. `Bytes` goes on as it is, in TLS where a policy asks for it; `Passthrough` is
 * somebody's TLS already and never gets more.
 */
export type Speaking = 'HTTP' | 'GRPC' | 'Bytes' | 'Passthrough' | 'UDP'

const GATEWAY_GROUP = 'gateway.networking.k8s.io'

export const backendOf = (
  ref: BackendObjectReference,
  from: Referrer,
  speaking: Speaking,
  at: string,
  read: Read<World>,
): Outcome<BackendId> => {
  const { group, kind, name, namespace = from.namespace } = ref
  const isService = group === '' && kind === 'Service'
  const isOurs = group === 'sluice.dev' && kind === 'Backend'
  if (!isService && !isOurs)
    return {
      problem: unresolved(
        'InvalidKind',
        at,
        `${group || 'the core group'} ${kind} is no kind of backend`,
        'refer to a Service or to a Backend of sluice.dev',
      ),
    }
  const reference = { from: { ...from, group: from.group ?? GATEWAY_GROUP }, to: { group, kind, namespace, name } }
  if (!read(world => world.permits(reference)))
    return {
      problem: unresolved(
        'RefNotPermitted',
        at,
        `no ReferenceGrant in namespace ${namespace} lets ${from.kind}s of namespace ${from.namespace} refer to ${kind} ${name}`,
        `create one there`,
      ),
    }
  return isService ? servicePort(ref, namespace, speaking, at, read) : ourBackend(name, namespace, speaking, at, read)
}

const ourBackend = (
  name: string,
  namespace: string,
  speaking: Speaking,
  at: string,
  read: Read<World>,
): Outcome<BackendId> => {
  const backend = read(world => world.get('Backend', namespace, name))
  if (!backend) return { problem: notFound(`Backend ${namespace}/${name}`, at) }
  return { value: variantOf(backendId(namespace, name), speaking, backend.spec.protocol === 'H2C') }
}

const servicePort = (
  ref: BackendObjectReference,
  namespace: string,
  speaking: Speaking,
  at: string,
  read: Read<World>,
): Outcome<BackendId> => {
  const { name, port } = ref
  const service = read(world => world.get('Service', namespace, name))
  if (!service) return { problem: notFound(`Service ${namespace}/${name}`, at) }
  // Its CNAME may point anywhere: "SHOULD NOT be supported" (BackendObjectReference, CVE-2021-25740).
  if (service.spec?.type === 'ExternalName')
    return {
      problem: unresolved(
        'InvalidKind',
        at,
        `Service ${namespace}/${name} is of type ExternalName, which may point anywhere`,
        'refer to a Backend of sluice.dev',
      ),
    }
  const numbered = service.spec?.ports?.filter(candidate => candidate.port === port) ?? []
  const found = numbered.find(candidate => speaks(candidate, speaking)) ?? numbered[0]
  if (!found)
    return {
      problem: unresolved(
        'BackendNotFound',
        `${at}.port`,
        `Service ${namespace}/${name} has no port ${port ?? '(none given)'}`,
        `use one of ${portsOf(service)}`,
      ),
    }
  const isTls = found.appProtocol?.toLowerCase() === 'https'
  const hasPolicy = (world: World) => isTlsTarget(world.list('BackendTLSPolicy'), namespace, name, found.name)
  if (!speaks(found, speaking) && !(isTls && read(hasPolicy)))
    return {
      problem: unresolved(
        'UnsupportedProtocol',
        `${at}.port`,
        `port ${port} of Service ${namespace}/${name} speaks ${found.appProtocol ?? found.protocol}, which this route cannot`,
        'see appProtocol and protocol of that port',
      ),
    }
  return {
    value: variantOf(serviceId(namespace, name, found.port), speaking, speaksHttp2(found.appProtocol)),
  }
}

const portsOf = (service: Service): string =>
  (service.spec?.ports ?? []).map(candidate => candidate.port).join(', ') || '(it has no ports)'

const notFound = (what: string, at: string) =>
  unresolved('BackendNotFound', at, `${what} does not exist`, 'create it or correct the name')

/** KEP-3726 and IANA names. TLS towards a backend takes a policy that says whom to trust. An unknown name means HTTP. */
const NOT_HTTP = new Set(['https', 'tls', 'kubernetes.io/wss', 'tcp', 'udp', 'mysql', 'postgresql', 'redis', 'mongo'])

const speaks = ({ protocol, appProtocol }: ServicePort, speaking: Speaking): boolean => {
  if (speaking === 'UDP') return protocol === 'UDP'
  if (protocol !== 'TCP') return false
  return speaking === 'Bytes' || speaking === 'Passthrough' || !NOT_HTTP.has(appProtocol?.toLowerCase() ?? '')
}

export const speaksHttp2 = (appProtocol: string | undefined): boolean =>
  ['kubernetes.io/h2c', 'grpc', 'http2', 'h2c'].includes(appProtocol?.toLowerCase() ?? '')

export const serviceId = (namespace: string, name: string, port: number): BackendId =>
  `Service/${namespace}/${name}/${port}`
export const backendId = (namespace: string, name: string): BackendId => `Backend/${namespace}/${name}`

/** How else than as its port says a backend is spoken to. */
export type Variant = 'h2' | 'raw' | 'udp'

const VARIANTS: Record<Speaking, Variant | undefined> = {
  HTTP: undefined,
  GRPC: 'h2',
  Bytes: undefined,
  Passthrough: 'raw',
  UDP: 'udp',
}

const variantOf = (id: BackendId, speaking: Speaking, isHttp2: boolean): BackendId => {
  const variant = VARIANTS[speaking]
  return variant === undefined || (variant === 'h2' && isHttp2) ? id : `${id}~${variant}`
}

export const variantIn = (id: BackendId): Variant | undefined => /~(h2|raw|udp)/.exec(id)?.[1] as Variant | undefined

/** The same endpoints under another name: the `n`th mention in a rule, with filters of its own. */
export const aliasOf = (id: BackendId, n: number): BackendId => `${id}~${n}`
export const withoutAlias = (id: BackendId): BackendId => id.replace(/~.*$/, '')

// Which kinds are read, and where an API server serves them. In: the API server's own discovery document. Out: one
// address for each kind of ours that is installed. A kind that is not (a channel without it, CRDs not yet applied) is
// no error: it is served as empty, and found when somebody installs it.
import { KINDS, type KindName } from '../../model/kinds.ts'
import type { ApiClient } from './api.ts'

export interface Resource {
  kind: KindName
  group: string
  version: string
  plural: string
}

/** Read one by one, by name, where something refers to them (named.ts): never listed, never watched. */
export type NamedKind = 'Secret' | 'ConfigMap'

const BUILT_IN: readonly Resource[] = [
  { kind: 'Namespace', group: '', version: 'v1', plural: 'namespaces' },
  { kind: 'Service', group: '', version: 'v1', plural: 'services' },
  { kind: 'EndpointSlice', group: 'discovery.k8s.io', version: 'v1', plural: 'endpointslices' },
]

/** Kinds of custom resources that the translator reads. */
const CUSTOM: readonly KindName[] = [
  'Backend',
  'BackendTLSPolicy',
  'GRPCRoute',
  'Gateway',
  'GatewayClass',
  'HTTPRoute',
  'HeaderMutation',
  'ListenerSet',
  'Mirror',
  'PathRewrite',
  'RateLimit',
  'ReferenceGrant',
  'TCPRoute',
  'TLSRoute',
  'UDPRoute',
]

export const apiVersionOf = ({ group, version }: Pick<Resource, 'group' | 'version'>): string =>
  group === '' ? version : `${group}/${version}`

/** The path of a collection; without a namespace, of all namespaces. */
export const pathOf = (resource: Omit<Resource, 'kind'>, namespace?: string): string => {
  const root = resource.group === '' ? '/api' : `/apis/${resource.group}`
  const within = namespace === undefined || namespace === '' ? '' : `/namespaces/${namespace}`
  return `${root}/${resource.version}${within}/${resource.plural}`
}

/** `APIGroupDiscoveryList` of apidiscovery.k8s.io/v2, as far as it is read here. */
interface Discovery {
  items?: {
    metadata: { name: string }
    versions?: { version: string; resources?: { resource: string; responseKind?: { kind: string } }[] }[]
  }[]
}

export type Resources = ReadonlyMap<KindName, Resource>

/** For each kind the version that the server prefers among those that have it (it lists them in that order). */
export const resourcesIn = (document: unknown): Resources => {
  const groups = new Map(((document as Discovery).items ?? []).map(item => [item.metadata.name, item.versions ?? []]))
  const custom = CUSTOM.flatMap((kind): Resource[] => {
    const { group } = KINDS[kind]
    for (const { version, resources = [] } of groups.get(group) ?? []) {
      const found = resources.find(r => r.responseKind?.kind === kind)
      if (found) return [{ kind, group, version, plural: found.resource }]
    }
    return []
  })
  return new Map([...BUILT_IN, ...custom].map(resource => [resource.kind, resource]))
}

export const missingKinds = (resources: Resources): KindName[] => CUSTOM.filter(kind => !resources.has(kind))

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

export interface Discoverer {
  /** What is installed now; `undefined` while that cannot be told. One small request when nothing changed. */
  read(signal: AbortSignal): Promise<Resources | undefined>
}

export const discoverer = (client: ApiClient): Discoverer => {
  let etag: string | undefined
  let last: Resources | undefined
  return {
    read: async signal => {
      const reply = await client.request('GET', '/apis', {
        accept: AGGREGATED,
        headers: etag === undefined ? {} : { 'if-none-match': etag },
        signal,
      })
      if (reply.status === 304 && last) return last
      const resources = resourcesIn(reply.body)
      // A server that is starting answers before it knows its CRDs: only a ready one is believed that one is missing.
      if (missingKinds(resources).length > 0 && !(await isReady(client, signal))) return undefined
      etag = reply.etag
      last = resources
      return resources
    },
  }
}

const isReady = async (client: ApiClient, signal: AbortSignal): Promise<boolean> => {
  try {
    await client.request('GET', '/readyz', { signal, accept: '*/*' })
    return true
  } catch {
    return false
  }
}

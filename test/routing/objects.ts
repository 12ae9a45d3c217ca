// The part of the Gateway API that routing is decided by, as it is written in YAML (v1.6.3, experimental channel), and a
// request. Generators make these, the model reads them, the controller gets them as text.

export interface World {
  namespaces: NamespaceObject[]
  gateways: Gateway[]
  routes: HTTPRoute[]
  rpcRoutes: GRPCRoute[]
  services: Service[]
  slices: EndpointSlice[]
  grants: ReferenceGrant[]
}

interface Meta {
  name: string
  namespace: string
  creationTimestamp?: string
}

export interface NamespaceObject {
  apiVersion: 'v1'
  kind: 'Namespace'
  metadata: { name: string; labels?: Record<string, string> }
}

export interface Gateway {
  apiVersion: 'gateway.networking.k8s.io/v1'
  kind: 'Gateway'
  metadata: Meta
  spec: {
    gatewayClassName: string
    addresses: { type: 'IPAddress'; value: string }[]
    listeners: Listener[]
  }
}

export interface Listener {
  name: string
  protocol: 'HTTP' | 'HTTPS'
  port: number
  hostname?: string
  tls?: { certificateRefs: { name: string }[] }
  allowedRoutes?: {
    namespaces?: { from?: 'All' | 'Same' | 'Selector'; selector?: { matchLabels: Record<string, string> } }
    kinds?: { kind: string }[]
  }
}

export interface HTTPRoute {
  apiVersion: 'gateway.networking.k8s.io/v1'
  kind: 'HTTPRoute'
  metadata: Meta
  spec: { parentRefs: ParentRef[]; hostnames?: string[]; rules: Rule[] }
}

export interface GRPCRoute {
  apiVersion: 'gateway.networking.k8s.io/v1'
  kind: 'GRPCRoute'
  metadata: Meta
  spec: { parentRefs: ParentRef[]; hostnames?: string[]; rules: RpcRule[] }
}

export interface RpcRule {
  matches?: RpcMatch[]
  filters?: Filter[]
  backendRefs?: BackendRef[]
}

export interface RpcMatch {
  method?: { type?: 'Exact' | 'RegularExpression'; service?: string; method?: string }
  headers?: NamedMatch[]
}

export interface ParentRef {
  name: string
  namespace?: string
  sectionName?: string
  port?: number
}

export interface Rule {
  matches?: Match[]
  filters?: Filter[]
  backendRefs?: BackendRef[]
}

export interface Match {
  path?: { type?: 'Exact' | 'PathPrefix' | 'RegularExpression'; value?: string }
  method?: string
  headers?: NamedMatch[]
  queryParams?: NamedMatch[]
}

export interface NamedMatch {
  name: string
  type?: 'Exact' | 'RegularExpression'
  value: string
}

export interface HeaderEdits {
  set?: { name: string; value: string }[]
  add?: { name: string; value: string }[]
  remove?: string[]
}

export type PathChange =
  | { type: 'ReplaceFullPath'; replaceFullPath: string }
  | { type: 'ReplacePrefixMatch'; replacePrefixMatch: string }

export interface Redirect {
  scheme?: 'http' | 'https'
  hostname?: string
  port?: number
  path?: PathChange
  statusCode?: number
}

export interface ServiceRef {
  group?: string
  kind?: string
  name: string
  namespace?: string
  port?: number
}

export interface Mirror {
  backendRef: ServiceRef
  percent?: number
  fraction?: { numerator: number; denominator?: number }
}

export type Filter =
  | { type: 'RequestHeaderModifier'; requestHeaderModifier: HeaderEdits }
  | { type: 'ResponseHeaderModifier'; responseHeaderModifier: HeaderEdits }
  | { type: 'URLRewrite'; urlRewrite: { hostname?: string; path?: PathChange } }
  | { type: 'RequestRedirect'; requestRedirect: Redirect }
  | { type: 'RequestMirror'; requestMirror: Mirror }
  | { type: 'ExtensionRef'; extensionRef: { group: string; kind: string; name: string } }

export interface BackendRef extends ServiceRef {
  weight?: number
  filters?: Filter[]
}

export interface Service {
  apiVersion: 'v1'
  kind: 'Service'
  metadata: Meta
  spec: { ports: { name: string; port: number }[] }
}

export interface EndpointSlice {
  apiVersion: 'discovery.k8s.io/v1'
  kind: 'EndpointSlice'
  metadata: Meta & { labels: { 'kubernetes.io/service-name': string } }
  addressType: 'IPv4'
  ports: { name: string; port: number }[]
  endpoints: { addresses: string[]; conditions: { ready: boolean } }[]
}

export interface ReferenceGrant {
  apiVersion: 'gateway.networking.k8s.io/v1'
  kind: 'ReferenceGrant'
  metadata: Meta
  spec: {
    from: { group: string; kind: string; namespace: string }[]
    to: { group: string; kind: string; name?: string }[]
  }
}

export interface Request {
  protocol: 'HTTP/1.1' | 'HTTP/2'
  /** A unary call, over HTTP/2. */
  speaks?: 'gRPC'
  /** `namespace/name` of the Gateway whose address is asked. */
  gateway: string
  port: number
  /** Over TLS, to this server name. */
  serverName?: string
  method: string
  /** With its query, as it is sent. */
  path: string
  host: string
  headers: [name: string, value: string][]
}

/** In the order in which they are written down. */
export const objectsOfWorld = (world: World): { kind: string; metadata: { name: string; namespace?: string } }[] => [
  ...world.namespaces,
  ...world.gateways,
  ...world.grants,
  ...world.services,
  ...world.slices,
  ...world.routes,
  ...world.rpcRoutes,
]

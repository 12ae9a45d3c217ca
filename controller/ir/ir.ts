// What the data plane is to do, free of Kubernetes and of Envoy: `translate` produces it, `emit` turns it into Envoy
// resources, `print --ir` shows it. Everything is in its final order; two equal worlds give equal IR. What did not
// change since the last translation is the same JavaScript object, so that later steps can be memoised by identity.
import type { Plan } from '../../filters/plan/plan.ts'
import type { PrivateText } from './private-text.ts'

export type ProxyId = string
export type BackendId = string
export type SecretId = string

/** One Envoy, or one fleet of equal Envoys. */
export interface Proxy {
  id: ProxyId
  /** Sorted by id. */
  listeners: Listener[]
  /** Sorted by id. */
  backends: Backend[]
  /** Sorted by id. */
  secrets: Secret[]
}

/** A bound address and port; the listeners of a Gateway that share it are merged. */
export interface Listener {
  /** `namespace/name/port` of the Gateway, with `/2`, `/3`, … where it has several addresses. */
  id: string
  /** The address it is bound to. */
  address: string
  /** The port that the objects name: redirects go by it. */
  port: number
  /** The port that is really bound (`--port-offset`). */
  boundPort: number
  transport: 'TCP' | 'UDP'
  /** The Gateway, `namespace/name`. */
  gateway: string
  /** Sorted by id. Several only where TLS server names tell them apart. */
  chains: Chain[]
}

export type Chain = HttpChain | StreamChain

/** What one set of TLS server names (or all of plain HTTP) is served. */
export interface HttpChain {
  type: 'HTTP'
  /** `namespace/name/port` of the Gateway for HTTP, with the listener's name for HTTPS. */
  id: string
  /** Server names of the TLS handshake, `*.example.com` is any below. Empty: whatever no other chain takes. */
  serverNames: string[]
  tls?: TlsContext
  /** Most specific first. */
  hosts: Host[]
}

/** Bytes, passed on: TCP, UDP, and TLS that is not terminated. */
export interface StreamChain {
  type: 'Stream'
  id: string
  serverNames: string[]
  tls?: TlsContext
  /** Weights of more than 0. Empty, and the share of an error: the connection is closed. */
  to: Target[]
  origin: Origin
}

export interface TlsContext {
  /** Several: the client's server name and its algorithms choose. */
  certificates: SecretId[]
  alpn: string[]
  clients?: ClientValidation
}

export interface ClientValidation {
  /** The CA bundle. */
  trust: SecretId
  /** `Optional`: a client without a valid certificate is let in, too (AllowInsecureFallback). */
  mode: 'Required' | 'Optional'
}

export type Secret = KeyPair | TrustBundle

export interface KeyPair {
  type: 'KeyPair'
  id: SecretId
  certificateChain: string
  privateKey: PrivateText
}

export interface TrustBundle {
  type: 'TrustBundle'
  id: SecretId
  certificates: string
}

/** A host name (`*` is any, `*.example.com` any below) and its routes in precedence order, less specific hosts' routes included. */
export interface Host {
  name: string
  routes: Route[]
}

export interface Route {
  /** `Kind/namespace/name/rule/match`: unique within a host, and in the access log. */
  id: string
  match: Match
  act: Act
  /** Absent: no filter of ours runs on this route. */
  plan?: Plan
  cors?: Cors
  origin: Origin
}

export type TextMatch = { type: 'Exact'; value: string } | { type: 'Regex'; value: string }

export interface NamedMatch {
  name: string
  value: TextMatch
}

export interface Match {
  path: { type: 'Exact' | 'PathPrefix' | 'Regex'; value: string }
  method?: string
  /** Names are in lower case; each once. */
  headers: NamedMatch[]
  query: NamedMatch[]
}

export type Act = Forward | Redirect | Respond

export interface Forward {
  type: 'Forward'
  /** At least one, none of weight 0, not all of them errors. */
  to: Target[]
  timeouts: Timeouts
  retry?: Retry
  /** Backends that Envoy itself sends copies to, of so many requests in a million. Those of our filter are in the plan. */
  copies?: { backend: BackendId; perMillion: number }[]
}

/** Where a share of the requests goes: to a backend, or, where the backendRef is invalid, straight to an error. */
export type Target = { backend: BackendId; weight: number } | { status: 500 | 503; weight: number }

/** Milliseconds; 0 or absent: no limit. */
export interface Timeouts {
  request?: number
  /** Each attempt. */
  backend?: number
}

export interface Retry {
  /** Beyond the first attempt. */
  attempts: number
  statuses: number[]
  /** Milliseconds before the first retry; it doubles from there. Absent: Envoy's default, 25. */
  backoff?: number
}

export interface Redirect {
  type: 'Redirect'
  status: 301 | 302 | 303 | 307 | 308
  /** What the Location says, already resolved against the listener. A scheme's own port is left out there. */
  scheme: 'http' | 'https'
  port: number
  /** Absent: the request's. */
  host?: string
  path?: PathChange
}

export type PathChange =
  | { type: 'ReplaceFullPath'; value: string }
  | { type: 'ReplacePrefixMatch'; prefix: string; value: string }

/** An answer without a backend. */
export interface Respond {
  type: 'Respond'
  status: number
}

/** Cross-origin requests (fetch.spec.whatwg.org/#http-cors-protocol). */
export interface Cors {
  /** `*` stands for any host or any part of it to the left of what follows. */
  origins: string[]
  methods: string[]
  headers: string[]
  exposeHeaders: string[]
  credentials: boolean
  maxAgeSeconds: number
}

/** Endpoints that requests go to: one Envoy cluster. */
export interface Backend {
  /**
   * `Service/namespace/name/port` or `Backend/namespace/name`; with `~h2` (gRPC), `~raw` (TLS passed on) or `~udp` where it
   * is spoken to otherwise than its port says; then `~2`, `~3`, … where a rule names it again with other filters.
   */
  id: BackendId
  /** The backend whose endpoints these are: most often `id` without what follows `~`. */
  endpointsOf: BackendId
  protocol: 'HTTP1' | 'HTTP2'
  /** IP endpoints come by EDS; a name among them makes it a DNS cluster. Empty: requests get 503. */
  endpoints: Endpoint[]
  tls?: BackendTls
}

export interface BackendTls {
  /** Absent: the endpoint's own name. */
  serverName?: string
  /** `System`: the certificate authorities of the machine. */
  trust: 'System' | { secret: SecretId }
  /** Accepted names beyond the server name; empty: the server name. */
  subjectAltNames: { type: 'DNS' | 'URI'; value: string }[]
  clientCertificate?: SecretId
}

export interface Endpoint {
  host: string
  port: number
}

/** Which object this came from: logs, NACKs and explanations point at it. */
export interface Origin {
  kind: string
  namespace: string
  name: string
  /** Positions in the object, from 0. */
  rule?: number
  match?: number
}

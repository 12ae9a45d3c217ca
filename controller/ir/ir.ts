// What the data plane is to do, free of Kubernetes and of Envoy: `translate` produces it, `emit` turns it into Envoy
// resources, `print --ir` shows it. Everything is in its final order; two equal worlds give equal IR.
import type { Plan } from '../../filters/plan/plan.ts'
import type { Location } from '../model/object.ts'

export type ProxyId = string
export type BackendId = string
export type SecretId = string

/** One Envoy, or one fleet of equal Envoys. */
export interface Proxy {
  id: ProxyId
  /** Sorted by address, then port. */
  listeners: Listener[]
  /** Sorted by id. */
  backends: Backend[]
  /** Sorted by id. */
  secrets: TlsPair[]
}

/** A bound address and port; listeners of one or several Gateways that share it are merged. */
export interface Listener {
  /** Address and port as objects name them; matching and redirects go by this port. */
  address: string
  port: number
  /** The port that is really bound (`--port-offset`). */
  boundPort: number
  chains: Chain[]
}

/** What one TLS server name (or plain HTTP: `sni: null`, no `tls`) is served. */
export interface Chain {
  id: string
  sni: string | null
  tls?: TlsContext
  hosts: Host[]
}

export interface TlsContext {
  secrets: SecretId[]
  alpn: string[]
}

export interface TlsPair {
  id: SecretId
  certificateChain: string
  privateKey: PrivateText
}

/** A value that never prints: `JSON.stringify` and template strings show `[redacted]`. */
export interface PrivateText {
  reveal(): string
  toJSON(): string
  toString(): string
}

/** A host name (`*` is any, `*.example.com` any below) and its routes in precedence order, less specific hosts' routes included. */
export interface Host {
  name: string
  routes: Route[]
}

export interface Route {
  /** `namespace/name/rule/match`, unique within the proxy's chain. */
  id: string
  match: Match
  act: Act
  /** Absent: no filter of ours runs on this route. */
  plan?: Plan
  origin: Origin
}

export type TextMatch = { type: 'Exact'; value: string } | { type: 'Regex'; value: string }

export interface Match {
  path: { type: 'Exact' | 'PathPrefix' | 'Regex'; value: string }
  method?: string
  headers: { name: string; value: TextMatch }[]
  query: { name: string; value: TextMatch }[]
}

export type Act = Forward | Redirect | Respond

export interface Forward {
  type: 'Forward'
  /** A backend of weight 0 is not listed. Invalid ones are: they point at a backend that answers 500. */
  to: { backend: BackendId; weight: number }[]
  /** Milliseconds; 0 switches a timeout off; absent: Envoy's default is switched off, too. */
  requestTimeoutMs?: number
  backendTimeoutMs?: number
}

export interface Redirect {
  type: 'Redirect'
  status: 301 | 302 | 303 | 307 | 308
  scheme?: string
  host?: string
  port?: number
  path?: { type: 'ReplaceFullPath'; value: string } | { type: 'ReplacePrefixMatch'; prefix: string; value: string }
}

/** An answer without a backend. */
export interface Respond {
  type: 'Respond'
  status: number
  body?: string
}

/** Endpoints that requests go to: one Envoy cluster. */
export interface Backend {
  id: BackendId
  protocol: 'HTTP' | 'H2C'
  /** IP endpoints come by EDS; a name makes it a DNS cluster. Empty: requests get 503. */
  endpoints: Endpoint[]
  /** Answers this status to everything instead of forwarding: invalid backendRefs that hold a share of the weight. */
  fixedStatus?: number
}

export interface Endpoint {
  host: string
  port: number
}

/** Which line of which object this came from: logs, NACKs and explanations point at it. */
export interface Origin {
  kind: string
  namespace: string
  name: string
  rule: number
  match: number
  at?: Location
}

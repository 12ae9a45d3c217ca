// What the filters do for one route rule, as data. `translate` makes it, `encode` turns it into the bytes that travel in
// the route's metadata, the filters execute those bytes in place, `print` shows them to people.

export interface Plan {
  /** `namespace/name#rule`, for the decision record. */
  rule: string
  downstream: { request: DownstreamRequestOp[]; response: ResponseOp[] }
  upstream: { request: UpstreamRequestOp[]; response: ResponseOp[] }
  /** What one backend of the rule gets on top, keyed by cluster name; sorted by it. */
  clusters: { cluster: string; request: UpstreamRequestOp[]; response: ResponseOp[] }[]
  /** The route retries or hedges: request operations run on the first attempt only. */
  firstAttemptOnly: boolean
}

export type DownstreamRequestOp = RateLimitOp
export type UpstreamRequestOp = HeadersOp | RewriteOp | MirrorOp
export type ResponseOp = HeadersOp

/** `set` replaces every value of the name, `add` appends a value, `remove` takes all values away; in that order. */
export interface HeadersOp {
  type: 'Headers'
  /** `namespace/name` of the object that asked for it, for metrics and records. */
  policy: string
  set: Header[]
  add: Header[]
  remove: string[]
}

export interface Header {
  name: string
  value: string
}

export interface RewriteOp {
  type: 'Rewrite'
  policy: string
  host?: string
  path?: { type: 'ReplaceFullPath'; value: string } | { type: 'ReplacePrefixMatch'; prefix: string; value: string }
}

export interface MirrorOp {
  type: 'Mirror'
  policy: string
  /** The Envoy cluster that gets the copy. */
  cluster: string
  /** Share of requests that are copied. */
  fraction: { numerator: number; denominator: number }
  timeoutMs: number
}

export interface RateLimitOp {
  type: 'RateLimit'
  /** `namespace/name` of the RateLimit; buckets belong to it and to the limit's name, whatever route refers to it. */
  policy: string
  limits: Limit[]
  trustedHops: number
}

export interface Limit {
  name: string
  /** Requests per `unitSeconds`, 0 to 4294967295. */
  requests: number
  unitSeconds: 1 | 60 | 3600 | 86400 | 2592000
  burst: number
  scope: 'Worker' | 'Node'
  /** Empty: one bucket for all. */
  key: KeyPart[]
}

export type KeyPart =
  | { type: 'Header' | 'QueryParam' | 'Cookie'; name: string }
  | { type: 'ClientAddress' | 'Path' | 'Method' | 'Host' }

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
export type Op = DownstreamRequestOp | UpstreamRequestOp | ResponseOp

/** What every operation says of itself. */
interface Common {
  /** `namespace/name` of the object that asked for it, for metrics and records. */
  policy: string
  /** Decides, counts and records, and changes nothing. */
  dryRun?: boolean
}

/** `set` replaces every value of the name, `add` appends a value, `remove` takes all values away; in that order. */
export interface HeadersOp extends Common {
  type: 'Headers'
  set: Header[]
  add: Header[]
  remove: string[]
}

export interface Header {
  name: string
  value: string
}

export interface RewriteOp extends Common {
  type: 'Rewrite'
  host?: string
  path?: { type: 'ReplaceFullPath'; value: string } | { type: 'ReplacePrefixMatch'; prefix: string; value: string }
}

export interface MirrorOp extends Common {
  type: 'Mirror'
  /** The Envoy cluster that gets the copy. */
  cluster: string
  /** Share of requests that are copied. */
  fraction: { numerator: number; denominator: number }
  timeoutMs: number
  /** Bytes of body that a copy may hold; a request with more is not copied, and counted. Default 1 MiB. */
  bodyCap?: number
}

/** Buckets belong to `policy` and the limit's name, whatever route refers to them. */
export interface RateLimitOp extends Common {
  type: 'RateLimit'
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

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
export type UpstreamRequestOp = HeadersOp | MutateOp | RewriteOp | MirrorOp
export type ResponseOp = HeadersOp | MutateOp
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
  /** Instead of `path`: one that depends on the request. */
  computed?: ComputedPath
}

export type ComputedPath =
  /** Every match of the expression in the path without its query; `\1` in `value` is its first group. */
  | { type: 'ReplaceRegexMatch'; regex: string; value: string }
  /** What the header holds; a request without it keeps its path. */
  | { type: 'Header'; header: string }

/** What the header edits of the Gateway API cannot say: conditions, and values out of the request. */
export interface MutateOp extends Common {
  type: 'Mutate'
  edits: Mutation[]
}

export type Mutation =
  | { action: 'Remove'; name: string }
  /** `Append` adds to a list, as a further field line: what `Add` does. */
  | { action: 'Set' | 'Add' | 'AddIfAbsent' | 'Append'; name: string; value: MutationValue }

/** A value that is absent, or that its expression does not match, leaves the header as it was. */
export type MutationValue = (
  | { type: 'Text'; text: string }
  /** Of the message that is edited. */
  | { type: 'Header'; header: string }
  | { type: 'ClientAddress' | 'Route' }
  /** On requests only: Envoy lets go of the request before the response comes. */
  | { type: 'Path' | 'Host' | 'Method' }
) & { capture?: Capture }

export interface Capture {
  regex: string
  /** What becomes of the first match: text with `\0` to `\9`. */
  template: string
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
  /** The header whose value decides who is in the sample. Default `x-request-id`. */
  sampleBy?: string
  /** Count how copies were answered beside their primaries. */
  compare?: boolean
  /** Edits of the copy alone. */
  copy?: { set: Header[]; add: Header[]; remove: string[] }
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

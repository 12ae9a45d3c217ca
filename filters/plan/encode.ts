// Plan → the bytes that travel in the route's metadata (`layout.ts` draws them). Equal plans give equal bytes. What the
// filters would refuse never gets that far: it comes back as faults instead.
import { type Writer, writer } from './bytes.ts'
import { type Fault, faultsOf } from './check.ts'
import * as layout from './layout.ts'
import type { HeadersOp, KeyPart, MirrorOp, Op, Plan, RateLimitOp, RewriteOp } from './plan.ts'

export type Encoded = { ok: true; bytes: Uint8Array } | { ok: false; faults: Fault[] }

export function encode(plan: Plan): Encoded {
  const faults = faultsOf(plan)
  if (faults.length > 0) return { ok: false, faults }
  const bytes = write(plan)
  if (bytes.length > layout.MAX_PLAN) return { ok: false, faults: [{ at: 'plan', refusal: 'TooLong' }] }
  return { ok: true, bytes }
}

const OPERATION_KIND = {
  Headers: layout.OPERATION_HEADERS,
  Rewrite: layout.OPERATION_REWRITE,
  Mirror: layout.OPERATION_MIRROR,
  RateLimit: layout.OPERATION_RATE_LIMIT,
} as const

export const KEY_TYPE: Readonly<Record<KeyPart['type'], number>> = {
  Header: layout.KEY_HEADER,
  ClientAddress: layout.KEY_CLIENT_ADDRESS,
  Path: layout.KEY_PATH,
  Method: layout.KEY_METHOD,
  Host: layout.KEY_HOST,
  QueryParam: layout.KEY_QUERY_PARAM,
  Cookie: layout.KEY_COOKIE,
}

function write(plan: Plan): Uint8Array {
  const out = writer()
  section(out, layout.SECTION_RULE, plan.firstAttemptOnly ? layout.FLAG_FIRST_ATTEMPT : 0, () => out.text(plan.rule))
  operations(out, layout.SECTION_DOWNSTREAM_REQUEST, plan.downstream.request)
  operations(out, layout.SECTION_DOWNSTREAM_RESPONSE, plan.downstream.response)
  operations(out, layout.SECTION_UPSTREAM_REQUEST, plan.upstream.request)
  operations(out, layout.SECTION_UPSTREAM_RESPONSE, plan.upstream.response)
  for (const { cluster, request, response } of plan.clusters) {
    operations(out, layout.SECTION_CLUSTER_REQUEST, request, cluster)
    operations(out, layout.SECTION_CLUSTER_RESPONSE, response, cluster)
  }
  const sections = out.done()
  const whole = writer()
  whole.u32(layout.MAGIC)
  whole.u32(layout.PLAN_HEADER + sections.length)
  whole.bytes(sections)
  return whole.done()
}

function section(out: Writer, kind: number, flags: number, body: () => void): void {
  out.u8(kind)
  out.u8(flags)
  out.sized(body)
}

/** An empty list is no section. */
function operations(out: Writer, kind: number, ops: readonly Op[], cluster?: string): void {
  if (ops.length === 0) return
  section(out, kind, 0, () => {
    if (cluster !== undefined) out.text(cluster)
    for (const op of ops) operation(out, op)
  })
}

function operation(out: Writer, op: Op): void {
  const policy = new TextEncoder().encode(op.policy)
  out.u8(OPERATION_KIND[op.type])
  out.u8(op.dryRun ? layout.FLAG_DRY_RUN : 0)
  out.u16(policy.length)
  out.sized(() => {
    out.bytes(policy)
    body(out, op)
  })
}

function body(out: Writer, op: Op): void {
  if (op.type === 'Headers') headers(out, op)
  else if (op.type === 'Rewrite') rewrite(out, op)
  else if (op.type === 'Mirror') mirror(out, op)
  else rateLimit(out, op)
}

/** Names go out in lower case: that is how Envoy keeps them. */
function headers(out: Writer, { set, add, remove }: HeadersOp): void {
  const edit = (action: number, name: string, value: string): void => {
    out.u8(action)
    out.text(name.toLowerCase())
    out.text(value)
  }
  for (const { name, value } of set) edit(layout.EDIT_SET, name, value)
  for (const { name, value } of add) edit(layout.EDIT_ADD, name, value)
  for (const name of remove) edit(layout.EDIT_REMOVE, name, '')
}

function rewrite(out: Writer, { host, path }: RewriteOp): void {
  const ofPath = { ReplaceFullPath: layout.REWRITE_FULL_PATH, ReplacePrefixMatch: layout.REWRITE_PREFIX } as const
  out.u8((host === undefined ? 0 : layout.REWRITE_HOST) | (path ? ofPath[path.type] : 0))
  out.text(host ?? '')
  out.text(path?.type === 'ReplacePrefixMatch' ? path.prefix : '')
  out.text(path?.value ?? '')
}

function mirror(out: Writer, { cluster, fraction, timeoutMs, bodyCap }: MirrorOp): void {
  out.u32(fraction.numerator)
  out.u32(fraction.denominator)
  out.u32(timeoutMs)
  out.u32(bodyCap ?? layout.DEFAULT_BODY_CAP)
  out.text(cluster)
}

function rateLimit(out: Writer, { trustedHops, limits }: RateLimitOp): void {
  out.u32(trustedHops)
  for (const { name, requests, unitSeconds, burst, scope, key } of limits) {
    out.u8(scope === 'Worker' ? layout.SCOPE_WORKER : layout.SCOPE_NODE)
    out.u32(requests)
    out.u32(unitSeconds)
    out.u32(burst)
    out.text(name)
    out.u8(key.length)
    for (const part of key) {
      out.u8(KEY_TYPE[part.type])
      out.text(nameOf(part))
    }
  }
}

const nameOf = (part: KeyPart): string => {
  if (!('name' in part)) return ''
  return part.type === 'Header' ? part.name.toLowerCase() : part.name
}

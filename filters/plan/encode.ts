// Plan → the bytes that travel in the route's metadata (`layout.ts` draws them). Equal plans give equal bytes. What the
// filters would refuse never gets that far: it comes back as faults instead.

import { regex } from '../regex/regex.ts'
import { type Writer, writer } from './bytes.ts'
import { type Fault, faultsOf } from './check.ts'
import * as layout from './layout.ts'
import type {
  HeadersOp,
  KeyPart,
  MirrorOp,
  MutateOp,
  Mutation,
  MutationValue,
  Op,
  Plan,
  RateLimitOp,
  RewriteOp,
} from './plan.ts'

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
  Mutate: layout.OPERATION_MUTATE,
} as const

export const EDIT_ACTION: Readonly<Record<Mutation['action'], number>> = {
  Set: layout.EDIT_SET,
  Add: layout.EDIT_ADD,
  Remove: layout.EDIT_REMOVE,
  AddIfAbsent: layout.EDIT_ADD_IF_ABSENT,
  Append: layout.EDIT_APPEND,
}

export const VALUE_SOURCE: Readonly<Record<MutationValue['type'], number>> = {
  Text: layout.SOURCE_TEXT,
  Header: layout.SOURCE_HEADER,
  Path: layout.SOURCE_PATH,
  Host: layout.SOURCE_HOST,
  Method: layout.SOURCE_METHOD,
  ClientAddress: layout.SOURCE_CLIENT_ADDRESS,
  Route: layout.SOURCE_ROUTE,
}

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
  out.u8((op.dryRun ? layout.FLAG_DRY_RUN : 0) | (op.type === 'Mirror' && op.compare ? layout.FLAG_COMPARE : 0))
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
  else if (op.type === 'Mutate') mutate(out, op)
  else rateLimit(out, op)
}

/** Names go out in lower case: that is how Envoy keeps them. */
function headers(out: Writer, { set, add, remove }: Pick<HeadersOp, 'set' | 'add' | 'remove'>): void {
  const edit = (action: number, name: string, value: string): void => {
    out.u8(action)
    out.text(name.toLowerCase())
    out.text(value)
  }
  for (const { name, value } of set) edit(layout.EDIT_SET, name, value)
  for (const { name, value } of add) edit(layout.EDIT_ADD, name, value)
  for (const name of remove) edit(layout.EDIT_REMOVE, name, '')
}

function rewrite(out: Writer, { host, path, computed }: RewriteOp): void {
  const change = path ?? computed
  const ofPath = {
    ReplaceFullPath: layout.REWRITE_FULL_PATH,
    ReplacePrefixMatch: layout.REWRITE_PREFIX,
    ReplaceRegexMatch: layout.REWRITE_REGEX,
    Header: layout.REWRITE_HEADER,
  } as const
  out.u8((host === undefined ? 0 : layout.REWRITE_HOST) | (change ? ofPath[change.type] : 0))
  out.text(host ?? '')
  out.text(change ? subjectOf(change) : '')
  out.text(change && 'value' in change ? change.value : '')
  if (computed?.type === 'ReplaceRegexMatch') program(out, computed.regex)
}

function subjectOf(path: NonNullable<RewriteOp['path' | 'computed']>): string {
  if (path.type === 'ReplacePrefixMatch') return path.prefix
  if (path.type === 'ReplaceRegexMatch') return path.regex
  return path.type === 'Header' ? path.header.toLowerCase() : ''
}

/** `check` has compiled it once, so it can be. No expression, no program. */
function program(out: Writer, expression: string | undefined): void {
  const result = expression === undefined ? undefined : regex(expression)
  const bytes = result?.ok ? result.program : new Uint8Array()
  out.u16(bytes.length)
  out.bytes(bytes)
}

function mutate(out: Writer, { edits }: MutateOp): void {
  for (const edit of edits) {
    const value: MutationValue = edit.action === 'Remove' ? { type: 'Text', text: '' } : edit.value
    out.u8(EDIT_ACTION[edit.action])
    out.u8(VALUE_SOURCE[value.type])
    out.text(edit.name.toLowerCase())
    out.text(argumentOf(value))
    out.text(value.capture?.regex ?? '')
    program(out, value.capture?.regex)
    out.text(value.capture?.template ?? '')
  }
}

const argumentOf = (value: MutationValue): string => {
  if (value.type === 'Text') return value.text
  return 'header' in value ? value.header.toLowerCase() : ''
}

function mirror(out: Writer, { cluster, fraction, timeoutMs, bodyCap, sampleBy, copy }: MirrorOp): void {
  out.u32(fraction.numerator)
  out.u32(fraction.denominator)
  out.u32(timeoutMs)
  out.u32(bodyCap ?? layout.DEFAULT_BODY_CAP)
  out.text(cluster)
  if (sampleBy === undefined && copy === undefined) return
  out.text(sampleBy?.toLowerCase() ?? '')
  if (copy) headers(out, copy)
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

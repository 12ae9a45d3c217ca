// The bytes of a plan → the plan: what `print` shows, and the proof that `encode` loses nothing. Refuses what the filters
// refuse; parts that are marked optional and unknown are left out.
import { type Reader, reader } from './bytes.ts'
import { EDIT_ACTION, KEY_TYPE, VALUE_SOURCE } from './encode.ts'
import * as layout from './layout.ts'
import type {
  Header,
  HeadersOp,
  KeyPart,
  Limit,
  MirrorOp,
  MutateOp,
  Mutation,
  MutationValue,
  Op,
  Plan,
  RateLimitOp,
  ResponseOp,
  RewriteOp,
  UpstreamRequestOp,
} from './plan.ts'

export type Decoded = { ok: true; plan: Plan } | { ok: false }

export function decode(bytes: Uint8Array): Decoded {
  const whole = reader(bytes)
  if (whole.u32() !== layout.MAGIC || whole.u32() !== bytes.length) return { ok: false }
  const plan: Plan = {
    rule: '',
    downstream: { request: [], response: [] },
    upstream: { request: [], response: [] },
    clusters: [],
    firstAttemptOnly: false,
  }
  while (whole.more()) {
    const kind = whole.u8()
    const flags = whole.u8()
    if (!readSection(plan, kind, flags, whole.part(whole.u32()))) return { ok: false }
  }
  return whole.ok() ? { ok: true, plan } : { ok: false }
}

function readSection(plan: Plan, kind: number, flags: number, body: Reader): boolean {
  const { downstream, upstream } = plan
  switch (kind) {
    case layout.SECTION_RULE:
      plan.rule = body.text()
      plan.firstAttemptOnly = (flags & layout.FLAG_FIRST_ATTEMPT) !== 0
      return body.ok() && !body.more()
    case layout.SECTION_DOWNSTREAM_REQUEST:
      return readOperations(body, downstream.request, isRateLimit)
    case layout.SECTION_DOWNSTREAM_RESPONSE:
      return readOperations(body, downstream.response, isHeaders)
    case layout.SECTION_UPSTREAM_REQUEST:
      return readOperations(body, upstream.request, isUpstreamRequest)
    case layout.SECTION_UPSTREAM_RESPONSE:
      return readOperations(body, upstream.response, isHeaders)
    case layout.SECTION_CLUSTER_REQUEST:
      return readOperations(body, clusterOf(plan, body.text()).request, isUpstreamRequest)
    case layout.SECTION_CLUSTER_RESPONSE:
      return readOperations(body, clusterOf(plan, body.text()).response, isHeaders)
    default:
      return (flags & layout.FLAG_OPTIONAL) !== 0
  }
}

const isRateLimit = (op: Op): op is RateLimitOp => op.type === 'RateLimit'
const isHeaders = (op: Op): op is ResponseOp => op.type === 'Headers' || op.type === 'Mutate'
const isUpstreamRequest = (op: Op): op is UpstreamRequestOp => op.type !== 'RateLimit'

function clusterOf(plan: Plan, cluster: string): Plan['clusters'][number] {
  const known = plan.clusters.find(entry => entry.cluster === cluster)
  if (known) return known
  const fresh = { cluster, request: [], response: [] }
  plan.clusters.push(fresh)
  return fresh
}

function readOperations<T extends Op>(body: Reader, into: T[], belongs: (op: Op) => op is T): boolean {
  while (body.more()) {
    const kind = body.u8()
    const flags = body.u8()
    const policyLength = body.u16()
    const rest = body.part(body.u32())
    const policy = rest.raw(policyLength)
    const op = readOperation(kind, policy, rest)
    if (op === undefined && (flags & layout.FLAG_OPTIONAL) === 0) return false
    if (op === undefined) continue
    if (rest.more() || !rest.ok() || !belongs(op)) return false
    into.push(flagged(op, flags))
  }
  return body.ok()
}

function readOperation(kind: number, policy: string, rest: Reader): Op | undefined {
  switch (kind) {
    case layout.OPERATION_HEADERS:
      return readHeaders(policy, rest)
    case layout.OPERATION_REWRITE:
      return readRewrite(policy, rest)
    case layout.OPERATION_MIRROR:
      return readMirror(policy, rest)
    case layout.OPERATION_RATE_LIMIT:
      return readRateLimit(policy, rest)
    case layout.OPERATION_MUTATE:
      return readMutate(policy, rest)
    default:
      return undefined
  }
}

const readHeaders = (policy: string, rest: Reader): HeadersOp => ({ type: 'Headers', policy, ...readEdits(rest) })

function readEdits(rest: Reader): Pick<HeadersOp, 'set' | 'add' | 'remove'> {
  const set: Header[] = []
  const add: Header[] = []
  const remove: string[] = []
  while (rest.more()) {
    const action = rest.u8()
    const header = { name: rest.text(), value: rest.text() }
    if (action === layout.EDIT_SET) set.push(header)
    else if (action === layout.EDIT_ADD) add.push(header)
    else remove.push(header.name)
  }
  return { set, add, remove }
}

function readRewrite(policy: string, rest: Reader): RewriteOp {
  const parts = rest.u8()
  const host = rest.text()
  const prefix = rest.text()
  const value = rest.text()
  return {
    type: 'Rewrite',
    policy,
    ...(parts & layout.REWRITE_HOST ? { host } : {}),
    ...(parts & layout.REWRITE_FULL_PATH ? { path: { type: 'ReplaceFullPath', value } } : {}),
    ...(parts & layout.REWRITE_PREFIX ? { path: { type: 'ReplacePrefixMatch', prefix, value } } : {}),
    ...(parts & layout.REWRITE_HEADER ? { computed: { type: 'Header', header: prefix } } : {}),
    ...(parts & layout.REWRITE_REGEX && skipProgram(rest)
      ? { computed: { type: 'ReplaceRegexMatch', regex: prefix, value } }
      : {}),
  }
}

/** The expression stands beside it. */
function skipProgram(rest: Reader): boolean {
  rest.part(rest.u16())
  return true
}

const actionOf = new Map(Object.entries(EDIT_ACTION).map(([action, n]) => [n, action as Mutation['action']]))
const sourceOf = new Map(Object.entries(VALUE_SOURCE).map(([type, n]) => [n, type as MutationValue['type']]))

function readMutate(policy: string, rest: Reader): MutateOp {
  const edits: Mutation[] = []
  while (rest.more()) {
    const action = actionOf.get(rest.u8()) ?? 'Set'
    const source = sourceOf.get(rest.u8()) ?? 'Text'
    const name = rest.text()
    const argument = rest.text()
    const expression = rest.text()
    const isCapture = rest.u16()
    rest.part(isCapture)
    const template = rest.text()
    const capture = isCapture > 0 ? { capture: { regex: expression, template } } : {}
    if (action === 'Remove') edits.push({ action, name })
    else edits.push({ action, name, value: { ...sourceFrom(source, argument), ...capture } })
  }
  return { type: 'Mutate', policy, edits }
}

function sourceFrom(type: MutationValue['type'], argument: string): MutationValue {
  if (type === 'Text') return { type, text: argument }
  return type === 'Header' ? { type, header: argument } : { type }
}

function flagged<T extends Op>(op: T, flags: number): T {
  return {
    ...op,
    ...(flags & layout.FLAG_DRY_RUN ? { dryRun: true } : {}),
    ...(op.type === 'Mirror' && flags & layout.FLAG_COMPARE ? { compare: true } : {}),
  }
}

function readMirror(policy: string, rest: Reader): MirrorOp {
  const fraction = { numerator: rest.u32(), denominator: rest.u32() }
  const timeoutMs = rest.u32()
  const bodyCap = rest.u32()
  const cluster = rest.text()
  const cap = bodyCap === layout.DEFAULT_BODY_CAP ? {} : { bodyCap }
  const op: MirrorOp = { type: 'Mirror', policy, cluster, fraction, timeoutMs, ...cap }
  if (!rest.more()) return op
  const sampleBy = rest.text()
  return {
    ...op,
    ...(sampleBy === '' ? {} : { sampleBy }),
    ...(rest.more() ? { copy: readEdits(rest) } : {}),
  }
}

function readRateLimit(policy: string, rest: Reader): RateLimitOp {
  const trustedHops = rest.u32()
  const limits: Limit[] = []
  while (rest.more()) {
    const scope = rest.u8() === layout.SCOPE_WORKER ? 'Worker' : 'Node'
    const requests = rest.u32()
    const unitSeconds = rest.u32() as Limit['unitSeconds']
    const burst = rest.u32()
    const name = rest.text()
    const key: KeyPart[] = []
    for (let parts = rest.u8(); parts > 0; parts--) key.push(readKeyPart(rest.u8(), rest.text()))
    limits.push({ name, requests, unitSeconds, burst, scope, key })
  }
  return { type: 'RateLimit', policy, limits, trustedHops }
}

const typeOfKey = new Map(Object.entries(KEY_TYPE).map(([type, number]) => [number, type as KeyPart['type']]))

function readKeyPart(number: number, name: string): KeyPart {
  const type = typeOfKey.get(number) ?? 'Header'
  return type === 'Header' || type === 'QueryParam' || type === 'Cookie' ? { type, name } : { type }
}

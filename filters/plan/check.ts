// What a plan may not hold: everything that would put a byte on the wire that Envoy does not check, and everything beyond
// the filters' bounds. A plan goes in, a list of faults comes out; the filters refuse the same at run time.
import { regex } from '../regex/regex.ts'
import { isHexDigit, isHostByte, isPathByte, isTokenByte, isValueByte } from './charset.ts'
import { MAX_KEY_PARTS, MAX_LIMITS, MAX_MIRRORS, MAX_MUTATIONS, MAX_NAME, MAX_VALUE } from './layout.ts'
import type { HeadersOp, Limit, MirrorOp, MutateOp, MutationValue, Op, Plan, RateLimitOp, RewriteOp } from './plan.ts'

/** Why a value is refused. */
export type Refusal =
  /** A control character (CR, LF, NUL, ...) in a value. */
  | 'ControlCharacter'
  /** A name that is no RFC 9110 token. */
  | 'NotToken'
  /** A name that begins with a colon. */
  | 'PseudoHeader'
  /** `host` belongs to the URL rewrite. */
  | 'HostHeader'
  /** `connection`, `te` and their like: they end at the next hop. */
  | 'HopByHopHeader'
  /** `content-length`, `transfer-encoding`: they frame the message. */
  | 'FramingHeader'
  | 'TooLong'
  | 'TooMany'
  | 'OutOfRange'
  /** Two limits of one name, which would be one bucket. */
  | 'Repeated'
  /** No host by RFC 3986, with or without port. */
  | 'NotHost'
  /** No absolute path by RFC 3986. */
  | 'NotPath'
  /** Object and rule names: printable ASCII without quotes and backslashes. */
  | 'NotName'
  /** No regular expression, one beyond what our automaton knows, or too large a one. */
  | 'NotRegex'
  /** A backslash that is not followed by a backslash or by the number of a group that there is. */
  | 'NotTemplate'
  /** Path, host and method of a request are not known any more when its response comes. */
  | 'NotInResponse'

export interface Fault {
  /** Where in the plan, as `upstream.request[0].set[1].value`. */
  at: string
  refusal: Refusal
}

export const HOP_BY_HOP: readonly string[] = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
]
export const FRAMING: readonly string[] = ['content-length', 'transfer-encoding']

const utf8 = new TextEncoder()
const U32 = 0xffffffff

/** All faults of a plan, in its order. Empty: it can be encoded, and the filters accept it. */
export function faultsOf(plan: Plan): Fault[] {
  const list = (at: string, ops: readonly Op[]): Fault[] => [
    ...ops.flatMap((op, i) => faultsOfOp(op, `${at}[${i}]`)),
    ...count(
      ops.filter(({ type }) => type === 'Mirror'),
      MAX_MIRRORS,
      at,
    ),
  ]
  const responses = (at: string, ops: readonly Op[]): Fault[] => [
    ...list(at, ops),
    ...ops.flatMap((op, i) => unreachable(op, `${at}[${i}]`)),
  ]
  return [
    ...name(plan.rule, 'rule'),
    ...list('downstream.request', plan.downstream.request),
    ...responses('downstream.response', plan.downstream.response),
    ...list('upstream.request', plan.upstream.request),
    ...responses('upstream.response', plan.upstream.response),
    ...plan.clusters.flatMap(({ cluster, request, response }, i) => [
      ...name(cluster, `clusters[${i}].cluster`),
      ...list(`clusters[${i}].request`, request),
      ...responses(`clusters[${i}].response`, response),
    ]),
  ]
}

/** Faults of one operation, each below `at`. */
export function faultsOfOp(op: Op, at: string): Fault[] {
  return [...name(op.policy, `${at}.policy`), ...faultsByType(op, at)]
}

function faultsByType(op: Op, at: string): Fault[] {
  switch (op.type) {
    case 'Headers':
      return faultsOfHeaders(op, at)
    case 'Rewrite':
      return faultsOfRewrite(op, at)
    case 'Mirror':
      return faultsOfMirror(op, at)
    case 'Mutate':
      return faultsOfMutate(op, at)
    case 'RateLimit':
      return faultsOfRateLimit(op, at)
  }
}

const faultsOfHeaders = ({ set, add, remove }: Pick<HeadersOp, 'set' | 'add' | 'remove'>, at: string): Fault[] => [
  ...[['set', set] as const, ['add', add] as const].flatMap(([field, headers]) =>
    headers.flatMap(({ name, value }, i) => [
      ...headerName(name, `${at}.${field}[${i}].name`),
      ...headerValue(value, `${at}.${field}[${i}].value`),
    ]),
  ),
  ...remove.flatMap((name, i) => headerName(name, `${at}.remove[${i}]`)),
]

const faultsOfRewrite = ({ host, path, computed }: RewriteOp, at: string): Fault[] => [
  ...(host === undefined ? [] : hostFault(host, `${at}.host`)),
  ...(path === undefined ? [] : pathFault(path.value, `${at}.path.value`, path.type === 'ReplacePrefixMatch')),
  ...(path && computed ? [{ at: `${at}.computed`, refusal: 'TooMany' } as const] : []),
  ...(path?.type === 'ReplacePrefixMatch' ? pathFault(path.prefix, `${at}.path.prefix`, true) : []),
  ...(computed?.type === 'Header' ? token(computed.header, `${at}.computed.header`) : []),
  ...(computed?.type === 'ReplaceRegexMatch'
    ? captureFault(computed.regex, computed.value, `${at}.computed.regex`, `${at}.computed.value`)
    : []),
]

const faultsOfMutate = ({ edits }: MutateOp, at: string): Fault[] => [
  ...count(edits, MAX_MUTATIONS, `${at}.edits`),
  ...edits.flatMap((edit, i) => [
    ...headerName(edit.name, `${at}.edits[${i}].name`),
    ...(edit.action === 'Remove' ? [] : valueFaults(edit.value, `${at}.edits[${i}].value`)),
  ]),
]

/** What a response cannot be told. */
const unreachable = (op: Op, at: string): Fault[] =>
  op.type !== 'Mutate'
    ? []
    : op.edits.flatMap((edit, i) =>
        edit.action !== 'Remove' && ['Path', 'Host', 'Method'].includes(edit.value.type)
          ? [{ at: `${at}.edits[${i}].value.type`, refusal: 'NotInResponse' } as const]
          : [],
      )

const valueFaults = (value: MutationValue, at: string): Fault[] => [
  ...(value.type === 'Text' ? headerValue(value.text, `${at}.text`) : []),
  ...('header' in value ? token(value.header, `${at}.header`) : []),
  ...(value.capture
    ? captureFault(value.capture.regex, value.capture.template, `${at}.capture.regex`, `${at}.capture.template`)
    : []),
]

function captureFault(expression: string, template: string, regexAt: string, templateAt: string): Fault[] {
  const compiled = regex(expression)
  if (!compiled.ok) return [{ at: regexAt, refusal: 'NotRegex' }]
  const groups = compiled.program[2] ?? 0
  const good = template
    .replaceAll('\\\\', '')
    .split('\\')
    .slice(1)
    .every(rest => /^\d/.test(rest) && Number(rest[0]) <= groups)
  return good ? headerValue(template, templateAt) : [{ at: templateAt, refusal: 'NotTemplate' }]
}

const faultsOfMirror = ({ cluster, fraction, timeoutMs, bodyCap, sampleBy, copy }: MirrorOp, at: string): Fault[] => [
  ...name(cluster, `${at}.cluster`),
  ...range(fraction.denominator, 1, U32, `${at}.fraction.denominator`),
  ...range(fraction.numerator, 0, fraction.denominator, `${at}.fraction.numerator`),
  ...range(timeoutMs, 1, U32, `${at}.timeoutMs`),
  ...(bodyCap === undefined ? [] : range(bodyCap, 0, 1 << 20, `${at}.bodyCap`)),
  ...(sampleBy === undefined ? [] : token(sampleBy, `${at}.sampleBy`)),
  ...(copy === undefined ? [] : faultsOfHeaders(copy, `${at}.copy`)),
]

const faultsOfRateLimit = ({ limits, trustedHops }: RateLimitOp, at: string): Fault[] => [
  ...range(trustedHops, 0, 255, `${at}.trustedHops`),
  ...count(limits, MAX_LIMITS, `${at}.limits`),
  ...limits.flatMap((limit, i) => {
    const here = `${at}.limits[${i}]`
    return [
      ...token(limit.name, `${here}.name`),
      ...unique(limits.slice(0, i), limit, `${here}.name`),
      ...range(limit.requests, 0, U32, `${here}.requests`),
      ...range(limit.unitSeconds, 1, 2592000, `${here}.unitSeconds`),
      ...range(limit.burst, 0, U32, `${here}.burst`),
      ...count(limit.key, MAX_KEY_PARTS, `${here}.key`),
      ...limit.key.flatMap((part, k) => {
        if (!('name' in part)) return []
        const where = `${here}.key[${k}].name`
        return part.type === 'QueryParam' ? headerValue(part.name, where) : token(part.name, where)
      }),
    ]
  }),
]

const unique = (before: readonly Limit[], { name }: Limit, at: string): Fault[] =>
  before.some(limit => limit.name === name) ? [{ at, refusal: 'Repeated' }] : []

export function headerName(text: string, at: string): Fault[] {
  const lower = text.toLowerCase()
  if (lower.startsWith(':')) return [{ at, refusal: 'PseudoHeader' }]
  if (lower === 'host') return [{ at, refusal: 'HostHeader' }]
  if (HOP_BY_HOP.includes(lower)) return [{ at, refusal: 'HopByHopHeader' }]
  if (FRAMING.includes(lower)) return [{ at, refusal: 'FramingHeader' }]
  return token(text, at)
}

function token(text: string, at: string): Fault[] {
  if (text.length === 0 || !every(text, isTokenByte)) return [{ at, refusal: 'NotToken' }]
  return text.length > MAX_NAME ? [{ at, refusal: 'TooLong' }] : []
}

export function headerValue(text: string, at: string): Fault[] {
  if (!every(text, isValueByte)) return [{ at, refusal: 'ControlCharacter' }]
  return utf8.encode(text).length > MAX_VALUE ? [{ at, refusal: 'TooLong' }] : []
}

/** Printable ASCII that needs no escape in the decision record and no other separator in a metric's name. */
function name(text: string, at: string): Fault[] {
  if (!every(text, byte => byte > 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c && byte !== 0x3b))
    return [{ at, refusal: 'NotName' }]
  return text.length > 2 * MAX_NAME ? [{ at, refusal: 'TooLong' }] : []
}

function hostFault(text: string, at: string): Fault[] {
  if (text.length > MAX_NAME) return [{ at, refusal: 'TooLong' }]
  const bare = text.replace(/:\d{1,5}$/, '')
  const good = /^\[[0-9A-Fa-f:.]+\]$/.test(bare) || (bare.length > 0 && wellEscaped(bare, isHostByte))
  return good ? [] : [{ at, refusal: 'NotHost' }]
}

/** A replacement of a prefix may be empty, which means `/`. */
function pathFault(text: string, at: string, mayBeEmpty: boolean): Fault[] {
  if (text === '' && mayBeEmpty) return []
  if (text.length > MAX_VALUE) return [{ at, refusal: 'TooLong' }]
  const dots = text.split('/').some(segment => /^(\.|%2e){1,2}$/i.test(segment))
  return text.startsWith('/') && !dots && wellEscaped(text, isPathByte) ? [] : [{ at, refusal: 'NotPath' }]
}

function wellEscaped(text: string, good: (byte: number) => boolean): boolean {
  const bytes = utf8.encode(text)
  return bytes.every(
    (byte, i) => good(byte) || (byte === 0x25 && isHexDigit(bytes[i + 1] ?? 0) && isHexDigit(bytes[i + 2] ?? 0)),
  )
}

const every = (text: string, good: (byte: number) => boolean): boolean => utf8.encode(text).every(byte => good(byte))

const range = (value: number, least: number, most: number, at: string): Fault[] =>
  Number.isInteger(value) && value >= least && value <= most ? [] : [{ at, refusal: 'OutOfRange' }]

const count = (items: readonly unknown[], most: number, at: string): Fault[] =>
  items.length <= most ? [] : [{ at, refusal: 'TooMany' }]

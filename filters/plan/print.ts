// A plan as text for people: one line an operation, in the order in which it acts.
//
//   rule default/shop#0
//   downstream request
//     rate-limit default/api: tenant 5 per minute by Header x-tenant (Node)
//   upstream request, first attempt only
//     headers default/shop: set x-a "1", add x-b "2", remove x-c
import type {
  HeadersOp,
  KeyPart,
  Limit,
  MirrorOp,
  MutateOp,
  MutationValue,
  Op,
  Plan,
  RateLimitOp,
  RewriteOp,
} from './plan.ts'

export function print(plan: Plan): string {
  const attempts = plan.firstAttemptOnly ? ', first attempt only' : ''
  return [
    `rule ${plan.rule}`,
    ...section('downstream request', plan.downstream.request),
    ...section('downstream response', plan.downstream.response),
    ...section(`upstream request${attempts}`, plan.upstream.request),
    ...section('upstream response', plan.upstream.response),
    ...plan.clusters.flatMap(({ cluster, request, response }) => [
      ...section(`upstream request to ${cluster}${attempts}`, request),
      ...section(`upstream response from ${cluster}`, response),
    ]),
    '',
  ].join('\n')
}

const section = (title: string, ops: readonly Op[]): string[] =>
  ops.length === 0 ? [] : [title, ...ops.map(op => `  ${operation(op)}`)]

const operation = (op: Op): string => {
  const [filter, what] = describe(op)
  return `${filter} ${op.policy}${op.dryRun ? ' (dry run)' : ''}: ${what}`
}

function describe(op: Op): [filter: string, what: string] {
  switch (op.type) {
    case 'Headers':
      return ['headers', headers(op)]
    case 'Rewrite':
      return ['rewrite', rewrite(op)]
    case 'Mirror':
      return ['mirror', mirror(op)]
    case 'Mutate':
      return ['headers', mutate(op)]
    case 'RateLimit':
      return ['rate-limit', rateLimit(op)]
  }
}

const headers = ({ set, add, remove }: Pick<HeadersOp, 'set' | 'add' | 'remove'>): string =>
  [
    ...set.map(({ name, value }) => `set ${name} ${JSON.stringify(value)}`),
    ...add.map(({ name, value }) => `add ${name} ${JSON.stringify(value)}`),
    ...remove.map(name => `remove ${name}`),
  ].join(', ') || 'nothing'

const rewrite = ({ host, path, computed }: RewriteOp): string =>
  [
    ...(host === undefined ? [] : [`host ${host}`]),
    ...(path?.type === 'ReplaceFullPath' ? [`path ${path.value}`] : []),
    ...(path?.type === 'ReplacePrefixMatch' ? [`prefix ${path.prefix} to ${path.value || '/'}`] : []),
    ...(computed?.type === 'ReplaceRegexMatch' ? [`each ${computed.regex} to ${computed.value}`] : []),
    ...(computed?.type === 'Header' ? [`path from ${computed.header}`] : []),
  ].join(', ') || 'nothing'

const mutate = ({ edits }: MutateOp): string =>
  edits
    .map(edit =>
      edit.action === 'Remove' ? `remove ${edit.name}` : `${WORDS[edit.action]} ${edit.name} ${value(edit.value)}`,
    )
    .join(', ') || 'nothing'

const WORDS = { Set: 'set', Add: 'add', AddIfAbsent: 'add if absent', Append: 'append' } as const

const value = (from: MutationValue): string => {
  const source =
    from.type === 'Text' ? JSON.stringify(from.text) : 'header' in from ? `${from.type} ${from.header}` : from.type
  return from.capture ? `${source} by ${from.capture.regex} to ${from.capture.template}` : source
}

const mirror = ({ cluster, fraction, timeoutMs, bodyCap, sampleBy, compare, copy }: MirrorOp): string =>
  `${fraction.numerator}/${fraction.denominator} to ${cluster} within ${timeoutMs} ms` +
  (bodyCap === undefined ? '' : `, bodies to ${bodyCap} bytes`) +
  (sampleBy === undefined ? '' : `, sampled by ${sampleBy}`) +
  (compare ? ', compared' : '') +
  (copy === undefined ? '' : `, copy: ${headers(copy)}`)

const rateLimit = ({ limits, trustedHops }: RateLimitOp): string =>
  limits.map(limit).join('; ') + (trustedHops > 0 ? `; trusted hops ${trustedHops}` : '')

const UNIT: Readonly<Record<Limit['unitSeconds'], string>> = {
  1: 'second',
  60: 'minute',
  3600: 'hour',
  86400: 'day',
  2592000: 'month',
}

const limit = ({ name, requests, unitSeconds, burst, scope, key }: Limit): string =>
  `${name} ${requests} per ${UNIT[unitSeconds] ?? `${unitSeconds} s`}` +
  (burst === requests ? '' : `, burst ${burst}`) +
  (key.length === 0 ? '' : ` by ${key.map(keyPart).join(' and ')}`) +
  ` (${scope})`

const keyPart = (part: KeyPart): string => ('name' in part ? `${part.type} ${part.name}` : part.type)

// Our filter kinds in, the operations of the plan out: the same ones for the same object. `operationsOf` is what an
// ExtensionRef adds to its rule; the cluster of a Mirror is the caller's to know.
import { type Fault, faultsOfOp } from '../../filters/plan/check.ts'
import type { MirrorOp, MutateOp, Mutation, MutationValue, Op, RewriteOp } from '../../filters/plan/plan.ts'
import type {
  HeaderMutation,
  HeaderMutationRequest,
  HeaderMutationRequestValue,
  Mirror,
  PathRewrite,
} from '../model/kinds.ts'

interface Named {
  metadata: { namespace: string; name: string }
  spec: { mode: 'Enforce' | 'DryRun' }
}

const common = ({ metadata, spec }: Named): { policy: string; dryRun?: true } => ({
  policy: `${metadata.namespace}/${metadata.name}`,
  ...(spec.mode === 'DryRun' ? { dryRun: true } : {}),
})

export const mutations = (object: HeaderMutation): { request: MutateOp[]; response: MutateOp[] } => {
  const list = (edits: readonly HeaderMutationRequest[] | undefined): MutateOp[] =>
    edits?.length ? [{ type: 'Mutate', ...common(object), edits: edits.map(mutation) }] : []
  return { request: list(object.spec.request), response: list(object.spec.response) }
}

const mutation = ({ action, name: written, value }: HeaderMutationRequest): Mutation => {
  const name = written.toLowerCase()
  return action === 'Remove' || !value ? { action: 'Remove', name } : { action, name, value: sourceOf(value) }
}

const sourceOf = ({ type, text = '', header = '', capture }: HeaderMutationRequestValue): MutationValue => {
  const taken = capture ? { capture: { regex: capture.regex, template: capture.template } } : {}
  if (type === 'Text') return { type, text, ...taken }
  return type === 'Header' ? { type, header: header.toLowerCase(), ...taken } : { type, ...taken }
}

export const pathRewrite = (object: PathRewrite): RewriteOp => {
  const { hostname, path } = object.spec
  return {
    type: 'Rewrite',
    ...common(object),
    ...(hostname ? { host: hostname } : {}),
    ...(path ? changeOf(path) : {}),
  }
}

const changeOf = (path: NonNullable<PathRewrite['spec']['path']>): Pick<RewriteOp, 'path' | 'computed'> => {
  if (path.replaceRegexMatch) {
    const { regex, template } = path.replaceRegexMatch
    return { computed: { type: 'ReplaceRegexMatch', regex, value: template } }
  }
  if (path.header) return { computed: { type: 'Header', header: path.header.toLowerCase() } }
  return { path: { type: 'ReplaceFullPath', value: path.replaceFullPath ?? '/' } }
}

export const mirror = (object: Mirror, cluster: string): MirrorOp => {
  const { fraction, timeoutMilliseconds, maxBodyBytes, sampleBy, compare, copy } = object.spec
  return {
    type: 'Mirror',
    ...common(object),
    cluster,
    fraction: { numerator: fraction?.numerator ?? 1, denominator: fraction?.denominator ?? (fraction ? 100 : 1) },
    timeoutMs: timeoutMilliseconds,
    bodyCap: maxBodyBytes,
    sampleBy: sampleBy.toLowerCase(),
    ...(compare === 'Answers' ? { compare: true } : {}),
    ...(copy ? { copy: { set: copy.set ?? [], add: copy.add ?? [], remove: copy.remove ?? [] } } : {}),
  }
}

/** The share of requests that Envoy itself is to copy: it knows hundredths to millionths. */
export const perMillion = ({ spec: { fraction } }: Mirror): number =>
  fraction ? Math.round((fraction.numerator / fraction.denominator) * 1_000_000) : 1_000_000

/** What the filters would refuse of an object, by itself: the first fault, at the field of the object. */
export const faultOf = (object: HeaderMutation | PathRewrite | Mirror): Fault | undefined => {
  const [fault] = operationsOf(object).flatMap(([at, op]) => faultsOfOp(op, at))
  return fault && { ...fault, at: FIELDS.reduce((at, [ours, theirs]) => at.replace(ours, theirs), fault.at) }
}

const operationsOf = (object: HeaderMutation | PathRewrite | Mirror): [at: string, op: Op][] => {
  if (object.kind === 'PathRewrite') return [['spec', pathRewrite(object)]]
  if (object.kind === 'Mirror') return [['spec', mirror(object, 'any')]]
  const { request, response } = mutations(object)
  return [
    ...request.map((op): [string, Op] => ['spec.request', op]),
    ...response.map((op): [string, Op] => ['spec.response', op]),
  ]
}

/** Fields of an operation that have other names in the object. */
const FIELDS: readonly [operation: string, object: string][] = [
  ['.edits[', '['],
  ['spec.host', 'spec.hostname'],
  ['.computed.regex', '.path.replaceRegexMatch.regex'],
  ['.computed.value', '.path.replaceRegexMatch.template'],
  ['.computed.header', '.path.header'],
  ['spec.path.value', 'spec.path.replaceFullPath'],
]

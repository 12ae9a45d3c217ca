// BackendTLSPolicies in; for each port of a Service how TLS is spoken to it, and what each policy's status says, out
// (apis/v1/backendtlspolicy_types.go, GEP-1897). A port whose policy is not valid gets no requests: never plain text.
import type { BackendTls, SecretId, TrustBundle } from '../ir/ir.ts'
import type { BackendTLSPolicy, ParentReference } from '../model/kinds.ts'
import { trustOf } from './certificates.ts'
import type { Condition, Reason } from './conditions.ts'
import { sameParts } from './memory.ts'
import { envoySays } from './problems.ts'
import { type ObjectStatus, observed, statusOf } from './status.ts'
import type { World } from './world.ts'

/** The same object while nothing about the policy, or what it refers to, changed. */
export type PortTls = { tls: BackendTls; trust?: TrustBundle; invalid?: never } | { tls?: never; invalid: true }

/** The same object while nothing about any policy changed. */
export interface BackendTlsPolicies {
  /** Undefined: no policy is about it. */
  forPort(namespace: string, service: string, portName: string | undefined): PortTls | undefined
  /** What its `tls` trusts, by id. */
  bundles: ReadonlyMap<SecretId, TrustBundle>
  /** `ancestors`: the Gateways that send requests to a Service. */
  statuses(
    controllerName: string,
    ancestors: (namespace: string, service: string) => readonly Ancestor[],
  ): ObjectStatus[]
}

/** A Gateway. */
export interface Ancestor {
  namespace: string
  name: string
}

interface Judged {
  policy: BackendTLSPolicy
  port: PortTls
  accepted: Condition<'BackendTLSPolicy'>
  resolvedRefs: Condition<'BackendTLSPolicy'>
}

/** The limit of `status.ancestors`. */
const MAX_ANCESTORS = 16
const GROUP = 'gateway.networking.k8s.io'

export const createBackendTls = (): ((world: World) => BackendTlsPolicies) => {
  const memory = new WeakMap<
    BackendTLSPolicy,
    { answers: readonly unknown[]; refusal: string | undefined; judged: Judged }
  >()
  const judge = (policy: BackendTLSPolicy, world: World): Judged => {
    const answers = (policy.spec.validation.caCertificateRefs ?? []).map(({ kind, name }) =>
      kind === 'ConfigMap' || kind === 'Secret' ? world.get(kind, policy.metadata.namespace, name) : undefined,
    )
    const known = memory.get(policy)
    const refusalOf = ({ port }: Judged) => port.tls && port.trust && world.secretRefusal(port.trust.id)
    if (known && answers.every((answer, index) => answer === known.answers[index]))
      if (refusalOf(known.judged) === known.refusal) return known.judged
    const judged = judgedAlone(policy, world)
    memory.set(policy, { answers, refusal: refusalOf(judged), judged })
    return judged
  }
  let last: readonly Judged[] = []
  let policies = policiesFrom(last)
  return world => {
    const all = [...world.list('BackendTLSPolicy')].sort(byAge).map(policy => judge(policy, world))
    if (!sameParts(all, last)) {
      last = all
      policies = policiesFrom(all)
    }
    return policies
  }
}

/** `all` are in order of precedence. */
const policiesFrom = (all: readonly Judged[]): BackendTlsPolicies => {
  const owners = new Map<string, Judged>()
  const losers = new Map<Judged, string>()
  for (const judged of all)
    for (const target of targetsOf(judged.policy)) {
      const owner = owners.get(target)
      if (!owner) owners.set(target, judged)
      else if (owner !== judged) losers.set(judged, nameOf(owner.policy))
    }
  return {
    bundles: new Map(all.flatMap(({ port }) => (port.tls && port.trust ? [[port.trust.id, port.trust]] : []))),
    forPort: (namespace, service, portName) =>
      (owners.get(`${namespace}/${service}#${portName ?? ''}`) ?? owners.get(`${namespace}/${service}`))?.port,
    statuses: (controllerName, ancestors) =>
      all.flatMap(judged => statusesOf(judged, losers.get(judged), controllerName, ancestors) ?? []),
  }
}

/** Whether a policy says how TLS is spoken to a port, however good it is. */
export const isTlsTarget = (
  policies: readonly BackendTLSPolicy[],
  namespace: string,
  service: string,
  portName: string | undefined,
): boolean =>
  policies.some(policy =>
    targetsOf(policy).some(
      target => target === `${namespace}/${service}` || target === `${namespace}/${service}#${portName ?? ''}`,
    ),
  )

const nameOf = ({ metadata }: BackendTLSPolicy): string => `${metadata.namespace}/${metadata.name}`

/** "The oldest policy based on creation timestamp", then by `namespace/name` (GEP-713). */
const byAge = (a: BackendTLSPolicy, b: BackendTLSPolicy): number => {
  const key = (policy: BackendTLSPolicy) => `${policy.metadata.creationTimestamp ?? ''} ${nameOf(policy)}`
  return key(a) < key(b) ? -1 : 1
}

/** `namespace/service`, with `#port name` where it is about one port; that is more specific and no conflict. */
const targetsOf = ({ metadata, spec }: BackendTLSPolicy): string[] =>
  spec.targetRefs
    .filter(({ group, kind }) => group === '' && kind === 'Service')
    .map(({ name, sectionName }) => `${metadata.namespace}/${name}${sectionName ? `#${sectionName}` : ''}`)

const judgedAlone = (policy: BackendTLSPolicy, world: World): Judged => {
  const { hostname, subjectAltNames = [], wellKnownCACertificates, caCertificateRefs = [] } = policy.spec.validation
  const resolved: Condition<'BackendTLSPolicy'> = {
    type: 'ResolvedRefs',
    status: 'True',
    reason: 'ResolvedRefs',
    message: 'All references are resolved',
  }
  const accepted: Condition<'BackendTLSPolicy'> = {
    type: 'Accepted',
    status: 'True',
    reason: 'Accepted',
    message: 'The policy is accepted',
  }
  const tls = {
    serverName: hostname,
    // "When specified, Hostname is only used for SNI" (SubjectAltNames).
    subjectAltNames: subjectAltNames.map(({ type, hostname: name = '', uri = '' }) =>
      type === 'URI' ? { type: 'URI' as const, value: uri } : { type: 'DNS' as const, value: name },
    ),
  }
  if (caCertificateRefs.length === 0) {
    if (wellKnownCACertificates === 'System')
      return { policy, port: { tls: { ...tls, trust: 'System' } }, accepted, resolvedRefs: resolved }
    const message = `spec.validation.wellKnownCACertificates: ${wellKnownCACertificates} is not known; use System or caCertificateRefs`
    return {
      policy,
      port: { invalid: true },
      accepted: { type: 'Accepted', status: 'False', reason: 'Invalid', message },
      resolvedRefs: resolved,
    }
  }
  const { bundle, problems } = bundleOf(policy, world)
  const [problem] = problems
  const message = problems.map(each => each.message).join('. ')
  return {
    policy,
    port: bundle ? { tls: { ...tls, trust: { secret: bundle.id } }, trust: bundle } : { invalid: true },
    accepted: bundle ? accepted : { type: 'Accepted', status: 'False', reason: 'NoValidCACertificate', message },
    resolvedRefs: problem ? { type: 'ResolvedRefs', status: 'False', reason: problem.reason, message } : resolved,
  }
}

interface RefProblem {
  reason: Reason<'BackendTLSPolicy', 'ResolvedRefs'>
  message: string
}

/** Of those that can be used; undefined where none can. */
const bundleOf = (policy: BackendTLSPolicy, world: World): { bundle?: TrustBundle; problems: RefProblem[] } => {
  const from = { kind: 'BackendTLSPolicy' as const, namespace: policy.metadata.namespace }
  const found: TrustBundle[] = []
  const problems: RefProblem[] = []
  for (const [index, ref] of (policy.spec.validation.caCertificateRefs ?? []).entries()) {
    const at = `spec.validation.caCertificateRefs[${index}]`
    const { value, problem } = trustOf(ref, from, at, ask => ask(world))
    if (value) found.push(value)
    else if (problem)
      problems.push({
        reason: problem.reason === 'InvalidCACertificateKind' ? 'InvalidKind' : 'InvalidCACertificateRef',
        message: problem.message,
      })
  }
  if (found.length === 0) return { problems }
  const id = found.map(bundle => bundle.id).join('+')
  const refusal = world.secretRefusal(id)
  if (refusal !== undefined)
    problems.push({
      reason: 'InvalidCACertificateRef',
      message: `spec.validation.caCertificateRefs: ${envoySays(refusal)}; correct ca.crt`,
    })
  return { bundle: { type: 'TrustBundle', id, certificates: found.map(b => b.certificates).join('\n') }, problems }
}

/** One entry for each Gateway that sends requests to what it targets; without any there is nothing to say. */
const statusesOf = (
  { policy, accepted, resolvedRefs }: Judged,
  winner: string | undefined,
  controllerName: string,
  ancestors: (namespace: string, service: string) => readonly Ancestor[],
): ObjectStatus | undefined => {
  const refs = new Map<string, ParentReference>()
  for (const { group, kind, name } of policy.spec.targetRefs) {
    if (group !== '' || kind !== 'Service') continue
    for (const gateway of ancestors(policy.metadata.namespace, name))
      refs.set(`${gateway.namespace}/${gateway.name}`, { group: GROUP, kind: 'Gateway', ...gateway })
  }
  if (refs.size === 0) return undefined
  const verdict: Condition<'BackendTLSPolicy'> =
    winner === undefined
      ? accepted
      : {
          type: 'Accepted',
          status: 'False',
          reason: 'Conflicted',
          message: `${winner} is older and has the same target`,
        }
  const conditions = observed<'BackendTLSPolicy'>(policy, [verdict, resolvedRefs])
  return statusOf(policy, {
    ancestors: [...refs]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .slice(0, MAX_ANCESTORS)
      .map(([, ancestorRef]) => ({ ancestorRef, controllerName, conditions })),
  })
}

// What the steps of a translation may look up. In: a snapshot and what is known of the moment. Out: answers that are
// cheap and compare by identity, so that whatever was derived from them can be kept while they stay the same.
import type { KeyPair, SecretId } from '../ir/ir.ts'
import type { KindName, ListenerSet, Secret } from '../model/kinds.ts'
import type { Snapshot } from '../store/snapshot.ts'
import { entry } from './certificates.ts'
import { type Grants, indexGrants, permits, type Reference } from './grants.ts'

export interface World extends Pick<Snapshot, 'get' | 'list' | 'endpointSlicesOf'> {
  /** Changes with whatever the rules of routes look up. */
  ruleStamp: object
  /** Whether an object may be referred to across namespaces (ReferenceGrant). Within a namespace: always. */
  permits(reference: Reference): boolean
  /** What Envoy said when it refused what was made of a rule: `Kind/namespace/name/rule`. */
  rejection(rule: string): string | undefined
  /** Why the module cannot work with a plan. The same function while the module is the same. */
  preflight: Preflight
  /** Why a key pair cannot be served, at this time. */
  certificateProblem(secret: Secret): string | undefined
  /** Why a bundle of CA certificates cannot be used. */
  trustProblem(certificates: string): string | undefined
  /** What the Secret held when it was last good. */
  goodKeyPair(id: SecretId): KeyPair | undefined
  /** What Envoy said when it refused what is made of a Secret or a ConfigMap. */
  secretRefusal(id: SecretId): string | undefined
  /** By name; the same array while no ListenerSet changed. */
  listenerSetsOf(namespace: string, gateway: string): readonly ListenerSet[]
  /** With the one that every namespace has (kubernetes.io/docs/reference/labels-annotations-taints). */
  labelsOf(namespace: string): Readonly<Record<string, string>>
  /** The port that is really bound for a port of an object. */
  boundPort(port: number): number
}

/** What the world takes beside the snapshot. */
export interface Moment {
  rejections: Rejections
  preflight: Preflight
  inspectCertificate: CertificateInspector
  /** Default: all are good. */
  inspectTrust?: TrustInspector
  goodKeyPairs?: KeyPairs
  refusedSecrets?: RefusedSecrets
  /** Milliseconds since 1970. */
  now: number
  boundPort(port: number): number
}

/** The bytes of a plan in, why the filters cannot work with it out. */
export type Preflight = (plan: Uint8Array) => string | undefined

/** Looks at PEM text; `problem` where the two are unreadable or do not belong together. Times in milliseconds since 1970. */
export type CertificateInspector = (
  certificateChain: string,
  privateKey: string,
) => { problem: string } | { problem?: never; notBefore: number; notAfter: number }

/** PEM text of CA certificates in, why it cannot be used out. */
export type TrustInspector = (certificates: string) => string | undefined

/** Rules that Envoy refused, by `Kind/namespace/name/rule`, with its words. The same map while nothing in it changes. */
export type Rejections = ReadonlyMap<string, string>

/** Listeners of the IR that Envoy could not set up, by id, with its words. */
export type RefusedListeners = ReadonlyMap<string, string>

/** Secrets of the IR that Envoy would not take, by id, with its words. */
export type RefusedSecrets = ReadonlyMap<SecretId, string>

/** What is served of each Secret. */
export type KeyPairs = ReadonlyMap<SecretId, KeyPair>

export const worldOf = (snapshot: Snapshot, moment: Moment, stamp: (parts: readonly unknown[]) => object): World => {
  const grants: Grants = indexGrants(snapshot.list('ReferenceGrant'))
  const sets = indexSets(snapshot.list('ListenerSet'))
  return {
    ruleStamp: stamp([
      ...(
        [
          'Service',
          'Backend',
          'HeaderMutation',
          'Mirror',
          'PathRewrite',
          'RateLimit',
          'ReferenceGrant',
          'BackendTLSPolicy',
        ] as const
      ).map(kind => listed(snapshot, kind)),
      moment.rejections,
      moment.preflight,
    ]),
    get: snapshot.get,
    list: snapshot.list,
    endpointSlicesOf: snapshot.endpointSlicesOf,
    permits: reference => permits(grants, reference),
    rejection: rule => moment.rejections.get(rule),
    preflight: moment.preflight,
    certificateProblem: secret => certificateProblem(secret, moment),
    trustProblem: certificates => moment.inspectTrust?.(certificates),
    goodKeyPair: id => moment.goodKeyPairs?.get(id),
    secretRefusal: id => moment.refusedSecrets?.get(id),
    listenerSetsOf: (namespace, gateway) => sets.get(`${namespace}/${gateway}`) ?? NONE,
    labelsOf: namespace => ({
      ...snapshot.get('Namespace', '', namespace)?.metadata.labels,
      'kubernetes.io/metadata.name': namespace,
    }),
    boundPort: moment.boundPort,
  }
}

/** All objects of a kind, as one and the same value where there are none. */
export const listed = (snapshot: Pick<Snapshot, 'list'>, kind: KindName): readonly unknown[] => {
  const objects = snapshot.list(kind)
  return objects.length > 0 ? objects : NONE
}

const NONE: readonly never[] = []
const setIndexes = new WeakMap<readonly ListenerSet[], ReadonlyMap<string, readonly ListenerSet[]>>()

const indexSets = (sets: readonly ListenerSet[]): ReadonlyMap<string, readonly ListenerSet[]> => {
  const known = setIndexes.get(sets)
  if (known) return known
  const index = Map.groupBy(
    sets.filter(({ spec: { parentRef } }) => parentRef.kind === 'Gateway'),
    ({ metadata, spec: { parentRef } }) => `${parentRef.namespace ?? metadata.namespace}/${parentRef.name}`,
  )
  setIndexes.set(sets, index)
  return index
}

type Inspection = ReturnType<CertificateInspector>
const inspections = new WeakMap<Secret, { by: CertificateInspector; result: Inspection }>()

const certificateProblem = (secret: Secret, { inspectCertificate, now }: Moment): string | undefined => {
  const result = inspectionOf(secret, inspectCertificate)
  if (result.problem !== undefined) return result.problem
  if (now < result.notBefore) return `the certificate is not valid before ${new Date(result.notBefore).toISOString()}`
  if (now > result.notAfter) return `the certificate expired on ${new Date(result.notAfter).toISOString()}`
  return undefined
}

const inspectionOf = (secret: Secret, by: CertificateInspector): Inspection => {
  const known = inspections.get(secret)
  if (known?.by === by) return known.result
  const result = by(entry(secret, 'tls.crt') ?? '', entry(secret, 'tls.key') ?? '')
  inspections.set(secret, { by, result })
  return result
}

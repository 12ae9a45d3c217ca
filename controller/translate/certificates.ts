// References to Secrets and ConfigMaps with certificates in; checked key pairs and trust bundles out, or why a listener
// cannot have them (ListenerTLSConfig.certificateRefs, FrontendTLSValidation.caCertificateRefs).
import type { KeyPair, TrustBundle } from '../ir/ir.ts'
import { privateText } from '../ir/private-text.ts'
import type { ObjectReference, Secret } from '../model/kinds.ts'
import type { Outcome, Reason } from './conditions.ts'
import type { Read } from './memory.ts'
import { envoySays } from './problems.ts'
import type { World } from './world.ts'

export interface CertificateProblem {
  reason: Reason<'Listener', 'ResolvedRefs'>
  message: string
}

/** The object whose field refers. */
export interface CertificateReferrer {
  kind: 'Gateway' | 'ListenerSet' | 'BackendTLSPolicy'
  namespace: string
}

/** Both: the Secret is of no use now, and what it held before serves on. */
export interface FoundKeyPair {
  value?: KeyPair
  problem?: CertificateProblem
}

const GATEWAY_GROUP = 'gateway.networking.k8s.io'

export const keyPairOf = (
  ref: ObjectReference,
  from: CertificateReferrer,
  at: string,
  read: Read<World>,
): FoundKeyPair => {
  const invalid = (wrong: string, fix: string): { problem: CertificateProblem } => ({
    problem: { reason: 'InvalidCertificateRef', message: `${at}: ${wrong}; ${fix}` },
  })
  if (ref.group !== '' || ref.kind !== 'Secret')
    return invalid(`${ref.group || 'the core group'} ${ref.kind} holds no certificate`, 'refer to a Secret')
  const refused = notPermitted(ref, from, at, read)
  if (refused) return { problem: refused }
  const namespace = ref.namespace ?? from.namespace
  const name = `${namespace}/${ref.name}`
  const secret = read(world => world.get('Secret', namespace, ref.name))
  if (!secret) return invalid(`Secret ${name} does not exist`, 'create it or correct the name')
  const id = `Secret/${name}`
  // A mistake in a rotation ends nobody's connections. Only what may be referred to, and still exists, comes so far.
  const unusable = (wrong: string, fix: string): FoundKeyPair => {
    const value = read(world => world.goodKeyPair(id))
    return value
      ? { value, ...invalid(wrong, `${fix}; until then its last good certificate is served`) }
      : invalid(wrong, fix)
  }
  const certificateChain = entry(secret, 'tls.crt')
  const privateKey = entry(secret, 'tls.key')
  if (!certificateChain || !privateKey)
    return unusable(
      `Secret ${name} has no ${certificateChain ? 'tls.key' : 'tls.crt'}`,
      'it takes both, as type kubernetes.io/tls has them',
    )
  const problem = read(world => world.certificateProblem(secret))
  if (problem !== undefined) return unusable(`Secret ${name}: ${problem}`, 'renew it')
  const value: KeyPair = { type: 'KeyPair', id, certificateChain, privateKey: privateText(privateKey) }
  // It stays wanted, or nothing would be known of its rejection any more; Envoy is not sent it again.
  const refusal = read(world => world.secretRefusal(id))
  return refusal === undefined ? { value } : { value, ...invalid(`Secret ${name}: ${envoySays(refusal)}`, 'renew it') }
}

export const trustOf = (
  ref: ObjectReference,
  from: CertificateReferrer,
  at: string,
  read: Read<World>,
): Outcome<TrustBundle, CertificateProblem> => {
  const failed = (reason: CertificateProblem['reason'], wrong: string, fix: string) => ({
    problem: { reason, message: `${at}: ${wrong}; ${fix}` },
  })
  if (ref.group !== '' || (ref.kind !== 'ConfigMap' && ref.kind !== 'Secret'))
    return failed(
      'InvalidCACertificateKind',
      `${ref.group || 'the core group'} ${ref.kind} holds no CA certificate`,
      'refer to a ConfigMap',
    )
  const refused = notPermitted(ref, from, at, read)
  if (refused) return { problem: refused }
  const namespace = ref.namespace ?? from.namespace
  const name = `${namespace}/${ref.name}`
  const certificates =
    ref.kind === 'ConfigMap'
      ? read(world => world.get('ConfigMap', namespace, ref.name))?.data?.['ca.crt']
      : secretEntry(
          read(world => world.get('Secret', namespace, ref.name)),
          'ca.crt',
        )
  if (!certificates?.includes('-----BEGIN CERTIFICATE-----'))
    return failed(
      'InvalidCACertificateRef',
      `${ref.kind} ${name} does not exist or has no PEM certificate in ca.crt`,
      'create it or correct the name',
    )
  const problem = read(world => world.trustProblem(certificates))
  if (problem !== undefined) return failed('InvalidCACertificateRef', `${ref.kind} ${name}: ${problem}`, 'mend it')
  return { value: { type: 'TrustBundle', id: `${ref.kind}/${name}`, certificates } }
}

const notPermitted = (
  { group, kind, name, namespace }: ObjectReference,
  from: CertificateReferrer,
  at: string,
  read: Read<World>,
): CertificateProblem | undefined => {
  const to = { group, kind, name, namespace: namespace ?? from.namespace }
  if (read(world => world.permits({ from: { ...from, group: GATEWAY_GROUP }, to }))) return undefined
  return {
    reason: 'RefNotPermitted',
    message: `${at}: no ReferenceGrant in namespace ${to.namespace} lets ${from.kind}s of namespace ${from.namespace} refer to ${kind} ${name}; create one there`,
  }
}

/** The text of an entry of a Secret; undefined where it is no base64. */
export const entry = (secret: Secret, key: string): string | undefined => {
  const plain = secret.stringData?.[key]
  if (plain !== undefined) return plain
  const encoded = secret.data?.[key]
  if (encoded === undefined) return undefined
  try {
    return atob(encoded)
  } catch {
    return undefined
  }
}

const secretEntry = (secret: Secret | undefined, key: string): string | undefined =>
  secret ? entry(secret, key) : undefined

// One listener of a Gateway or a ListenerSet in; what it may serve, to whom, with which certificates, and what is wrong
// with it on its own, out. Conflicts with its neighbours are told in conflicts.ts.
import type { ClientValidation, Secret, TlsContext } from '../ir/ir.ts'
import type { FrontendTLSValidation, Gateway, Listener, RouteGroupKind, RouteNamespaces } from '../model/kinds.ts'
import { type CertificateProblem, type CertificateReferrer, keyPairOf, trustOf } from './certificates.ts'
import type { Reason } from './conditions.ts'
import { ANY } from './hostnames.ts'
import type { Read } from './memory.ts'
import { envoySays } from './problems.ts'
import type { World } from './world.ts'

export interface ListenerOwner extends CertificateReferrer {
  name: string
}

export interface ListenerModel {
  owner: ListenerOwner
  name: string
  /** `*` where it takes any. */
  hostname: string
  port: number
  protocol: string
  /** Where TLS ends, for protocols over TLS. */
  mode?: 'Terminate' | 'Passthrough'
  supportedKinds: RouteGroupKind[]
  /** From where routes may come; `Same` is the namespace of the owner. */
  namespaces: RouteNamespaces
  tls?: TlsContext
  secrets: Secret[]
  /** Why it is not accepted; it then serves nothing. */
  fault?: ListenerFault
  /** References that lead nowhere. */
  unresolved: CertificateProblem[]
  /** Other listeners of its port that a TLS client may reach it by, in the words of the message. */
  overlaps?: string
}

export interface ListenerFault {
  reason: Reason<'Listener', 'Accepted'>
  message: string
}

/** A listener that gets a place in Envoy's configuration. One without a usable certificate does not. */
export const serves = (listener: ListenerModel): boolean =>
  listener.fault === undefined && (listener.mode !== 'Terminate' || listener.tls !== undefined)

const GROUP = 'gateway.networking.k8s.io'
const KINDS: Record<string, string[]> = {
  HTTP: ['HTTPRoute', 'GRPCRoute'],
  HTTPS: ['HTTPRoute', 'GRPCRoute'],
  TLS: ['TLSRoute'],
  TCP: ['TCPRoute'],
  UDP: ['UDPRoute'],
}

/** `gateway` is the one that serves it, also where a ListenerSet owns it. */
export const listenerModel = (
  listener: Listener,
  index: number,
  owner: ListenerOwner,
  gateway: Gateway,
  read: Read<World>,
): ListenerModel => {
  const at = `spec.listeners[${index}]`
  const known = Object.hasOwn(KINDS, listener.protocol) ? KINDS[listener.protocol]! : []
  const kinds = kindsOf(listener, known, at)
  const model: ListenerModel = {
    owner,
    name: listener.name,
    hostname: listener.hostname || ANY,
    port: listener.port,
    protocol: listener.protocol,
    supportedKinds: kinds.supported,
    namespaces: listener.allowedRoutes?.namespaces ?? { from: 'Same' },
    secrets: [],
    unresolved: kinds.problems,
  }
  if (known.length === 0)
    return {
      ...model,
      fault: {
        reason: 'UnsupportedProtocol',
        message: `${at}.protocol: ${listener.protocol} is not supported; use ${Object.keys(KINDS).join(', ')}`,
      },
    }
  if (listener.protocol === 'TLS' && listener.tls?.mode === 'Passthrough') return { ...model, mode: 'Passthrough' }
  return listener.protocol === 'HTTPS' || listener.protocol === 'TLS'
    ? withTls({ ...model, mode: 'Terminate' }, listener, at, gateway, read)
    : model
}

const kindsOf = (listener: Listener, known: string[], at: string) => {
  const asked = listener.allowedRoutes?.kinds ?? []
  if (asked.length === 0) return { supported: known.map(kind => ({ group: GROUP, kind })), problems: [] }
  const isKnown = ({ group, kind }: RouteGroupKind) => (group ?? GROUP) === GROUP && known.includes(kind)
  const problems = asked.flatMap((kind, index): CertificateProblem[] =>
    isKnown(kind)
      ? []
      : [
          {
            reason: 'InvalidRouteKinds',
            message: `${at}.allowedRoutes.kinds[${index}]: ${kind.kind} cannot be served by ${listener.protocol}; use ${known.join(' or ') || 'another protocol'}`,
          },
        ],
  )
  const supported = asked.filter(isKnown).map(({ kind }) => ({ group: GROUP, kind }))
  return { supported, problems }
}

const withTls = (
  model: ListenerModel,
  listener: Listener,
  at: string,
  gateway: Gateway,
  read: Read<World>,
): ListenerModel => {
  const refs = listener.tls?.certificateRefs ?? []
  const unresolved = [...model.unresolved]
  const secrets: Secret[] = []
  if (refs.length === 0)
    unresolved.push({
      reason: 'InvalidCertificateRef',
      message: `${at}.tls.certificateRefs: is empty; ${listener.protocol} takes a certificate`,
    })
  for (const [index, ref] of refs.entries()) {
    const pair = keyPairOf(ref, model.owner, `${at}.tls.certificateRefs[${index}]`, read)
    if (pair.problem) unresolved.push(pair.problem)
    if (pair.value) secrets.push(pair.value)
  }
  const certificates = [...new Set(secrets.map(secret => secret.id))]
  const isHttp = listener.protocol === 'HTTPS'
  // "For all Listeners handling HTTPS traffic" (FrontendTLSConfig).
  const clients = isHttp ? clientsOf(listener.port, gateway, read) : undefined
  unresolved.push(...(clients?.problems ?? []))
  if (clients && !clients.validation)
    return {
      ...model,
      unresolved,
      fault: {
        reason: 'NoValidCACertificate',
        message: `${clients.at}.caCertificateRefs: none can be used; correct one of them`,
      },
    }
  return {
    ...model,
    unresolved,
    secrets: [...secrets, ...(clients?.secrets ?? [])],
    ...(certificates.length > 0
      ? {
          tls: {
            certificates,
            // What is inside of TLS is not ours to say.
            alpn: isHttp ? ['h2', 'http/1.1'] : [],
            ...(clients?.validation ? { clients: clients.validation } : {}),
          },
        }
      : {}),
  }
}

interface Clients {
  at: string
  validation?: ClientValidation
  secrets: Secret[]
  problems: CertificateProblem[]
}

/** Client certificates: the port's own configuration replaces the default (FrontendTLSConfig.perPort). */
const clientsOf = (port: number, gateway: Gateway, read: Read<World>): Clients | undefined => {
  const { tls } = gateway.spec
  const perPort = tls?.frontend?.perPort?.findIndex(candidate => candidate.port === port) ?? -1
  const config = perPort >= 0 ? tls!.frontend!.perPort![perPort]!.tls : tls?.frontend?.default
  const where = perPort >= 0 ? `perPort[${perPort}].tls` : 'default'
  if (!config?.validation) return undefined
  return validationOf(config.validation, `spec.tls.frontend.${where}.validation`, gateway.metadata.namespace, read)
}

const validationOf = (validation: FrontendTLSValidation, at: string, namespace: string, read: Read<World>): Clients => {
  const found: Clients = { at, secrets: [], problems: [] }
  const bundles: { id: string; certificates: string }[] = []
  for (const [index, ref] of validation.caCertificateRefs.entries()) {
    const bundle = trustOf(ref, { kind: 'Gateway', namespace }, `${at}.caCertificateRefs[${index}]`, read)
    if (bundle.problem) found.problems.push(bundle.problem)
    else bundles.push(bundle.value)
  }
  if (bundles.length === 0) return found
  const trust: Secret = {
    type: 'TrustBundle',
    id: bundles.map(bundle => bundle.id).join('+'),
    certificates: bundles.map(bundle => bundle.certificates.trimEnd()).join('\n'),
  }
  const mode = validation.mode === 'AllowInsecureFallback' ? 'Optional' : 'Required'
  const refusal = read(world => world.secretRefusal(trust.id))
  if (refusal !== undefined)
    found.problems.push({
      reason: 'InvalidCACertificateRef',
      message: `${at}.caCertificateRefs: ${envoySays(refusal)}; correct ca.crt`,
    })
  return { ...found, validation: { trust: trust.id, mode }, secrets: [trust] }
}

// The IR's TLS contexts and secrets in, Envoy's transport sockets and SDS secrets out.
import { packAny } from '../../envoy/schema/any.ts'
import type {
  CertificateValidationContext,
  CommonTlsContext,
  DownstreamTlsContext,
  Secret as SecretJson,
  TransportSocket,
} from '../../envoy/schema/envoy.gen.ts'
import type { BackendTls, Secret, TlsContext } from '../ir/ir.ts'
import type { Delivery } from './delivery.ts'

const TLS = 'envoy.transport_sockets.tls'

/** TLS 1.2 is the oldest that RFC 8996 leaves. */
const PARAMETERS = { tlsMinimumProtocolVersion: 'TLSv1_2', tlsMaximumProtocolVersion: 'TLSv1_3' } as const

export const downstreamTls = (tls: TlsContext, delivery: Delivery): TransportSocket => {
  const context: DownstreamTlsContext = {
    commonTlsContext: {
      tlsParams: PARAMETERS,
      tlsCertificateSdsSecretConfigs: tls.certificates.map(delivery.secret),
      ...(tls.clients ? clientValidation(tls.clients, delivery) : {}),
      alpnProtocols: tls.alpn,
    },
    ...(tls.clients?.mode === 'Required' ? { requireClientCertificate: true } : {}),
  }
  return { name: TLS, typedConfig: packAny('envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext', context) }
}

const clientValidation = (
  { trust, mode }: NonNullable<TlsContext['clients']>,
  delivery: Delivery,
): Pick<CommonTlsContext, 'validationContextSdsSecretConfig' | 'combinedValidationContext'> =>
  mode === 'Required'
    ? { validationContextSdsSecretConfig: delivery.secret(trust) }
    : {
        combinedValidationContext: {
          defaultValidationContext: { trustChainVerification: 'ACCEPT_UNTRUSTED' },
          validationContextSdsSecretConfig: delivery.secret(trust),
        },
      }

export const upstreamTls = (tls: BackendTls, delivery: Delivery, systemCertificates: string): TransportSocket => {
  const names = tls.subjectAltNames.map(({ type, value }) => ({
    sanType: type,
    matcher: { exact: value },
  }))
  const own: CertificateValidationContext = names.length > 0 ? { matchTypedSubjectAltNames: names } : {}
  return {
    name: TLS,
    typedConfig: packAny('envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext', {
      commonTlsContext: {
        tlsParams: PARAMETERS,
        ...(tls.clientCertificate ? { tlsCertificateSdsSecretConfigs: [delivery.secret(tls.clientCertificate)] } : {}),
        ...(tls.trust === 'System'
          ? { validationContext: { ...own, trustedCa: { filename: systemCertificates } } }
          : {
              combinedValidationContext: {
                defaultValidationContext: own,
                validationContextSdsSecretConfig: delivery.secret(tls.trust.secret),
              },
            }),
      },
      ...(tls.serverName ? { sni: tls.serverName } : { autoHostSni: true }),
      // Without names of its own the certificate has to be for the server name.
      ...(names.length === 0 ? { autoSniSanValidation: true } : {}),
    }),
  }
}

export const secretJson = (secret: Secret): SecretJson =>
  secret.type === 'KeyPair'
    ? {
        name: secret.id,
        tlsCertificate: {
          certificateChain: { inlineString: secret.certificateChain },
          privateKey: { inlineString: secret.privateKey.reveal() },
        },
      }
    : { name: secret.id, validationContext: { trustedCa: { inlineString: secret.certificates } } }

// Whether a certificate chain and a private key can serve TLS: PEM text in, the time of validity or what is wrong out. What is
// refused here never reaches Envoy, where it would take the listener's other certificates with it.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import type { CertificateInspector, TrustInspector } from '../translate/world.ts'

const BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g
/** BoringSSL, which Envoy uses, refuses shorter RSA keys. */
const SHORTEST_RSA = 2048
/** Curves that BoringSSL's TLS serves; names as OpenSSL prints them. */
const CURVES = new Set(['prime256v1', 'secp384r1', 'secp521r1'])

export const inspectCertificate: CertificateInspector = (certificateChain, privateKey) => {
  const blocks = certificateChain.match(BLOCK)
  if (!blocks?.[0]) return { problem: 'tls.crt holds no PEM block "CERTIFICATE"' }
  const chain: X509Certificate[] = []
  for (const [index, block] of blocks.entries()) {
    const certificate = read(() => new X509Certificate(block))
    if (!certificate) return { problem: `tls.crt: certificate ${index + 1} of ${blocks.length} is not readable` }
    chain.push(certificate)
  }
  const key = read(() => createPrivateKey(privateKey))
  if (!key) return { problem: 'tls.key holds no readable private key (PEM, not encrypted)' }
  const weakness = weaknessOf(key)
  if (weakness) return { problem: weakness }
  const leaf = chain[0] as X509Certificate
  if (!leaf.checkPrivateKey(key)) return { problem: 'tls.key is not the key of the first certificate in tls.crt' }
  return { notBefore: Date.parse(leaf.validFrom), notAfter: Date.parse(leaf.validTo) }
}

/** Envoy finds a bad one when all that a listener needs has come, and then blames what came last. */
export const inspectTrust: TrustInspector = certificates => {
  const blocks = certificates.match(BLOCK)
  if (!blocks) return 'ca.crt holds no PEM block "CERTIFICATE"'
  const bad = blocks.findIndex(block => !read(() => new X509Certificate(block)))
  return bad < 0 ? undefined : `ca.crt: certificate ${bad + 1} of ${blocks.length} is not readable`
}

function weaknessOf(key: KeyObject): string | undefined {
  const details = key.asymmetricKeyDetails
  switch (key.asymmetricKeyType) {
    case 'rsa': {
      const bits = details?.modulusLength ?? 0
      return bits < SHORTEST_RSA
        ? `tls.key is an RSA key of ${bits} bits; Envoy takes ${SHORTEST_RSA} and more`
        : undefined
    }
    case 'ec': {
      const curve = details?.namedCurve ?? 'an unknown curve'
      return CURVES.has(curve) ? undefined : `tls.key is an EC key on ${curve}; Envoy takes P-256, P-384 and P-521`
    }
    case 'ed25519':
      return undefined
    default:
      return `tls.key is of type ${key.asymmetricKeyType}; Envoy takes RSA, EC and Ed25519 keys`
  }
}

/** OpenSSL's messages differ from version to version: only whether it could be read counts. */
function read<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch {
    return undefined
  }
}

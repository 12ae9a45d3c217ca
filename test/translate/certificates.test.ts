// A Secret that was good and is bad now: what it held serves on, and the status says so, as long as the listener may refer to
// it and it exists.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { KubeObject } from '../../controller/model/object.ts'
import { snapshotOf } from '../../controller/store/store.ts'
import { createTranslator, type Options, type Translation } from '../../controller/translate/translate.ts'
import { defaults, goldenRoot, objectsOf } from './world.ts'

const secrets = objectsOf(readFileSync(join(goldenRoot, 'certificates.yaml'), 'utf8'))
const named = (name: string, as: string): KubeObject => {
  const found = secrets.find(({ kind, metadata }) => kind === 'Secret' && metadata.name === name) as KubeObject & {
    data?: object
    stringData?: object
  }
  return { ...found, metadata: { ...found.metadata, name: as, namespace: 'certs' } }
}
const good = named('example', 'site')
const other = named('other', 'site')
const mismatched = named('mismatched', 'site')
const halfWritten = (() => {
  const { data, stringData } = good as { data?: Record<string, string>; stringData?: Record<string, string> }
  const without = (texts: Record<string, string> | undefined) =>
    texts && Object.fromEntries(Object.entries(texts).filter(([key]) => key !== 'tls.key'))
  return {
    ...good,
    ...(data ? { data: without(data) } : {}),
    ...(stringData ? { stringData: without(stringData) } : {}),
  }
})() as KubeObject

const [gateway, grant] = objectsOf(`
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: web, generation: 2 }
spec:
  gatewayClassName: sluice
  listeners:
  - { name: https, protocol: HTTPS, port: 8443, tls: { certificateRefs: [{ name: site, namespace: certs }] } }
---
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: { name: web, namespace: certs }
spec:
  from: [{ group: gateway.networking.k8s.io, kind: Gateway, namespace: default }]
  to: [{ group: "", kind: Secret, name: site }]
`) as [KubeObject, KubeObject]

/** Translations in a row, each with what the one before left. */
const following = () => {
  const translate = createTranslator()
  let goodKeyPairs: Translation['goodKeyPairs'] = new Map()
  return (secret: KubeObject | undefined, more: Partial<Options> = {}, granted = true) => {
    const objects = [gateway, ...(granted ? [grant] : []), ...(secret ? [secret] : [])]
    const options = { ...defaults, goodKeyPairs, ...more }
    const translation = translate(snapshotOf(objects), options)
    expect(JSON.stringify(translation)).to.equal(JSON.stringify(createTranslator()(snapshotOf(objects), options)))
    goodKeyPairs = translation.goodKeyPairs
    const served = translation.proxies[0]?.secrets[0]
    const listener = translation.statuses.find(({ object }) => object.kind === 'Gateway')?.status.listeners?.[0]
    const resolved = listener?.conditions.find(({ type }) => type === 'ResolvedRefs')
    return {
      certificate: served?.type === 'KeyPair' ? served.certificateChain : undefined,
      reason: resolved?.reason,
      message: resolved?.message ?? '',
      same: served,
    }
  }
}

const chain = (secret: KubeObject) => following()(secret).certificate

describe('a certificate that was good', () => {
  it('serves on while its successor has another key', () => {
    const next = following()
    const first = next(good)
    expect(first).to.include({ reason: 'ResolvedRefs', certificate: chain(good) })
    const bad = next(mismatched)
    expect(bad.certificate).to.equal(chain(good))
    expect(bad.same, 'for Envoy nothing changed').to.equal(first.same)
    expect(bad.reason).to.equal('InvalidCertificateRef')
    expect(bad.message).to.include(
      'spec.listeners[0].tls.certificateRefs[0]: Secret certs/site: tls.key is not the key',
    )
    expect(bad.message).to.include('until then its last good certificate is served')
    expect(next(other)).to.include({ reason: 'ResolvedRefs', certificate: chain(other) })
  })

  it('serves on while its successor is half written, for as long as that takes', () => {
    const next = following()
    next(good)
    for (let i = 0; i < 3; i++) {
      const half = next({ ...halfWritten })
      expect(half.certificate).to.equal(chain(good))
      expect(half.message).to.include('Secret certs/site has no tls.key')
    }
  })

  it('serves on when its time is over', () => {
    const next = following()
    next(good)
    const late = next(good, { now: Date.parse('2999-01-01T00:00:00Z') })
    expect(late.certificate).to.equal(chain(good))
    expect(late.message).to.match(/the certificate expired on \d{4}-/)
  })

  it('was never good if it was bad from the beginning', () => {
    const first = following()(mismatched)
    expect(first).to.include({ certificate: undefined, reason: 'InvalidCertificateRef' })
    expect(first.message).to.match(/; renew it$/)
  })

  it('is gone with its Secret, and does not come back with a bad one', () => {
    const next = following()
    next(good)
    expect(next(undefined)).to.include({ certificate: undefined, reason: 'InvalidCertificateRef' })
    expect(next(mismatched).certificate).to.equal(undefined)
  })

  it('is gone with the permission to refer to it, at once and for good', () => {
    const next = following()
    next(good)
    next(mismatched)
    expect(next(mismatched, {}, false)).to.include({ certificate: undefined, reason: 'RefNotPermitted' })
    expect(next(mismatched).certificate).to.equal(undefined)
  })

  it('is not what Envoy refused: that stays wanted, is told, and what it had before is the good one', () => {
    const next = following()
    next(good)
    const refusedSecrets = new Map([['Secret/certs/site', 'Failed to load\nit']])
    const refused = next(other, { refusedSecrets })
    expect(refused.certificate).to.equal(chain(other))
    expect(refused.message).to.include('Secret certs/site: Envoy refused it: Failed to load\\x0ait; renew it')
    expect(next(mismatched).certificate).to.equal(chain(good))
  })
})

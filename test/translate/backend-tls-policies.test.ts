// BackendTLSPolicies as translation asks for them: which one is about a port, and that an answer is the same object for as
// long as nothing behind it changed.
import { expect } from 'chai'
import type { BackendTLSPolicy } from '../../controller/model/kinds.ts'
import type { KubeObject } from '../../controller/model/object.ts'
import { createBackendTls, isTlsTarget } from '../../controller/translate/backend-tls.ts'
import type { World } from '../../controller/translate/world.ts'

const policy = (name: string, created: string, target: object, validation: object = {}): BackendTLSPolicy => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'BackendTLSPolicy',
  metadata: { name, namespace: 'a', creationTimestamp: created },
  spec: {
    targetRefs: [{ group: '', kind: 'Service', name: 's', ...target }],
    validation: { hostname: `${name}.test`, wellKnownCACertificates: 'System', ...validation },
  },
})
const worldOf = (policies: BackendTLSPolicy[], objects: Record<string, KubeObject> = {}): World =>
  ({
    list: (kind: string) => (kind === 'BackendTLSPolicy' ? policies : []),
    get: (kind: string, namespace: string, name: string) => objects[`${kind}/${namespace}/${name}`],
    secretRefusal: () => undefined,
    permits: () => true,
  }) as unknown as World

const older = policy('older', '2026-01-01T00:00:00Z', {})
const newer = policy('newer', '2026-01-02T00:00:00Z', {})
const ofPort = policy('port', '2026-01-03T00:00:00Z', { sectionName: 'tls' })

describe('policies of backend TLS', () => {
  const serverName = (policies: BackendTLSPolicy[], port?: string, service = 's') => {
    const found = createBackendTls()(worldOf(policies)).forPort('a', service, port)
    return found && 'tls' in found ? found.tls?.serverName : undefined
  }

  it('go by age, in whatever order they come', () => {
    expect(serverName([newer, older])).to.equal('older.test')
    expect(serverName([older, newer])).to.equal('older.test')
  })

  it('go by the name of a port first', () => {
    expect(serverName([older, ofPort], 'tls')).to.equal('port.test')
    expect(serverName([older, ofPort], 'other')).to.equal('older.test')
    expect(serverName([ofPort], 'other')).to.equal(undefined)
  })

  it('are about Services of their own namespace and of no other group', () => {
    expect(serverName([older], undefined, 'another')).to.equal(undefined)
    expect(createBackendTls()(worldOf([older])).forPort('b', 's', undefined)).to.equal(undefined)
    expect(serverName([policy('x', '', { group: 'x.example' })])).to.equal(undefined)
    expect(isTlsTarget([ofPort], 'a', 's', 'tls')).to.equal(true)
    expect(isTlsTarget([ofPort], 'a', 's', 'other')).to.equal(false)
    expect(isTlsTarget([ofPort], 'b', 's', 'tls')).to.equal(false)
  })

  it('that cannot be trusted are never plain text', () => {
    const validation = {
      wellKnownCACertificates: undefined,
      caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'ca' }],
    }
    const lost = policy('lost', '', {}, validation)
    expect(createBackendTls()(worldOf([lost])).forPort('a', 's', undefined)).to.deep.equal({ invalid: true })
  })

  it('are the same object until something changes', () => {
    const ask = createBackendTls()
    const first = ask(worldOf([older, newer]))
    expect(ask(worldOf([newer, older]))).to.equal(first)
    const port = first.forPort('a', 's', undefined)
    const second = ask(worldOf([older]))
    expect(second).to.not.equal(first)
    expect(second.forPort('a', 's', undefined)).to.equal(port)
    expect(ask(worldOf([structuredClone(older)])).forPort('a', 's', undefined)).to.not.equal(port)
  })
})

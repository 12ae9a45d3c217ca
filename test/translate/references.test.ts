// Which Secrets and ConfigMaps a source reads: those that objects of ours refer to and may refer to, nothing else.
import { expect } from 'chai'
import { snapshotOf } from '../../controller/store/store.ts'
import { referencesOf } from '../../controller/translate/references.ts'
import { defaults, objectsOf } from './world.ts'

const CLASSES = `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: sluice }
spec: { controllerName: sluice.dev/gateway-controller }
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: foreign }
spec: { controllerName: foreign.example/x }
---
`
const gateway = (name: string, refs: string, gatewayClassName = 'sluice', rest = '') => `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: ${name}, namespace: a }
spec:
  gatewayClassName: ${gatewayClassName}
  listeners: [{ name: x, protocol: HTTPS, port: 443, tls: { certificateRefs: [${refs}] } }]
${rest}
---
`
const grant = (kind: string, name: string, from = 'Gateway') => `
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: { name: g-${name}, namespace: b }
spec:
  from: [{ group: gateway.networking.k8s.io, kind: ${from}, namespace: a }]
  to: [{ group: "", kind: ${kind}, name: ${name} }]
---
`
const read = (text: string): string[] =>
  [...referencesOf(snapshotOf(objectsOf(CLASSES + text)), defaults.controllerName)].sort()

describe('what is read by name', () => {
  it('are the certificates of our Gateways, not of others', () => {
    expect(read(gateway('ours', '{ name: s }') + gateway('theirs', '{ name: t }', 'foreign'))).to.deep.equal([
      '/Secret/a/s',
    ])
  })

  it('is nothing across namespaces that no ReferenceGrant permits', () => {
    const refs = gateway('ours', '{ name: s, namespace: b }, { name: t, namespace: b }')
    expect(read(refs)).to.deep.equal([])
    expect(read(refs + grant('Secret', 's'))).to.deep.equal(['/Secret/b/s'])
    expect(read(refs + grant('ConfigMap', 't'))).to.deep.equal([])
    expect(read(refs + grant('Secret', 't', 'ListenerSet'))).to.deep.equal([])
  })

  it('is nothing of another group or kind', () => {
    expect(
      read(gateway('ours', '{ name: s, group: x.example, kind: Secret }, { name: t, kind: Service }')),
    ).to.deep.equal([])
  })

  it('are authorities and client certificates of a Gateway', () => {
    const tls = `
  tls:
    backend: { clientCertificateRef: { name: client } }
    frontend:
      default: { validation: { caCertificateRefs: [{ group: "", kind: ConfigMap, name: all }] } }
      perPort: [{ port: 443, tls: { validation: { caCertificateRefs: [{ group: "", kind: ConfigMap, name: one }] } } }]`
    expect(read(gateway('ours', '{ name: s }', 'sluice', tls))).to.deep.equal([
      '/ConfigMap/a/all',
      '/ConfigMap/a/one',
      '/Secret/a/client',
      '/Secret/a/s',
    ])
  })

  it('are certificates of ListenerSets of our Gateways, not of others', () => {
    const set = (name: string, parent: string) => `
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: { name: ${name}, namespace: a }
spec:
  parentRef: { name: ${parent} }
  listeners: [{ name: y, protocol: HTTPS, port: 8443, tls: { certificateRefs: [{ name: of-${name} }] } }]
---
`
    const gateways = gateway('ours', '{ name: s }') + gateway('theirs', '{ name: t }', 'foreign')
    expect(read(gateways + set('mine', 'ours') + set('yours', 'theirs') + set('lost', 'nowhere'))).to.deep.equal([
      '/Secret/a/of-mine',
      '/Secret/a/s',
    ])
  })

  it('are authorities of policies, each once', () => {
    const policy = (name: string) => `
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: ${name}, namespace: a }
spec:
  targetRefs: [{ group: "", kind: Service, name: x }]
  validation: { hostname: x.test, caCertificateRefs: [{ group: "", kind: ConfigMap, name: ca }] }
---
`
    expect(read(policy('one') + policy('two'))).to.deep.equal(['/ConfigMap/a/ca'])
  })
})

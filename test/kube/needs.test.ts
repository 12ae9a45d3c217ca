// What infrastructure is asked for: the Gateways of our classes, once they are served, with the ports that Envoy binds.
import { expect } from 'chai'
import { claimantsOf, needsOf } from '../../controller/infra/needs.ts'
import type { Proxy as ProxyIr } from '../../controller/ir/ir.ts'
import { snapshotOf } from '../../controller/store/store.ts'
import { defaults, objectsOf } from '../translate/world.ts'

const classed = (name: string, controllerName: string) => `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: ${name} }
spec: { controllerName: ${controllerName} }
---
`
const gateway = (name: string, gatewayClassName: string, rest = '') => `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: ${name}, namespace: a }
spec:
  gatewayClassName: ${gatewayClassName}
  listeners:
    - { name: web, protocol: HTTP, port: 80 }
    - { name: also, protocol: HTTP, port: 80, hostname: x.test }
    - { name: dns, protocol: UDP, port: 53 }
${rest}
---
`
const world =
  classed('sluice', defaults.controllerName) +
  classed('foreign', 'foreign.example/x') +
  gateway('plain', 'sluice') +
  gateway('theirs', 'foreign') +
  gateway(
    'asked',
    'sluice',
    `  addresses: [{ type: IPAddress, value: 10.97.0.9 }, { type: IPAddress }]
  infrastructure: { labels: { team: shop }, annotations: { note: x } }`,
  )

const claimants = claimantsOf(snapshotOf(objectsOf(world)), defaults.controllerName)
const proxy = (id: string, ...bound: [number, 'TCP' | 'UDP'][]): ProxyIr =>
  ({ id, listeners: bound.map(([port, transport]) => ({ port, transport })), backends: [], secrets: [] }) as never

describe('needs of Gateways', () => {
  it('are those of our classes, with the addresses that they name', () => {
    expect(claimants.map(({ id, asked }) => [id, asked])).to.deep.equal([
      ['a/asked', ['10.97.0.9']],
      ['a/plain', []],
    ])
  })

  it('are none before a Gateway is served', () => {
    expect(needsOf(claimants, [])).to.deep.equal([])
    expect(needsOf(claimants, [proxy('a/plain')]).map(({ id }) => id)).to.deep.equal(['a/plain'])
  })

  it('name the ports that are bound, each once and in order', () => {
    const served = proxy('a/plain', [443, 'TCP'], [80, 'TCP'], [53, 'UDP'], [53, 'TCP'], [80, 'TCP'])
    expect(needsOf(claimants, [served])[0]?.ports).to.deep.equal([
      { port: 53, protocol: 'TCP' },
      { port: 53, protocol: 'UDP' },
      { port: 80, protocol: 'TCP' },
      { port: 443, protocol: 'TCP' },
    ])
  })

  it('name those of the Gateway while none is bound: a Service needs one', () => {
    expect(needsOf(claimants, [proxy('a/plain')])[0]?.ports).to.deep.equal([
      { port: 53, protocol: 'UDP' },
      { port: 80, protocol: 'TCP' },
    ])
  })

  it('bring labels and annotations along', () => {
    const [asked, plain] = needsOf(claimants, [proxy('a/plain'), proxy('a/asked')])
    expect([asked?.labels, asked?.annotations]).to.deep.equal([{ team: 'shop' }, { note: 'x' }])
    expect([plain?.labels, plain?.annotations]).to.deep.equal([{}, {}])
  })
})

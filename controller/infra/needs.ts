// Which Gateways want an address, and what is to be made for those that are served. In: a snapshot, and what has been
// translated of it. Out: what infrastructure is asked for.
import type { Proxy as ProxyIr } from '../ir/ir.ts'
import type { Gateway } from '../model/kinds.ts'
import type { Snapshot } from '../store/snapshot.ts'
import { classesOf } from '../translate/classes.ts'
import type { Claimant, GatewayNeeds } from './infrastructure.ts'

const idOf = ({ metadata }: Gateway): string => `${metadata.namespace}/${metadata.name}`

export const claimantsOf = (snapshot: Pick<Snapshot, 'list'>, controllerName: string): Claimant[] => {
  const { accepted } = classesOf(snapshot.list('GatewayClass'), { controllerName })
  return snapshot
    .list('Gateway')
    .filter(gateway => accepted.has(gateway.spec.gatewayClassName))
    .map(gateway => ({
      id: idOf(gateway),
      gateway,
      asked: (gateway.spec.addresses ?? []).flatMap(({ value }) => (value ? [value] : [])),
    }))
}

export const needsOf = (claimants: readonly Claimant[], proxies: readonly ProxyIr[]): GatewayNeeds[] => {
  const served = new Map(proxies.map(proxy => [proxy.id, proxy]))
  return claimants.flatMap((claimant): GatewayNeeds[] => {
    const proxy = served.get(claimant.id)
    if (!proxy) return []
    const { labels = {}, annotations = {} } = (claimant.gateway as Gateway).spec.infrastructure ?? {}
    return [{ ...claimant, ports: portsOf(claimant.gateway as Gateway, proxy), labels, annotations }]
  })
}

/** Those that Envoy binds; a Service needs one at least, so before there is any those that the Gateway names. */
const portsOf = (gateway: Gateway, { listeners }: ProxyIr): GatewayNeeds['ports'] => {
  const bound = listeners.map(({ port, transport }) => ({ port, protocol: transport }))
  const named = gateway.spec.listeners.map(({ port, protocol }) => ({
    port,
    protocol: protocol === 'UDP' ? ('UDP' as const) : ('TCP' as const),
  }))
  const unique = new Map((bound.length > 0 ? bound : named).map(port => [`${port.protocol}/${port.port}`, port]))
  return [...unique.values()].sort((a, b) => a.port - b.port || (a.protocol < b.protocol ? -1 : 1))
}

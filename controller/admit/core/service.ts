// Services (kubernetes, pkg/apis/core/validation and v1/defaults.go): ports, types and policies. Which addresses, families
// and node ports are free is the cluster's to say; what is said to load balancers only, theirs.
import type { Service, ServicePort } from '../../model/kinds.ts'
import { duplicate, type Fault, forbidden, invalid, required, unsupported } from '../fault.ts'
import { isDns1123Label, isDns1123Subdomain } from '../names.ts'
import { child, type Path, stepsOf, textOf } from '../path.ts'
import { checkIP, checkReachable } from './address.ts'
import {
  type BuiltIn,
  checkAppProtocol,
  checkLabel,
  checkLabels,
  checkOneOf,
  checkPort,
  checkPortOrName,
  checkProtocol,
} from './kind.ts'

type Spec = Partial<NonNullable<Service['spec']>>

const SPEC = child(undefined, 'spec')
const at = (field: string): Path => child(SPEC, field)
const PORTS = at('ports')

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']
const THREE_HOURS = 10_800
const ONE_DAY = 86_400

export const service: BuiltIn = {
  // Since 1.36 (KEP-5311); before, a name could not begin with a digit.
  nameProblems: isDns1123Label,
  complete: object => {
    const own = object as Service
    own.spec ??= {}
    const { spec } = own
    spec.type ||= 'ClusterIP'
    spec.sessionAffinity ||= 'None'
    completeAffinity(spec)
    for (const port of spec.ports ?? []) {
      port.port ??= 0
      port.protocol ||= 'TCP'
      port.targetPort ||= port.port
    }
  },
  check: object => {
    const { spec = {} } = object as Service
    // Addresses are allocated before anything else is looked at.
    const addresses = checkClusterIPs(spec)
    if (addresses.length > 0) return addresses
    const { ports = [] } = spec
    const faults = [...checkType(spec), ...checkLabels(at('selector'), spec.selector), ...checkAffinity(spec)]
    const names = new Set<string>()
    for (const [i, port] of ports.entries()) {
      faults.push(...checkServicePort(port, ports.length > 1, names, child(PORTS, i)))
    }
    faults.push(...checkTwins(ports), ...checkExternalIPs(spec), ...checkPolicies(spec))
    return faults
  },
}

const completeAffinity = (spec: Spec): void => {
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig
  if (spec.sessionAffinity !== 'ClientIP') return
  const timeoutSeconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? THREE_HOURS
  spec.sessionAffinityConfig = { clientIP: { timeoutSeconds } }
}

const clusterIPsOf = ({ clusterIP, clusterIPs = [] }: Spec): string[] =>
  clusterIP && clusterIPs.length === 0 ? [clusterIP] : clusterIPs

const isHeadless = (spec: Spec): boolean => {
  const addresses = clusterIPsOf(spec)
  return addresses.length === 1 && addresses[0] === 'None'
}

const checkClusterIPs = (spec: Spec): Fault[] => {
  if (spec.type === 'ExternalName') return []
  const path = at('clusterIPs')
  const addresses = clusterIPsOf(spec)
  const faults: Fault[] = []
  if (spec.clusterIP && addresses[0] !== spec.clusterIP)
    faults.push(invalid(path, addresses, 'first value must match `clusterIP`'))
  for (const [i, family] of (spec.ipFamilies ?? []).entries()) {
    faults.push(...checkOneOf(child(at('ipFamilies'), i), family, ['IPv4', 'IPv6']))
    if (spec.ipFamilies?.indexOf(family) !== i) faults.push(duplicate(child(at('ipFamilies'), i), family))
  }
  faults.push(
    ...checkOneOf(at('ipFamilyPolicy'), spec.ipFamilyPolicy, ['PreferDualStack', 'RequireDualStack', 'SingleStack']),
  )
  for (const [i, address] of addresses.entries()) {
    if (i > 0 || address !== 'None') faults.push(...checkIP(child(path, i), address))
    else if (addresses.length > 1) faults.push(invalid(path, addresses, "'None' must be the first and only value"))
  }
  return faults
}

const checkType = (spec: Spec): Fault[] => {
  const { type = '', ports = [] } = spec
  const faults = checkOneOf(at('type'), type, TYPES)
  if (ports.length === 0 && !isHeadless(spec) && type !== 'ExternalName') faults.push(required(PORTS))
  if ((type === 'LoadBalancer' || type === 'NodePort') && isHeadless(spec)) {
    faults.push(invalid(child(at('clusterIPs'), 0), 'None', `may not be set to 'None' for ${type} services`))
  }
  if (type === 'ClusterIP') {
    for (const [i, { nodePort }] of ports.entries()) {
      if (nodePort)
        faults.push(forbidden(child(child(PORTS, i), 'nodePort'), "may not be used when `type` is 'ClusterIP'"))
    }
  }
  return type === 'ExternalName' ? [...faults, ...checkExternalName(spec)] : faults
}

const checkExternalName = (spec: Spec): Fault[] => {
  const detail = 'may not be set for ExternalName services'
  const faults: Fault[] = []
  if (clusterIPsOf(spec).length > 0) faults.push(forbidden(at('clusterIPs'), detail))
  if (spec.ipFamilies?.length) faults.push(forbidden(at('ipFamilies'), detail))
  if (spec.ipFamilyPolicy !== undefined) faults.push(forbidden(at('ipFamilyPolicy'), detail))
  const name = (spec.externalName ?? '').replace(/\.$/, '')
  if (name === '') return [...faults, required(at('externalName'))]
  return [...faults, ...isDns1123Subdomain(name).map(problem => invalid(at('externalName'), name, problem))]
}

const checkAffinity = ({ sessionAffinity, sessionAffinityConfig }: Spec): Fault[] => {
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds
  const faults = checkOneOf(at('sessionAffinity'), sessionAffinity, ['ClientIP', 'None'])
  if (sessionAffinity !== 'ClientIP' || seconds === undefined || (seconds > 0 && seconds <= ONE_DAY)) return faults
  const path = child(child(at('sessionAffinityConfig'), 'clientIP'), 'timeoutSeconds')
  return [...faults, invalid(path, seconds, `must be greater than 0 and less than ${ONE_DAY}`)]
}

const checkServicePort = (port: ServicePort, needsName: boolean, names: Set<string>, path: Path): Fault[] => {
  const faults: Fault[] = []
  const own = (field: string): Path => child(path, field)
  const { name = '', targetPort = port.port } = port
  if (name !== '') {
    faults.push(...checkLabel(own('name'), name))
    if (names.has(name)) faults.push(duplicate(own('name'), name))
    names.add(name)
  } else if (needsName) faults.push(required(own('name')))
  faults.push(...checkPort(own('port'), port.port))
  faults.push(...checkProtocol(own('protocol'), port.protocol))
  faults.push(...checkPortOrName(own('targetPort'), targetPort))
  faults.push(...checkAppProtocol(own('appProtocol'), port.appProtocol))
  return faults
}

/** The same port of the same protocol twice. */
const checkTwins = (ports: readonly ServicePort[]): Fault[] => {
  const seen = new Set<string>()
  return ports.flatMap(({ port, protocol = '' }, i) => {
    const twin = goServicePort(protocol, port)
    const isTwin = seen.has(twin)
    seen.add(twin)
    const path = child(PORTS, i)
    const message = `${textOf(path)}: Duplicate value: ${twin}`
    return isTwin ? [{ steps: stepsOf(path), isBlocking: false, message }] : []
  })
}

/** As Go shows the struct that it compares. */
const goServicePort = (protocol: string, port: number): string =>
  JSON.stringify({ Name: '', Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 })

const checkExternalIPs = ({ externalIPs = [] }: Spec): Fault[] =>
  externalIPs.flatMap((address, i) => {
    const path = child(at('externalIPs'), i)
    const faults = checkIP(path, address)
    return faults.length > 0 ? faults : checkReachable(path, address, { loopback: 'refused' })
  })

const checkPolicies = (spec: Spec): Fault[] => {
  const { type = '', externalTrafficPolicy: external = '', internalTrafficPolicy, trafficDistribution } = spec
  const isExternal = /^(LoadBalancer|NodePort)$/.test(type) || (type === 'ClusterIP' && !!spec.externalIPs?.length)
  const policies = ['Cluster', 'Local']
  const faults: Fault[] = []
  if (!isExternal && external !== '') {
    const detail = 'may only be set for externally-accessible services'
    faults.push(invalid(at('externalTrafficPolicy'), external, detail))
  }
  if (isExternal && external !== '') faults.push(...checkOneOf(at('externalTrafficPolicy'), external, policies))
  if (internalTrafficPolicy !== undefined && !policies.includes(internalTrafficPolicy))
    faults.push(unsupported(at('internalTrafficPolicy'), internalTrafficPolicy, policies))
  const distributions = ['PreferClose', 'PreferSameZone', 'PreferSameNode']
  if (trafficDistribution !== undefined && !distributions.includes(trafficDistribution))
    faults.push(unsupported(at('trafficDistribution'), trafficDistribution, distributions))
  return faults
}

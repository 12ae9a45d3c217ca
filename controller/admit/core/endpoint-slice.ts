// EndpointSlices (kubernetes, pkg/apis/discovery/validation and v1/defaults.go). One departure: loopback addresses are
// allowed, as backends of a directory live on this machine.
import type { Endpoint, EndpointPort, EndpointSlice } from '../../model/kinds.ts'
import { duplicate, type Fault, invalid, required, tooMany, unsupported } from '../fault.ts'
import { isIPv4 } from '../format.ts'
import { isDns1123Label, isDns1123Subdomain, isLabelValue, type Problems } from '../names.ts'
import { child, type Path, stepsOf } from '../path.ts'
import { checkCanonicalIP, checkIP, checkReachable } from './address.ts'
import { type BuiltIn, checkAppProtocol, checkLabel, checkProtocol } from './kind.ts'

const ADDRESS_TYPES = ['FQDN', 'IPv4', 'IPv6']
const MAX_ENDPOINTS = 1000
const MAX_ADDRESSES = 100
const MAX_PORTS = 20_000
const MAX_HINTS = 8

export const endpointSlice: BuiltIn = {
  nameProblems: isDns1123Subdomain,
  complete: object => {
    for (const port of (object as EndpointSlice).ports ?? []) {
      port.name ??= ''
      port.protocol ??= 'TCP'
    }
  },
  check: object => {
    const { addressType = '', endpoints = [], ports = [] } = object as Partial<EndpointSlice>
    const at = (field: string): Path => child(undefined, field)
    const faults: Fault[] = []
    if (addressType === '') faults.push(required(at('addressType')))
    else if (!ADDRESS_TYPES.includes(addressType)) {
      faults.push(unsupported(at('addressType'), addressType, ADDRESS_TYPES))
    }
    faults.push(...checkPorts(ports, at('ports')))
    if (endpoints.length > MAX_ENDPOINTS) faults.push(tooMany(at('endpoints'), endpoints.length, MAX_ENDPOINTS))
    else {
      for (const [i, endpoint] of endpoints.entries()) {
        faults.push(...checkEndpoint(endpoint, addressType, child(at('endpoints'), i)))
      }
    }
    return faults
  },
}

const checkPorts = (ports: readonly EndpointPort[], path: Path): Fault[] => {
  if (ports.length > MAX_PORTS) return [tooMany(path, ports.length, MAX_PORTS)]
  const names = new Set<string>()
  return ports.flatMap(({ name = '', protocol = 'TCP', appProtocol }, i) => {
    const at = (field: string): Path => child(child(path, i), field)
    const faults = name === '' ? [] : checkLabel(at('name'), name)
    if (names.has(name)) faults.push(duplicate(at('name'), name))
    names.add(name)
    return [...faults, ...checkProtocol(at('protocol'), protocol), ...checkAppProtocol(at('appProtocol'), appProtocol)]
  })
}

const checkEndpoint = (endpoint: Partial<Endpoint>, addressType: string, path: Path): Fault[] => {
  const { addresses = [], hostname, hints, nodeName } = endpoint
  const at = child(path, 'addresses')
  const faults: Fault[] = []
  if (addresses.length === 0) faults.push(required(at, 'must contain at least 1 address'))
  if (addresses.length > MAX_ADDRESSES) faults.push(tooMany(at, addresses.length, MAX_ADDRESSES))
  for (const [i, address] of addresses.entries()) faults.push(...checkAddress(address, addressType, at, child(at, i)))
  if (nodeName !== undefined) {
    faults.push(...isDns1123Subdomain(nodeName).map(p => invalid(child(path, 'nodeName'), nodeName, p)))
  }
  if (hostname !== undefined) faults.push(...checkLabel(child(path, 'hostname'), hostname))
  if (hints !== undefined) faults.push(...checkHints(hints, child(path, 'hints')))
  return faults
}

const checkAddress = (address: string, addressType: string, list: Path, path: Path): Fault[] => {
  if (addressType === 'FQDN') return checkDomain(address, path)
  if (addressType !== 'IPv4' && addressType !== 'IPv6') return []
  const faults = addressType === 'IPv4' ? checkIP(path, address) : checkCanonicalIP(path, address)
  if (faults.length > 0) return faults
  const fits = addressType === 'IPv4' ? isIPv4(address) : !isIPv4(address)
  if (!fits) faults.push({ ...invalid(list, address, `must be an ${addressType} address`), steps: stepsOf(path) })
  return [...faults, ...checkReachable(path, address, { loopback: 'allowed' })]
}

const checkDomain = (address: string, path: Path): Fault[] => {
  if (address === '') return [required(path)]
  const name = address.replace(/\.$/, '')
  const problems = isDns1123Subdomain(name)
  if (problems.length > 0) return [invalid(path, name, problems.join(','))]
  const labels = name.split('.')
  if (labels.length < 2) {
    return [invalid(path, name, 'should be a domain with at least two segments separated by dots')]
  }
  const bad = labels.find(label => isDns1123Label(label).length > 0)
  return bad === undefined ? [] : [invalid(path, bad, isDns1123Label(bad).join(','))]
}

const checkHints = ({ forZones = [], forNodes = [] }: NonNullable<Endpoint['hints']>, path: Path): Fault[] => [
  ...checkHint(forZones, child(path, 'forZones'), isLabelValue),
  ...checkHint(forNodes, child(path, 'forNodes'), isDns1123Subdomain),
]

const checkHint = (
  hints: readonly { name?: string }[],
  path: Path,
  problemsOf: (name: string) => Problems,
): Fault[] => {
  if (hints.length > MAX_HINTS) return [tooMany(path, hints.length, MAX_HINTS)]
  const names = hints.map(({ name = '' }) => name)
  return names.flatMap((name, i) => {
    const at = child(child(path, i), 'name')
    const faults = problemsOf(name).map(problem => invalid(at, name, problem))
    return names.indexOf(name) === i ? faults : [duplicate(at, name), ...faults]
  })
}

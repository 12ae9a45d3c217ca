// EndpointSlices (kubernetes, pkg/apis/discovery/validation and v1/defaults.go). One departure: loopback addresses are
// allowed, as backends of a directory live on this machine.
import type { Endpoint, EndpointPort, EndpointSlice } from '../../model/kinds.ts'
import { duplicate, type Fault, invalid, required, tooMany, unsupported } from '../fault.ts'
import { isIPv4, isIPv6 } from '../format.ts'
import { isDns1123Subdomain } from '../names.ts'
import { child, type Path } from '../path.ts'
import { type BuiltIn, checkAppProtocol, checkLabel, checkProtocol } from './kind.ts'

const ADDRESS_TYPES = ['FQDN', 'IPv4', 'IPv6']
const MAX_ENDPOINTS = 1000
const MAX_ADDRESSES = 100
const MAX_PORTS = 20_000

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
  const { addresses = [], hostname } = endpoint
  const at = child(path, 'addresses')
  const faults: Fault[] = []
  if (addresses.length === 0) faults.push(required(at, 'must contain at least 1 address'))
  if (addresses.length > MAX_ADDRESSES) faults.push(tooMany(at, addresses.length, MAX_ADDRESSES))
  for (const [i, address] of addresses.entries()) {
    const problem = problemOf(address, addressType)
    if (problem) faults.push(invalid(child(at, i), address, problem))
  }
  if (hostname !== undefined) faults.push(...checkLabel(child(path, 'hostname'), hostname))
  return faults
}

const problemOf = (address: string, addressType: string): string | undefined => {
  if (addressType === 'FQDN') return isDns1123Subdomain(address)[0]
  if (addressType !== 'IPv4' && addressType !== 'IPv6') return undefined
  if (!isIPv4(address) && !isIPv6(address)) return 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'
  const fits = addressType === 'IPv4' ? isIPv4(address) : isIPv6(address)
  return fits ? undefined : `must be an ${addressType} address`
}

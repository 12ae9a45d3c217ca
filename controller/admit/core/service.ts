// Services (kubernetes, pkg/apis/core/validation and v1/defaults.go): ports and types; addresses are the cluster's.
import type { Service, ServicePort } from '../../model/kinds.ts'
import { duplicate, type Fault, required, unsupported } from '../fault.ts'
import { isDns1035Label } from '../names.ts'
import { child, type Path } from '../path.ts'
import { type BuiltIn, checkAppProtocol, checkLabel, checkPort, checkPortOrName, checkProtocol } from './kind.ts'

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']
const SPEC = child(undefined, 'spec')

export const service: BuiltIn = {
  nameProblems: isDns1035Label,
  complete: object => {
    const { spec } = object as Service
    if (spec === undefined) return
    spec.type ||= 'ClusterIP'
    spec.sessionAffinity ||= 'None'
    for (const port of spec.ports ?? []) {
      port.port ??= 0
      port.protocol ||= 'TCP'
      port.targetPort ||= port.port
    }
  },
  check: object => {
    const { spec = {} } = object as Service
    const { ports = [], type = 'ClusterIP' } = spec
    const path = child(SPEC, 'ports')
    const faults: Fault[] = []
    if (ports.length === 0 && spec.clusterIP !== 'None' && type !== 'ExternalName') faults.push(required(path))
    const names = new Set<string>()
    for (const [i, port] of ports.entries())
      faults.push(...checkServicePort(port, ports.length > 1, names, child(path, i)))
    if (!TYPES.includes(type)) faults.push(unsupported(child(SPEC, 'type'), type, TYPES))
    if (type === 'ExternalName' && !spec.externalName) faults.push(required(child(SPEC, 'externalName')))
    const seen = new Set<string>()
    for (const [i, { port, protocol }] of ports.entries()) {
      const key = `${protocol}/${port}`
      if (seen.has(key)) faults.push(duplicate(child(path, i), { protocol, port }))
      seen.add(key)
    }
    return faults
  },
}

const checkServicePort = (port: ServicePort, needsName: boolean, names: Set<string>, path: Path): Fault[] => {
  const faults: Fault[] = []
  const at = (field: string): Path => child(path, field)
  const { name = '', targetPort = port.port } = port
  if (name !== '') {
    faults.push(...checkLabel(at('name'), name))
    if (names.has(name)) faults.push(duplicate(at('name'), name))
    names.add(name)
  } else if (needsName) faults.push(required(at('name')))
  faults.push(...checkPort(at('port'), port.port))
  faults.push(...checkProtocol(at('protocol'), port.protocol))
  if (targetPort !== port.port) faults.push(...checkPortOrName(at('targetPort'), targetPort))
  faults.push(...checkAppProtocol(at('appProtocol'), port.appProtocol))
  return faults
}

// The listeners of a Gateway and of its ListenerSets in, in order of precedence; the same out, with the faults that
// neighbours cause: two that no request could tell apart, and two that would bind one port.
import { covers } from './hostnames.ts'
import { type ListenerFault, type ListenerModel, serves } from './listener.ts'

/**
 * Among a Gateway's own listeners nobody wins ("MUST NOT pick one conflicting Listener as the winner"); those of
 * ListenerSets yield to whoever comes first (ListenerSetSpec.listeners).
 */
export const withConflicts = (
  own: readonly ListenerModel[],
  sets: readonly (readonly ListenerModel[])[],
  boundPort: (port: number) => number,
): { own: ListenerModel[]; sets: ListenerModel[][] } => {
  const judged = own.map(listener => faulted(listener, faultAmong(listener, own, boundPort)))
  const standing = judged.filter(listener => listener.fault === undefined)
  const judgedSets = sets.map(set =>
    set.map(listener => {
      const result = faulted(listener, faultAmong(listener, standing, boundPort))
      if (!result.fault) standing.push(result)
      return result
    }),
  )
  const all = [...judged, ...judgedSets.flat()]
  return {
    own: judged.map(listener => overlapping(listener, all)),
    sets: judgedSets.map(set => set.map(listener => overlapping(listener, all))),
  }
}

const faulted = (listener: ListenerModel, fault: ListenerFault | undefined): ListenerModel =>
  fault && !listener.fault ? { ...listener, fault } : listener

/** "Implementations SHOULD be cautious about what information from the parent or siblings are reported". */
const nameFor = (reader: ListenerModel, { owner, name }: ListenerModel): string =>
  owner.namespace === reader.owner.namespace
    ? `listener ${name} of ${owner.kind} ${owner.namespace}/${owner.name}`
    : 'a listener of another namespace'

const faultAmong = (
  listener: ListenerModel,
  others: readonly ListenerModel[],
  boundPort: (port: number) => number,
): ListenerFault | undefined => {
  // What is not served is in nobody's way.
  if (listener.fault) return undefined
  let fault: ListenerFault | undefined
  for (const other of others) {
    if (other === listener || (other.fault && !isConflict(other.fault))) continue
    if (transportOf(other) !== transportOf(listener)) continue
    if (other.port === listener.port && !areTellable(listener, other))
      return {
        reason: 'ProtocolConflict',
        message: `port ${listener.port} is ${other.protocol} for ${nameFor(listener, other)}; use another port${layerOf(other) === layerOf(listener) ? ' or hostname' : ' or the same protocol'}`,
      }
    if (other.port === listener.port && other.hostname === listener.hostname)
      fault = {
        reason: 'HostnameConflict',
        message: `${nameFor(listener, other)} has the same port, protocol and hostname; change one of them`,
      }
    // Only the port that is moved gives way: the other one is bound where its object says.
    if (other.port !== listener.port && boundPort(other.port) === boundPort(listener.port)) {
      if (boundPort(listener.port) !== listener.port)
        fault ??= {
          reason: 'PortUnavailable',
          message: `port ${listener.port} would be bound as ${boundPort(listener.port)}, which ${nameFor(listener, other)} uses; use another port or port offset`,
        }
    }
  }
  return fault
}

export const transportOf = ({ protocol }: ListenerModel): 'TCP' | 'UDP' => (protocol === 'UDP' ? 'UDP' : 'TCP')

/** HTTPS and other TLS share a port: the server name of the handshake tells them apart. */
const layerOf = ({ protocol }: ListenerModel): string => (protocol === 'HTTPS' ? 'TLS' : protocol)

const areTellable = (a: ListenerModel, b: ListenerModel): boolean =>
  a.protocol === b.protocol || (layerOf(a) === layerOf(b) && a.hostname !== b.hostname)

const isConflict = (fault: ListenerFault): boolean =>
  fault.reason === 'ProtocolConflict' || fault.reason === 'HostnameConflict'

/** ListenerConditionOverlappingTLSConfig: a connection for one may be reused for requests to the other. */
const overlapping = (listener: ListenerModel, all: readonly ListenerModel[]): ListenerModel => {
  if (listener.protocol !== 'HTTPS' || !serves(listener)) return listener
  const others = all.filter(
    other =>
      other !== listener &&
      other.protocol === 'HTTPS' &&
      other.port === listener.port &&
      serves(other) &&
      (covers(other.hostname, listener.hostname) || covers(listener.hostname, other.hostname)),
  )
  if (others.length === 0) return listener
  return {
    ...listener,
    overlaps: `Hostnames overlap with those of ${others.map(other => nameFor(listener, other)).join(', ')}; requests that a connection was not made for get 421`,
  }
}

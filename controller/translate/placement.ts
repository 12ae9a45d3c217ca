// Gateways in; the addresses and ports that each is really bound to, out (CONTRACT: addresses in directory mode, and
// the ones that a cluster's infrastructure gave). An address that was given once is kept: the book goes in and comes out.
import type { ProxyId } from '../ir/ir.ts'
import type { Gateway } from '../model/kinds.ts'

/** `namespace/name` of a Gateway to the loopback address it was given. */
export type AddressBook = ReadonlyMap<string, string>

export type Placement =
  /** One Envoy for all Gateways; they are told apart by address where they share a port. */
  | { type: 'Shared'; proxy: ProxyId; portOffset: number; book: AddressBook; isUsable(address: string): boolean }
  /** One Envoy each, `namespace/name`; addresses as the infrastructure reports them, by `namespace/name`. */
  | {
      type: 'PerGateway'
      portOffset: number
      addresses: ReadonlyMap<string, GatewayAddresses>
      /** `Reported`: many share a machine, and each binds its own addresses alone. Default: `Any`. */
      binds?: 'Any' | 'Reported'
    }

export type GatewayAddresses = { addresses: string[]; problem?: never } | { addresses?: never; problem: AddressProblem }

export interface AddressProblem {
  reason: 'AddressNotAssigned' | 'AddressNotUsable' | 'NoResources'
  message: string
}

export interface PlacedGateway {
  proxy: ProxyId
  /** What the outside sees: `status.addresses`. */
  reported: string[]
  /** What Envoy binds. */
  bound: string[]
  problem?: AddressProblem
}

/** A Gateway and the ports that it binds. */
export interface PlacementRequest {
  gateway: Gateway
  boundPorts: ReadonlySet<number>
}

/** Every port below 1024 moves by the offset, so that no privilege is needed. */
export const boundPort = (port: number, offset: number): number => (port < 1024 ? port + offset : port)

/** `requests` are ordered by namespace, then name. */
export const place = (
  requests: readonly PlacementRequest[],
  placement: Placement,
): { placed: ReadonlyMap<Gateway, PlacedGateway>; book: AddressBook } =>
  placement.type === 'Shared'
    ? placeTogether(requests, placement)
    : { placed: new Map(requests.map(({ gateway }) => [gateway, placeAlone(gateway, placement)])), book: new Map() }

const nameOf = ({ metadata }: Gateway): string => `${metadata.namespace}/${metadata.name}`

const ANY_ADDRESS = '0.0.0.0'

const placeAlone = (gateway: Gateway, placement: Extract<Placement, { type: 'PerGateway' }>): PlacedGateway => {
  const proxy = nameOf(gateway)
  const { addresses: reported = [], problem = unassigned } = placement.addresses.get(proxy) ?? {}
  const bound = placement.binds === 'Reported' ? reported : [ANY_ADDRESS]
  return reported.length > 0 ? { proxy, reported, bound } : { proxy, reported, bound, problem }
}

const unassigned: AddressProblem = { reason: 'AddressNotAssigned', message: 'No address has been assigned yet' }

type Taken = Map<string, Map<number, string>>

const placeTogether = (
  requests: readonly PlacementRequest[],
  { proxy, book, isUsable }: Extract<Placement, { type: 'Shared' }>,
) => {
  const placed = new Map<Gateway, PlacedGateway>()
  const taken: Taken = new Map()
  const nextBook = new Map(book)
  // Who asks for an address by name comes first, then who already has one, then the new ones.
  const asked = requests.filter(request => explicit(request.gateway).length > 0)
  const rest = requests.filter(request => explicit(request.gateway).length === 0)
  const kept = rest.filter(request => book.has(nameOf(request.gateway)))
  for (const request of asked) placed.set(request.gateway, placeAsked(request, proxy, taken, isUsable))
  for (const request of [...kept, ...rest.filter(request => !kept.includes(request))]) {
    const name = nameOf(request.gateway)
    const address = freeAddress(request, taken, nextBook.get(name))
    nextBook.set(name, address)
    take(taken, address, request)
    placed.set(request.gateway, { proxy, reported: [address], bound: [address] })
  }
  return { placed, book: nextBook }
}

const explicit = ({ spec }: Gateway): string[] =>
  (spec.addresses ?? []).flatMap(address => (address.value ? [address.value] : []))

const placeAsked = (
  request: PlacementRequest,
  proxy: ProxyId,
  taken: Taken,
  isUsable: (address: string) => boolean,
): PlacedGateway => {
  const good: string[] = []
  const problems: string[] = []
  for (const [index, { value: address }] of (request.gateway.spec.addresses ?? []).entries()) {
    if (!address) continue
    const at = `spec.addresses[${index}]`
    const owner = ownerOf(taken, address, request)
    if (!isUsable(address)) problems.push(`${at}: ${address} is no address of this machine; use one that is`)
    else if (owner !== undefined)
      problems.push(`${at}: Gateway ${owner} has a port of this one on ${address}; use another address or port`)
    else {
      good.push(address)
      take(taken, address, request)
    }
  }
  return {
    proxy,
    reported: good,
    bound: good,
    ...(problems.length > 0 ? { problem: { reason: 'AddressNotUsable' as const, message: problems.join('. ') } } : {}),
  }
}

const ownerOf = (taken: Taken, address: string, { boundPorts }: PlacementRequest): string | undefined => {
  const ports = taken.get(address)
  for (const port of boundPorts) if (ports?.has(port)) return ports.get(port)
  return undefined
}

const take = (taken: Taken, address: string, { gateway, boundPorts }: PlacementRequest): void => {
  const ports = taken.get(address) ?? new Map<number, string>()
  for (const port of boundPorts) ports.set(port, nameOf(gateway))
  taken.set(address, ports)
}

const freeAddress = (request: PlacementRequest, taken: Taken, kept: string | undefined): string => {
  if (kept !== undefined && ownerOf(taken, kept, request) === undefined) return kept
  for (let n = 1; n < 65_000; n++) {
    const address = `127.0.${n >> 8}.${n & 255}`
    if (ownerOf(taken, address, request) === undefined) return address
  }
  return '127.0.0.1'
}

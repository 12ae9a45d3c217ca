// Addresses for Gateways out of ranges of this machine (`--address-pool`). In: ranges, who holds what, who asks. Out:
// one list of addresses for each Gateway, or why it gets none. What is held is kept; nobody gets another's address.
import { BlockList, isIPv4 } from 'node:net'
import type { GatewayAddresses } from '../../translate/placement.ts'

export interface Pool {
  contains(address: string): boolean
  /** In ascending order, without network and broadcast addresses. */
  all(): Iterable<string>
}

/** @param ranges IPv4, `10.97.0.0/16` or a single address; throws for anything else */
export const poolOf = (ranges: readonly string[]): Pool => {
  const parsed = ranges.map(rangeOf)
  const list = new BlockList()
  for (const { first, bits } of parsed) list.addSubnet(text(first), bits)
  return {
    contains: address => isIPv4(address) && list.check(address),
    *all() {
      for (const { first, bits } of parsed) {
        const size = 2 ** (32 - bits)
        const edge = size > 2 ? 1 : 0
        for (let n = edge; n < size - edge; n++) yield text(first + n)
      }
    },
  }
}

const rangeOf = (range: string): { first: number; bits: number } => {
  const [address = '', length = '32'] = range.split('/')
  const bits = Number(length)
  if (!isIPv4(address) || !/^\d{1,2}$/.test(length) || bits > 32)
    throw new Error(`${range} is no range of IPv4 addresses; write it like 10.97.0.0/16`)
  const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  return { first: number - (number % 2 ** (32 - bits)), bits }
}

const text = (number: number): string =>
  [number / 2 ** 24, number / 2 ** 16, number / 2 ** 8, number].map(part => Math.floor(part) % 256).join('.')

export interface Claim {
  id: string
  /** What `spec.addresses` names; empty: any address will do. */
  asked: readonly string[]
  /** What it was given before. */
  held: readonly string[]
}

/** `claims` are in order of precedence: the first to hold or ask for an address gets it. */
export const allocate = (pool: Pool, claims: readonly Claim[]): Map<string, GatewayAddresses> => {
  const owners = new Map<string, string>()
  const result = new Map<string, GatewayAddresses>()
  const own = (id: string, addresses: readonly string[]): void => {
    for (const address of addresses) owners.set(address, id)
    result.set(id, { addresses: [...addresses] })
  }
  const isFree = (address: string, id: string): boolean => (owners.get(address) ?? id) === id

  for (const { id, asked, held } of claims) {
    const keeps = held.length > 0 && held.every(address => pool.contains(address) && isFree(address, id))
    if (keeps && (asked.length === 0 || sameSet(asked, held))) own(id, held)
  }
  for (const { id, asked } of claims) {
    if (asked.length === 0 || result.has(id)) continue
    const unusable = asked.filter(address => !pool.contains(address) || !isFree(address, id))
    if (unusable.length === 0) own(id, asked)
    else result.set(id, { problem: { reason: 'AddressNotUsable', message: whyNot(unusable, owners) } })
  }
  const free = pool.all()[Symbol.iterator]()
  for (const { id } of claims) {
    if (result.has(id)) continue
    let next = free.next()
    while (!next.done && owners.has(next.value)) next = free.next()
    if (!next.done) own(id, [next.value])
    else
      result.set(id, {
        problem: {
          reason: 'NoResources',
          message: 'The address pool is exhausted; give the controller a larger --address-pool',
        },
      })
  }
  return result
}

const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every(value => b.includes(value))

const whyNot = (unusable: readonly string[], owners: ReadonlyMap<string, string>): string =>
  unusable
    .map(address => {
      const owner = owners.get(address)
      return owner === undefined
        ? `${address} is not in the address pool; use one that is`
        : `${address} belongs to Gateway ${owner}; use another`
    })
    .join('. ')

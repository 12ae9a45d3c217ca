import { expect } from 'chai'
import type { Gateway } from '../../controller/model/kinds.ts'
import { type AddressBook, boundPort, type Placement, place } from '../../controller/translate/placement.ts'

const gateway = (name: string, addresses?: string[]): Gateway => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  metadata: { name, namespace: 'default' },
  spec: {
    gatewayClassName: 'sluice',
    listeners: [],
    ...(addresses ? { addresses: addresses.map(value => ({ type: 'IPAddress', value })) } : {}),
  },
})

const shared = (book: AddressBook = new Map(), isUsable = (_: string) => true): Placement => ({
  type: 'Shared',
  proxy: 'sluice',
  portOffset: 0,
  book,
  isUsable,
})

const placed = (gateways: [Gateway, ...number[]][], placement: Placement) => {
  const requests = gateways.map(([gateway, ...ports]) => ({ gateway, boundPorts: new Set(ports) }))
  const { placed, book } = place(requests, placement)
  return { of: (gateway: Gateway) => placed.get(gateway)!, book }
}

describe('placement on one Envoy', () => {
  const [a, b, c] = [gateway('a'), gateway('b'), gateway('c')]

  it('gives 127.0.0.1 to all that share no port, and the next address to those that do', () => {
    const { of } = placed(
      [
        [a, 80],
        [b, 80, 81],
        [c, 82],
      ],
      shared(),
    )
    expect([a, b, c].map(g => of(g).bound)).to.deep.equal([['127.0.0.1'], ['127.0.0.2'], ['127.0.0.1']])
  })

  it('lets an address that was given stay, whoever comes later', () => {
    const first = placed([[b, 80]], shared())
    const second = placed(
      [
        [a, 80],
        [b, 80],
      ],
      shared(first.book),
    )
    expect(second.of(b).bound).to.deep.equal(['127.0.0.1'])
    expect(second.of(a).bound).to.deep.equal(['127.0.0.2'])
  })

  it('remembers the address of a Gateway that was away', () => {
    const first = placed(
      [
        [a, 80],
        [b, 80],
      ],
      shared(),
    )
    const without = placed([[a, 80]], shared(first.book))
    expect(
      placed(
        [
          [a, 80],
          [b, 80],
        ],
        shared(without.book),
      ).of(b).bound,
    ).to.deep.equal(['127.0.0.2'])
  })

  it('moves the later one when a change makes two share a port', () => {
    const first = placed(
      [
        [a, 80],
        [b, 81],
      ],
      shared(),
    )
    const second = placed(
      [
        [a, 80, 81],
        [b, 81],
      ],
      shared(first.book),
    )
    expect([a, b].map(g => second.of(g).bound[0])).to.deep.equal(['127.0.0.1', '127.0.0.2'])
  })

  it('prefers who asks for an address by name', () => {
    const asks = gateway('z', ['127.0.0.1'])
    const { of } = placed(
      [
        [a, 80],
        [asks, 80],
      ],
      shared(),
    )
    expect(of(asks).bound).to.deep.equal(['127.0.0.1'])
    expect(of(a).bound).to.deep.equal(['127.0.0.2'])
  })

  it('says which address cannot be used, and binds the others', () => {
    const asks = gateway('z', ['10.0.0.1', '127.0.0.5'])
    const { of } = placed(
      [[asks, 80]],
      shared(new Map(), address => address.startsWith('127.')),
    )
    expect(of(asks).problem).to.deep.include({ reason: 'AddressNotUsable' })
    expect(of(asks).problem?.message).to.match(/^spec\.addresses\[0\]: 10\.0\.0\.1 /)
    expect(of(asks).reported).to.deep.equal(['127.0.0.5'])
  })

  it('gives no address twice for the same port', () => {
    const [one, two] = [gateway('x', ['10.0.0.1']), gateway('y', ['10.0.0.1'])]
    const { of } = placed(
      [
        [one, 80],
        [two, 80],
      ],
      shared(),
    )
    expect(of(two).problem?.message).to.contain('Gateway default/x')
    expect(
      placed(
        [
          [one, 80],
          [two, 81],
        ],
        shared(),
      ).of(two).problem,
    ).to.equal(undefined)
  })

  it('goes on beyond 255 addresses', () => {
    const many = Array.from({ length: 300 }, (_, n): [Gateway, number] => [gateway(`g${n}`), 80])
    const { of } = placed(many, shared())
    expect(new Set(many.map(([g]) => of(g).bound[0])).size).to.equal(300)
    expect(of(many[299]![0]).bound).to.deep.equal(['127.0.1.44'])
  })
})

describe('placement on an Envoy each', () => {
  it('binds any address and reports those of the infrastructure', () => {
    const [a, b] = [gateway('a'), gateway('b')]
    const addresses = new Map([['default/a', { addresses: ['192.0.2.1'] }]])
    const { of } = placed(
      [
        [a, 80],
        [b, 80],
      ],
      { type: 'PerGateway', portOffset: 0, addresses },
    )
    expect(of(a)).to.deep.equal({ proxy: 'default/a', reported: ['192.0.2.1'], bound: ['0.0.0.0'] })
    expect(of(b).problem?.reason).to.equal('AddressNotAssigned')
  })
})

describe('a bound port', () => {
  it('moves where binding it takes a privilege, and only there', () => {
    expect([80, 1023, 1024, 8080].map(port => boundPort(port, 10_000))).to.deep.equal([10_080, 11_023, 1024, 8080])
    expect(boundPort(80, 0)).to.equal(80)
  })
})

// Addresses of Gateways.
import { expect } from 'chai'
import { objectName, recordedAddresses, serviceFor } from '../../controller/infra/process/objects.ts'
import { allocate, type Claim, poolOf } from '../../controller/infra/process/pool.ts'

const claim = (id: string, over: Partial<Claim> = {}): Claim => ({ id, asked: [], held: [], ...over })
const given = (ranges: string[], ...claims: Claim[]) =>
  Object.fromEntries(
    [...allocate(poolOf(ranges), claims)].map(([id, { addresses, problem }]) => [
      id,
      addresses?.join() ?? problem?.reason,
    ]),
  )

describe('an address pool', () => {
  it('gives the lowest free addresses, without network and broadcast', () => {
    expect(given(['10.97.0.0/30'], claim('a'), claim('b'), claim('c'))).to.deep.equal({
      a: '10.97.0.1',
      b: '10.97.0.2',
      c: 'NoResources',
    })
    expect(given(['192.0.2.7'], claim('a'))).to.deep.equal({ a: '192.0.2.7' })
  })
  it('leaves everybody what they hold', () => {
    expect(given(['10.97.0.0/24'], claim('a'), claim('b', { held: ['10.97.0.1'] }))).to.deep.equal({
      a: '10.97.0.2',
      b: '10.97.0.1',
    })
  })
  it('gives an address once: the first claim has it', () => {
    const both = { held: ['10.97.0.9'] }
    expect(given(['10.97.0.0/24'], claim('a', both), claim('b', both))).to.deep.equal({
      a: '10.97.0.9',
      b: '10.97.0.1',
    })
    const asked = { asked: ['10.97.0.9'] }
    expect(given(['10.97.0.0/24'], claim('a', asked), claim('b', asked))).to.deep.equal({
      a: '10.97.0.9',
      b: 'AddressNotUsable',
    })
  })
  it('does not give away what somebody asked for by name', () => {
    expect(given(['10.97.0.0/24'], claim('a'), claim('b', { asked: ['10.97.0.1'] }))).to.deep.equal({
      a: '10.97.0.2',
      b: '10.97.0.1',
    })
  })
  it('refuses what is not its own, and lets go of it when the range changed', () => {
    expect(given(['10.97.0.0/24'], claim('a', { asked: ['192.0.2.1'] }))).to.deep.equal({ a: 'AddressNotUsable' })
    expect(given(['10.98.0.0/24'], claim('a', { held: ['10.97.0.1'] }))).to.deep.equal({ a: '10.98.0.1' })
  })
  it('changes to what is asked for now', () => {
    const moved = claim('a', { asked: ['10.97.0.5'], held: ['10.97.0.1'] })
    expect(given(['10.97.0.0/24'], moved)).to.deep.equal({ a: '10.97.0.5' })
  })
  it('refuses ranges that are none', () => {
    for (const bad of ['', '10.0.0.0/33', '10.0.0', 'fe80::/64', '10.0.0.0/x'])
      expect(() => poolOf([bad])).to.throw(bad)
  })
})

describe('the Service of a Gateway', () => {
  const gateway = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'g', namespace: 'a', uid: 'u1' },
  }
  const needs = {
    id: 'a/g',
    gateway,
    asked: [],
    ports: [{ port: 80, protocol: 'TCP' as const }],
    labels: { team: 'x' },
    annotations: { note: 'y' },
  }
  it('carries the labels and annotations of the Gateway’s infrastructure, and its name', () => {
    const { metadata } = serviceFor(needs, ['10.97.0.1'])
    expect(metadata.labels).to.include({ team: 'x', 'gateway.networking.k8s.io/gateway-name': 'g' })
    expect(metadata.annotations).to.include({ note: 'y' })
  })
  it('records addresses for that Gateway alone', () => {
    const service = serviceFor(needs, ['10.97.0.1', '10.97.0.2'])
    expect(recordedAddresses(service, gateway)).to.deep.equal(['10.97.0.1', '10.97.0.2'])
    const anew = { ...gateway, metadata: { ...gateway.metadata, uid: 'u2' } }
    expect(recordedAddresses(service, anew)).to.deep.equal([])
    expect(recordedAddresses(undefined, gateway)).to.deep.equal([])
  })
  it('has a name that a Service may have, whatever the Gateway is called', () => {
    const long = 'x'.repeat(253)
    const names = ['g', long, `${long.slice(0, 200)}y`, 'a.b', 'a-b'].map(objectName)
    for (const name of names) expect(name).to.match(/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/)
    expect(new Set(names).size).to.equal(names.length)
  })
})

// What a RouteConfiguration says for all its routes, and a route that outlives it: a last good form works as it did.
import { expect } from 'chai'
import { carried } from '../../controller/serve/carry.ts'
import { createQuarantine } from '../../controller/serve/quarantine.ts'
import type { Resource } from '../../controller/serve/resource.ts'
import { packAny } from '../../envoy/schema/any.ts'
import type { Any, Route } from '../../envoy/schema/envoy.gen.ts'
import { answers, host } from './world.ts'

const ON: Any = packAny('envoy.config.route.v3.FilterConfig', { config: {} as Any })
const OFF: Any = packAny('envoy.config.route.v3.FilterConfig', { disabled: true })

describe('a route that is carried into another table', () => {
  const route = answers('x')
  const says = (said: Record<string, Any>): Route => ({ ...route, typedPerFilterConfig: said })

  it('says itself what its own table said', () => {
    expect(carried(route, { a: ON })).to.deep.equal(says({ a: ON }))
    expect(carried(says({ b: OFF }), { a: ON, b: ON })).to.deep.equal(says({ a: ON, b: OFF }))
  })

  it('takes nothing of what the other one says', () => {
    expect(carried(route, {}, { a: ON })).to.deep.equal(says({ a: OFF }))
    expect(carried(route, { b: ON }, { a: ON })).to.deep.equal(says({ a: OFF, b: ON }))
    expect(carried(says({ a: ON }), {}, { a: ON })).to.deep.equal(says({ a: ON }))
  })

  it('is the same object where both say the same, or nothing', () => {
    expect(carried(route, { a: ON }, { a: { ...ON } })).to.equal(route)
    expect(carried(route)).to.equal(route)
  })

  it('is one object, however often it is asked for', () => {
    expect(carried(route, { a: ON })).to.equal(carried(route, { a: ON }))
  })
})

describe('a last good form', () => {
  const tableOf = (said: Record<string, Any> | undefined, ...routes: Route[]): Resource => ({
    type: 'RouteConfiguration',
    name: 'r',
    json: { name: 'r', ...(said ? { typedPerFilterConfig: said } : {}) },
    virtualHosts: [host('h', ...routes)],
  })
  const routesIn = (resource: Resource | undefined): readonly Route[] =>
    resource?.type === 'RouteConfiguration' ? (resource.virtualHosts[0]?.routes ?? []) : []
  const refused = { ...answers('new', '/x'), name: 'x' }
  const good = { ...answers('old', '/x'), name: 'x' }
  const condemned = (quarantine: ReturnType<typeof createQuarantine>, resource: Resource): void =>
    quarantine.condemn(
      { type: 'RouteConfiguration', name: 'r', slot: 'RouteConfiguration/r\nh\nx\n0', json: refused, of: resource },
      'no',
    )

  it('runs the filters that its table ran, in a table that runs none', () => {
    const quarantine = createQuarantine()
    quarantine.accept(tableOf({ a: ON }, good))
    const next = tableOf(undefined, refused)
    condemned(quarantine, next)
    expect(routesIn(quarantine.admit(next))).to.deep.equal([{ ...good, typedPerFilterConfig: { a: ON } }])
  })

  it('runs none in a table that runs them, where its own did not', () => {
    const quarantine = createQuarantine()
    quarantine.accept(tableOf(undefined, good))
    const next = tableOf({ a: ON }, refused)
    condemned(quarantine, next)
    expect(routesIn(quarantine.admit(next))).to.deep.equal([{ ...good, typedPerFilterConfig: { a: OFF } }])
  })

  it('does so over a restart', () => {
    const before = createQuarantine()
    before.accept(tableOf({ a: ON }, good))
    condemned(before, tableOf(undefined, refused))
    const after = createQuarantine(before.save())
    expect(routesIn(after.admit(tableOf(undefined, refused)))).to.deep.equal([
      { ...good, typedPerFilterConfig: { a: ON } },
    ])
    expect(routesIn(after.admit(tableOf({ b: ON }, refused)))).to.deep.equal([
      { ...good, typedPerFilterConfig: { a: ON, b: OFF } },
    ])
  })

  it('does so as a whole host, where Envoy does not take the new one', () => {
    const quarantine = createQuarantine()
    quarantine.accept(tableOf({ a: ON }, good))
    const next: Resource = {
      ...tableOf(undefined, good),
      virtualHosts: [{ ...host('h', good), domains: ['!'] }],
    } as Resource
    const { routes: _, ...shell } = { ...host('h', good), domains: ['!'] }
    quarantine.condemn(
      { type: 'RouteConfiguration', name: 'r', slot: 'RouteConfiguration/r\nh', json: shell, of: next },
      'no',
    )
    expect(routesIn(quarantine.admit(next))).to.deep.equal([{ ...good, typedPerFilterConfig: { a: ON } }])
  })
})

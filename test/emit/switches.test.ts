// Which plugins run on a route does not depend on what is said once for its table: whatever the routes, the table and they
// together say what each of them wants.
import { expect } from 'chai'
import fc from 'fast-check'
import { createRouteEmitter } from '../../controller/emit/routes.ts'
import type { HttpChain, Route } from '../../controller/ir/ir.ts'
import type { Any, Route as RouteJson } from '../../envoy/schema/envoy.gen.ts'
import type { HeadersOp, Plan } from '../../filters/plan/plan.ts'
import { DOWNSTREAM, UPSTREAM } from '../../filters/suite/plugins.ts'

const op: HeadersOp = { type: 'Headers', policy: 'a/b', set: [], add: [{ name: 'x', value: '1' }], remove: [] }

interface Kind {
  down: boolean
  up: boolean
  sections: boolean
  act: 'one' | 'split' | 'respond'
}

const planOf = ({ down, up, sections }: Kind): Plan | undefined =>
  down || up || sections
    ? {
        rule: 'a/b#0',
        downstream: { request: [], response: down ? [op] : [] },
        upstream: { request: up ? [op] : [], response: [] },
        clusters: sections ? [{ cluster: 'one', request: [op], response: [] }] : [],
        firstAttemptOnly: false,
      }
    : undefined

const routeOf = (kind: Kind, n: number): Route => {
  const plan = planOf(kind)
  const to = (kind.act === 'split' ? ['one', 'two'] : ['one']).map(backend => ({ backend, weight: 1 }))
  return {
    id: `r${n}`,
    match: { path: { type: 'PathPrefix', value: `/${n}` }, headers: [], query: [] },
    act: kind.act === 'respond' ? { type: 'Respond', status: 404 } : { type: 'Forward', to, timeouts: {} },
    ...(plan ? { plan } : {}),
    origin: { kind: 'HTTPRoute', namespace: 'a', name: 'b' },
  }
}

const chainOf = (kinds: readonly Kind[]): HttpChain => ({
  type: 'HTTP',
  id: 'c',
  serverNames: [],
  hosts: [
    { name: 'a', routes: kinds.slice(0, 3).map(routeOf) },
    { name: 'b', routes: kinds.slice(3).map((kind, n) => routeOf(kind, n + 3)) },
  ],
})

type Said = Record<string, Any> | undefined

/** As Envoy decides: the first that says something; both plugins are `disabled: true` where nobody does. */
const runs = (name: string, ...said: Said[]): boolean => {
  const config = said.find(each => each?.[name])?.[name] as { disabled?: boolean } | undefined
  return config !== undefined && config.disabled !== true
}

const kind = fc.record({
  down: fc.boolean(),
  up: fc.boolean(),
  sections: fc.boolean(),
  act: fc.constantFrom('one' as const, 'split' as const, 'respond' as const),
})

/** Most of them alike. */
const kinds = fc
  .tuple(kind, fc.nat(60), fc.array(kind, { maxLength: 8 }))
  .map(([one, count, others]) => [...others, ...Array.from({ length: count }, () => one)])

const emitted = (all: readonly Kind[]) => {
  const { table, hosts } = createRouteEmitter()(chainOf(all))
  return { said: table.typedPerFilterConfig, routes: hosts.flatMap(({ routes = [] }) => routes) }
}

const all = (count: number, one: Partial<Kind>): Kind[] =>
  Array.from({ length: count }, () => ({ down: false, up: false, sections: false, act: 'one', ...one }))

const sayings = ({ said, routes }: { said: Said; routes: RouteJson[] }): number =>
  [said, ...routes.map(route => route.typedPerFilterConfig)].flatMap(each => Object.keys(each ?? {})).length

describe('the switches of the two plugins', () => {
  it('are on where a route has something for them, and nowhere else', () => {
    const tables = new Set<string>()
    fc.assert(
      fc.property(kinds, all => {
        const { said, routes } = emitted(all)
        tables.add(Object.keys(said ?? {}).join())
        for (const [n, { down, up, sections, act }] of all.entries()) {
          const own = routes[n]!.typedPerFilterConfig
          expect(runs(DOWNSTREAM.name, own, said)).to.equal(down)
          if (act === 'one') expect(runs(UPSTREAM.name, own, said)).to.equal(up || sections)
          if (act !== 'split') continue
          const [one, two] = routes[n]!.route!.weightedClusters!.clusters!
          expect(runs(UPSTREAM.name, one!.typedPerFilterConfig, own, said)).to.equal(up || sections)
          expect(runs(UPSTREAM.name, two!.typedPerFilterConfig, own, said)).to.equal(up)
        }
      }),
      { numRuns: 500 },
    )
    const [D, U] = [DOWNSTREAM.name, UPSTREAM.name]
    expect([...tables]).to.have.members(['', D, U, `${D},${U}`])
  })

  it('are said once where most of many routes want them, and never where none does', () => {
    expect(sayings(emitted(all(100, { down: true, up: true })))).to.equal(2)
    expect(sayings(emitted([...all(100, { down: true }), ...all(3, {})]))).to.equal(1 + 3)
    expect(sayings(emitted([...all(3, { down: true }), ...all(100, {})]))).to.equal(3)
    expect(sayings(emitted(all(100, {})))).to.equal(0)
    expect(sayings(emitted(all(5, { down: true })))).to.equal(5)
  })

  it('of routes that stay are the same JSON again after the majority was another one for a while', () => {
    const emit = createRouteEmitter()
    const chain = chainOf(all(30, { down: true }))
    const small: HttpChain = { ...chain, hosts: [chain.hosts[0]!] }
    const [before, between, after] = [chain, small, { ...chain }].map(each => emit(each).hosts[0])
    expect(between).not.to.deep.equal(before)
    expect(after).to.equal(before)
  })
})

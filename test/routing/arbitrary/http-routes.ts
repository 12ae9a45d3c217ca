// HTTPRoutes: rules that forward and rules that redirect.
import fc from 'fast-check'
import type { BackendRef, Filter, HTTPRoute, Match, PathChange, Rule } from '../objects.ts'
import {
  filtersOf,
  fullPath,
  headerFilters,
  isFilter,
  missingExtension,
  prefixChange,
  redirect,
  refusedHeaders,
  rewrite,
  serviceRef,
} from './filters.ts'
import { matches, onePrefix, parentRefs } from './matches.ts'
import { GATEWAY_API, hostname, namespace, present, some } from './words.ts'

const backendRef = (path: fc.Arbitrary<PathChange>): fc.Arbitrary<BackendRef> =>
  fc
    .record({
      ref: serviceRef,
      weight: some(fc.constantFrom(0, 1, 3), 5),
      filters: some(
        fc.tuple(...headerFilters, rewrite(path)).map(filters => filters.filter(isFilter)),
        2,
      ),
    })
    .map(({ ref, ...rest }) => ({ ...ref, ...present(rest) }))

/** Which of two rewrites of one request is the first is nowhere said: the rule's own stands alone. */
const withoutSecondRewrite = (rule: Rule): Rule =>
  rule.filters?.some(({ type }) => type === 'URLRewrite')
    ? {
        ...rule,
        backendRefs: (rule.backendRefs ?? []).map(ref =>
          ref.filters ? { ...ref, filters: ref.filters.filter(({ type }) => type !== 'URLRewrite') } : ref,
        ),
      }
    : rule

/** In the place of the rule's own header filter, and of that of its first backendRef. */
const withRefused = (rule: Rule, inRule: Filter | undefined, inRef: Filter | undefined): Rule => {
  const others = (filters: Filter[] | undefined) =>
    (filters ?? []).filter(({ type }) => type !== 'RequestHeaderModifier')
  const [first, ...rest] = rule.backendRefs ?? []
  return {
    ...rule,
    ...(inRule ? { filters: [...others(rule.filters), inRule] } : {}),
    ...(inRef && first ? { backendRefs: [{ ...first, filters: [...others(first.filters), inRef] }, ...rest] } : {}),
  }
}

const ruleWith = (matches: fc.Arbitrary<Match[] | undefined>, path: fc.Arbitrary<PathChange>): fc.Arbitrary<Rule> =>
  fc.oneof(
    {
      arbitrary: fc
        .record({
          matches,
          filters: some(filtersOf(path), 5),
          backendRefs: fc.oneof(
            { arbitrary: fc.array(backendRef(path), { minLength: 1, maxLength: 1 }), weight: 6 },
            { arbitrary: fc.array(backendRef(path), { minLength: 2, maxLength: 3 }), weight: 5 },
            fc.constant<BackendRef[]>([]),
          ),
        })
        .chain(value =>
          fc.tuple(fc.constant(value), refusedHeaders, refusedHeaders).map(([value, inRule, inRef]) => {
            const rule = withoutSecondRewrite(present(value))
            return withRefused(rule, inRule, inRef)
          }),
        ),
      weight: 8,
    },
    {
      arbitrary: fc
        .record({ matches, filters: fc.tuple(redirect(path), missingExtension).map(list => list.filter(isFilter)) })
        .map(present),
      weight: 2,
    },
  )

const rule: fc.Arbitrary<Rule> = fc.oneof(
  { arbitrary: ruleWith(matches, fullPath), weight: 7 },
  { arbitrary: ruleWith(onePrefix, prefixChange), weight: 3 },
)

const routeSpec = fc.record({
  namespace: fc.oneof({ arbitrary: fc.constant('default'), weight: 3 }, { arbitrary: namespace, weight: 1 }),
  created: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'),
  parentRefs,
  hostnames: some(fc.uniqueArray(hostname, { minLength: 1, maxLength: 3 }), 5),
  rules: fc.array(rule, { minLength: 1, maxLength: 3 }),
})
export const routes: fc.Arbitrary<HTTPRoute[]> = fc
  .array(routeSpec, { minLength: 1, maxLength: 5, size: 'max' })
  // Not in the order of their names, which is the last criterion but one.
  .map(list =>
    list.map(({ namespace, created, parentRefs, hostnames, rules }, index) => ({
      apiVersion: GATEWAY_API,
      kind: 'HTTPRoute',
      metadata: { name: `r${(index * 3) % 5}`, namespace, creationTimestamp: created },
      spec: { parentRefs, ...(hostnames ? { hostnames } : {}), rules },
    })),
  )

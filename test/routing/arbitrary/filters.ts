// Filters of rules and backendRefs, and the Services that they and backendRefs lead to, or do not.
import fc from 'fast-check'
import type { Filter, HeaderEdits, Mirror, PathChange, Redirect } from '../objects.ts'
import { present, some } from './words.ts'

const edits: fc.Arbitrary<HeaderEdits> = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom('x-a', 'X-B', 'x-c', 'x-d'),
      does: fc.constantFrom('set', 'add', 'remove'),
      value: fc.constantFrom('new', 'one, two'),
    }),
    { selector: ({ name }) => name, minLength: 1, maxLength: 3 },
  )
  .map(list => {
    const of = (wanted: string) => list.filter(({ does }) => does === wanted)
    const pairs = (wanted: string) => of(wanted).map(({ name, value }) => ({ name, value }))
    return {
      ...(of('set').length > 0 ? { set: pairs('set') } : {}),
      ...(of('add').length > 0 ? { add: pairs('add') } : {}),
      ...(of('remove').length > 0 ? { remove: of('remove').map(({ name }) => name) } : {}),
    }
  })

export const fullPath: fc.Arbitrary<PathChange> = fc
  .constantFrom('/full', '/', '/full/')
  .map(replaceFullPath => ({ type: 'ReplaceFullPath', replaceFullPath }))
export const prefixChange: fc.Arbitrary<PathChange> = fc
  .constantFrom('/new', '', '/', '/new/', '/a')
  .map(replacePrefixMatch => ({ type: 'ReplacePrefixMatch', replacePrefixMatch }))

export const headerFilters: fc.Arbitrary<Filter | undefined>[] = [
  some(
    edits.map((requestHeaderModifier): Filter => ({ type: 'RequestHeaderModifier', requestHeaderModifier })),
    3,
  ),
  some(
    edits.map((responseHeaderModifier): Filter => ({ type: 'ResponseHeaderModifier', responseHeaderModifier })),
    3,
  ),
]
export const rewrite = (path: fc.Arbitrary<PathChange>): fc.Arbitrary<Filter | undefined> =>
  some(
    fc
      .record({ hostname: some(fc.constantFrom('new.test', 'a.example'), 4), path: some(path, 7) })
      .map((urlRewrite): Filter => ({ type: 'URLRewrite', urlRewrite: present(urlRewrite) })),
    4,
  )

export const serviceRef = fc.oneof(
  { arbitrary: fc.constantFrom({ name: 's1', port: 80 }, { name: 's2', port: 80 }), weight: 10 },
  {
    arbitrary: fc.constantFrom(
      { name: 's3', namespace: 'other', port: 80 },
      { name: 's1', namespace: 'default', port: 80 },
    ),
    weight: 4,
  },
  {
    arbitrary: fc.constantFrom(
      { name: 'gone', port: 80 },
      { name: 's1', port: 81 },
      { name: 'idle', port: 80 },
      { group: 'x.dev', kind: 'Bucket', name: 's1' },
    ),
    weight: 2,
  },
)
const mirror: fc.Arbitrary<Mirror> = fc
  .record({
    backendRef: serviceRef,
    share: fc.oneof(
      { arbitrary: fc.constant({}), weight: 3 },
      fc.constantFrom<Omit<Mirror, 'backendRef'>>(
        { percent: 0 },
        { percent: 50 },
        { percent: 100 },
        { fraction: { numerator: 3, denominator: 3 } },
        { fraction: { numerator: 0, denominator: 3 } },
      ),
    ),
  })
  .map(({ backendRef, share }) => ({ backendRef, ...share }))
const mirrors: fc.Arbitrary<Filter[]> = fc
  .array(mirror, { maxLength: 2 })
  .map(list => list.map(requestMirror => ({ type: 'RequestMirror', requestMirror })))

export const missingExtension = some(
  fc.constant<Filter>({ type: 'ExtensionRef', extensionRef: { group: 'sluice.dev', kind: 'RateLimit', name: 'gone' } }),
  1,
)
/** Names that no filter may touch: framing, and the host beside URLRewrite. */
export const refusedHeaders = some(
  fc
    .constantFrom('Connection', 'transfer-encoding', 'host')
    .map((name): Filter => ({ type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name, value: 'x' }] } })),
  1,
)
export const redirect = (path: fc.Arbitrary<PathChange>): fc.Arbitrary<Filter> =>
  fc
    .record({
      scheme: some(fc.constantFrom('http' as const, 'https' as const), 5),
      hostname: some(fc.constantFrom('new.test', 'a.example'), 5),
      port: some(fc.constantFrom(80, 443, 8443), 4),
      path: some(path, 6),
      statusCode: some(fc.constantFrom(301, 302, 303, 307, 308), 6),
    })
    .map((value): Filter => ({ type: 'RequestRedirect', requestRedirect: present(value) as Redirect }))

export const isFilter = (filter: Filter | undefined): filter is Filter => filter !== undefined
export const filtersOf = (path: fc.Arbitrary<PathChange>): fc.Arbitrary<Filter[]> =>
  fc
    .tuple(...headerFilters, rewrite(path), missingExtension, some(mirrors, 2))
    .map(list => list.flatMap(one => one ?? []))
    .chain(filters => fc.shuffledSubarray(filters, { minLength: filters.length, maxLength: filters.length }))

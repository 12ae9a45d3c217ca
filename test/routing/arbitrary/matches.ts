// What a route attaches to, and what its rules match.
import fc from 'fast-check'
import type { Match, NamedMatch, ParentRef } from '../objects.ts'
import { method, port, present, some, text } from './words.ts'

const section = fc.constantFrom('l1', 'l2', 'l3')
export const parentRefs: fc.Arbitrary<ParentRef[]> = fc.oneof(
  { arbitrary: fc.constant<ParentRef[]>([{ name: 'g1', namespace: 'default' }]), weight: 5 },
  {
    arbitrary: fc
      .record({ sectionName: some(section, 5), port: some(port, 4) })
      .map(rest => [{ name: 'g1', namespace: 'default', ...present(rest) }]),
    weight: 3,
  },
  {
    arbitrary: fc
      .uniqueArray(section, { minLength: 1, maxLength: 2 })
      .map(names => names.map(sectionName => ({ name: 'g1', namespace: 'default', sectionName }))),
    weight: 1,
  },
  {
    arbitrary: fc.constant<ParentRef[]>([
      { name: 'g1', namespace: 'default' },
      { name: 'g2', namespace: 'other' },
    ]),
    weight: 2,
  },
)

export const named = (names: string[]): fc.Arbitrary<NamedMatch[]> =>
  fc.uniqueArray(
    fc.oneof(
      fc.record({ name: fc.constantFrom(...names), value: text }),
      fc.record({
        name: fc.constantFrom(...names),
        type: fc.constant('RegularExpression' as const),
        value: fc.constantFrom('1|2', '[0-9]+', '1.*'),
      }),
    ),
    { selector: ({ name }) => name, maxLength: 2 },
  )

const plainPath = fc.constantFrom('/a', '/', '/', '/a/', '/a/b', '/ab', '/a/b/')
const anyPath: fc.Arbitrary<Match['path'] & object> = fc.oneof(
  { arbitrary: fc.record({ type: fc.constant('PathPrefix' as const), value: plainPath }), weight: 4 },
  { arbitrary: fc.record({ type: fc.constant('Exact' as const), value: plainPath }), weight: 4 },
  {
    arbitrary: fc.record({
      type: fc.constant('RegularExpression' as const),
      value: fc.constantFrom('/a.*', '/a/?', '/[ab]+', '/a(/b)?', '/|/ab'),
    }),
    weight: 2,
  },
)
const matchWith = (path: fc.Arbitrary<Match['path']>): fc.Arbitrary<Match> =>
  fc
    .record({
      path,
      method: some(method, 3),
      headers: some(named(['x-a', 'X-A', 'x-b']), 3),
      queryParams: some(named(['q', 'Q', 'r']), 3),
    })
    .map(present)

export const matches: fc.Arbitrary<Match[] | undefined> = fc.oneof(
  { arbitrary: fc.constant(undefined), weight: 1 },
  { arbitrary: fc.array(matchWith(some(anyPath, 8)), { maxLength: 3 }), weight: 9 },
)
/** What `replacePrefixMatch` may be used with. */
export const onePrefix: fc.Arbitrary<Match[]> = matchWith(
  fc.record({ type: fc.constant('PathPrefix' as const), value: plainPath }),
).map(match => [match])

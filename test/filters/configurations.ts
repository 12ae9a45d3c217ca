// Random configurations of the modules that are configured by hand: most are valid, the others slightly wrong somewhere. Texts are
// put together of the pieces that rules turn on, not by the rules of the schemas, which they are to test.
import fc from 'fast-check'

type Any = fc.Arbitrary<unknown>

/** What is no value of any field, or of another one. */
const odd = fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 4294967296, 'x', '', [], {}, [1], { a: 1 })

/** Mostly from `good`; now and then what may be wrong by a little, or entirely. */
const nearly = (good: Any, close: Any = odd): Any =>
  fc.oneof({ weight: 60, arbitrary: good }, { weight: 8, arbitrary: close }, { weight: 1, arbitrary: odd })

/** An object with these fields, now and then without one of those that must be there or with one more. */
const object = (fields: Record<string, Any>, required: string[] = []): Any => {
  const more: Record<string, Any> = { ...fields, extra: odd }
  return fc.oneof(
    { weight: 60, arbitrary: fc.record(fields, { requiredKeys: required }) },
    { weight: 1, arbitrary: fc.record(fields, { requiredKeys: [] }) },
    { weight: 1, arbitrary: fc.record(more, { requiredKeys: [...required, 'extra'] }) },
  )
}

/** Where the number of items matters they are all the same: one of many would be wrong. */
const list = (item: Any, least: number, most: number): Any => {
  const many = fc.tuple(item, fc.constantFrom(0, most, most + 1)).map(([one, count]) => Array<unknown>(count).fill(one))
  return nearly(fc.array(item, { minLength: least, maxLength: 3 }), many)
}

const pieces = (...units: string[]): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...units), maxLength: 8 })

const whole = (least: number, most: number): Any =>
  nearly(
    fc.oneof(fc.constantFrom(least, most), fc.integer({ min: least, max: Math.min(most, least + 1000) })),
    fc.constantFrom(least - 1, most + 1, -0, 0.5, 1e21, 2 ** 53),
  )

/** So many letters, one more. */
const around = (most: number, letter = 'a', before = ''): fc.Arbitrary<string> =>
  fc.constantFrom(0, 1).map(more => before + letter.repeat(most - before.length + more))

const FORBIDDEN = ['host', 'Host', 'TE', 'te', 'trailer', 'Connection', 'upgrade', 'Keep-Alive', 'content-length']
const ALMOST_FORBIDDEN = ['hosts', 'tea', 'x-te', 'trailers', 'connection-', 'proxy-authenticate', "!#$%&'*+.^_`|~-"]
const name = nearly(
  fc.constantFrom('x-a', 'X-B', '9', ...ALMOST_FORBIDDEN),
  fc.oneof(
    fc.constantFrom(...FORBIDDEN),
    around(256),
    pieces('a', 'A', '0', '-', '_', '|', '"', ' ', ':', '/', 'é', '\t', '(', '~', '\n'),
  ),
)
const value = nearly(
  pieces('a', ' ', '\t', '"', '\\', '\u0080', 'é', '日', '\u{1f600}', '~'),
  fc.oneof(
    around(8192),
    around(4096, 'é'),
    pieces('a', '\u0000', '\b', '\n', '\r', '\u001f', '\u007f', '\u0080', '\u2028'),
  ),
)
const template = nearly(
  pieces('a', '\\\\', '\\0', '\\1', 'é', '/', ' '),
  fc.oneof(around(8192), pieces('a', '\\', '0', '1', '9', 'x', '\n')),
)
const regex = nearly(
  fc.constantFrom('^/a', '^/(a)(b)?', '', 'a{1,3}', '[^/]+', '.*(x)', 'é', '\\d+', 'a|b'),
  fc.oneof(
    around(1024),
    around(512, 'é'),
    pieces('a', '(', ')', '[', ']', '*', '+', '?', '{2}', '{99}', '{101}', '\\', 'd', '^', '(?i)', '\\b', '\\pL', '|'),
  ),
)
const path = nearly(
  fc.constantFrom('/', '/a', '/a/', '//a', '/a%20b', '/%2e', '/a/../b', "/a:b@c;d=,!$&'()*+~-._"),
  fc.oneof(
    fc.constantFrom(
      '',
      'a',
      '/..',
      '/a/../../b',
      '/%2e%2E',
      '/%4',
      '/%4g',
      '/%4G',
      '/a?b',
      '/a#b',
      '/[a]',
      '/a b',
      '/é',
    ),
    around(8192, 'a', '/'),
    pieces('/', '/', '/a', 'a', '.', '..', '%2e', '%2E', '%', '%4', '?', '#', '[', '|', ' ', '\\', '^', '"', 'é', ':'),
  ),
)
const host = nearly(
  fc.constantFrom('a', 'example.com', 'example.com:80', '[::1]', '[::1]:443', '10.0.0.1:65535', "!$&'()*+,;=._~-"),
  fc.oneof(
    fc.constantFrom(
      '',
      'a:',
      ':80',
      'a:b',
      'a:123456',
      'a:80:80',
      '[]',
      '[::1',
      '::1]',
      '[::1]a',
      '[g]',
      'a/b',
      'u@a',
      'a%20',
    ),
    around(256),
    pieces('a', 'f', 'g', '1', '12345', '.', '-', ':', ':', '[', ']', '%', '/', '@', ' ', 'é', '[::', '::1]'),
  ),
)

const common = {
  name: nearly(
    fc.constantFrom('a', 'default/a#1', 'A.b_c-9'),
    fc.oneof(around(128), pieces('a', 'Z', '0', '-', '.', '/', '_', '#', ' ', ':', ',', 'é', '@', '[', '`')),
  ),
  mode: nearly(fc.constantFrom('Enforce', 'DryRun'), fc.constantFrom('enforce', 'Dry', '')),
  record: nearly(fc.constantFrom('FilterState', 'None'), fc.constantFrom('none', 'FilterState ')),
}

const capture = object({ regex, template }, ['regex', 'template'])

/** An object whose type says which other members it has, and now and then has others. */
const typed = (members: Record<string, [string, Any] | undefined>, more: Record<string, Any> = {}): Any => {
  const all = Object.fromEntries(Object.values(members).filter(member => member !== undefined))
  const right = Object.entries(members).map(([type, member]) =>
    object({ type: fc.constant(type), ...(member && { [member[0]]: member[1] }), ...more }, [
      'type',
      ...(member ? [member[0]] : []),
    ]),
  )
  const type = fc.constantFrom(...Object.keys(members), 'text', '')
  return nearly(fc.oneof(...right), fc.record({ type, ...all, ...more }, { requiredKeys: [] }))
}

const source = typed(
  {
    Text: ['text', value],
    Header: ['header', name],
    ClientAddress: undefined,
    Route: undefined,
    Path: undefined,
    Host: undefined,
    Method: undefined,
  },
  { capture },
)
const edit = nearly(
  fc.oneof(
    object({ action: fc.constantFrom('Set', 'Add', 'AddIfAbsent', 'Append'), name, value: source }, [
      'action',
      'name',
      'value',
    ]),
    object({ action: fc.constant('Remove'), name }, ['action', 'name']),
  ),
  object({ action: fc.constantFrom('Remove', 'Set', 'Replace'), name, value: source }),
)
const pair = object({ name, value }, ['name', 'value'])

export const CONFIGURATIONS = {
  headers: object({ ...common, request: list(edit, 0, 64), response: list(edit, 0, 64) }),
  rewrite: object({
    ...common,
    hostname: host,
    path: typed({
      ReplaceFullPath: ['replaceFullPath', path],
      ReplacePrefixMatch: [
        'replacePrefixMatch',
        object({ prefix: path, replacement: fc.oneof(path, fc.constant('')) }, ['prefix', 'replacement']),
      ],
      ReplaceRegexMatch: ['replaceRegexMatch', capture],
      Header: ['header', name],
    }),
  }),
  mirror: object(
    {
      ...common,
      cluster: nearly(
        fc.constantFrom('a', 'outbound|80||x.default.svc', '~"!'),
        fc.oneof(around(512), pieces('a', ' ', 'é', '\t', '\u007f')),
      ),
      fraction: object({ numerator: whole(0, 4294967295), denominator: whole(1, 4294967295) }, ['numerator']),
      timeoutMs: whole(1, 4294967295),
      maxBodyBytes: whole(0, 1048576),
      sampleBy: name,
      compare: nearly(fc.constantFrom('None', 'Answers')),
      copy: object({ set: list(pair, 0, 3), add: list(pair, 0, 3), remove: list(name, 0, 3) }),
    },
    ['cluster'],
  ),
  'rate-limit': object(
    {
      ...common,
      limits: list(
        object(
          {
            name,
            requests: whole(0, 4294967295),
            unit: nearly(fc.constantFrom('Second', 'Minute', 'Hour', 'Day', 'Month'), fc.constant('Week')),
            burst: whole(1, 4294967295),
            scope: nearly(fc.constantFrom('Worker', 'Node')),
            key: list(
              typed({
                Header: ['name', name],
                QueryParam: ['name', name],
                Cookie: ['name', name],
                ClientAddress: undefined,
                Path: undefined,
                Method: undefined,
                Host: undefined,
              }),
              1,
              8,
            ),
          },
          ['name', 'requests', 'unit'],
        ),
        1,
        8,
      ),
      trustedHops: whole(0, 255),
    },
    ['limits'],
  ),
} as const satisfies Record<string, Any>

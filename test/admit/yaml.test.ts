// Reading YAML: what a scalar means, where documents end, where a field is, and that the fast reader and the package
// never disagree.
import { expect } from 'chai'
import fc from 'fast-check'
import { type DocumentOptions, stringify, type ToStringOptions } from 'yaml'
import { newAllowance, readAny } from '../../controller/admit/yaml/any.ts'
import { readBlock } from '../../controller/admit/yaml/block.ts'
import { placeAt, readDocument, splitDocuments } from '../../controller/admit/yaml/document.ts'
import { offsetOf, type Read, type Steps, toValue } from '../../controller/admit/yaml/node.ts'
import { plainScalar } from '../../controller/admit/yaml/scalar.ts'

const valueIn = (read: Read): unknown => {
  if (!read.ok) throw new Error(read.error.message)
  return read.node && toValue(read.node)
}

describe('a plain scalar', () => {
  const cases: [string, unknown][] = [
    ...['true', 'True', 'yes', 'Y', 'on', 'ON'].map((word): [string, unknown] => [word, true]),
    ...['false', 'no', 'N', 'off', 'Off'].map((word): [string, unknown] => [word, false]),
    ...['', '~', 'null', 'NULL'].map((word): [string, unknown] => [word, null]),
    ...['tRUE', 'yEs', 'nullx', 'a', 'v1', '1.2.3', '1m', '-', '+', '.', '0x', '0xg', '1e', '::1', '12:30'].map(
      (word): [string, unknown] => [word, word],
    ),
    ['0', 0],
    ['-0', 0],
    ['12', 12],
    ['+5', 5],
    ['-7', -7],
    ['1_000', 1000],
    ['010', 8],
    ['0o17', 15],
    ['08', 8],
    ['0x1F', 31],
    ['0b101', 5],
    ['1.5', 1.5],
    ['.5', 0.5],
    ['1.', 1],
    ['1e3', 1000],
    ['-2.5E-1', -0.25],
    ['1e999', '1e999'],
    ['2001-12-14', '2001-12-14'],
  ]
  for (const [text, value] of cases) {
    it(`${JSON.stringify(text)} is ${JSON.stringify(value)}`, () => expect(plainScalar(text)).to.equal(value))
  }
})

describe('splitting a file into documents', () => {
  const split = (text: string): [number, string][] => splitDocuments(text).map(d => [d.line, d.text])

  it('cuts at markers and counts lines', () => {
    expect(split('a: 1\n---\nb: 2\n--- # next\n\nc: 3\n')).to.deep.equal([
      [1, 'a: 1\n'],
      [3, 'b: 2\n'],
      [5, '\nc: 3\n'],
    ])
  })

  it('leaves out what is empty', () => expect(split('---\n---\n\n---\na: 1')).to.deep.equal([[5, 'a: 1']]))
  it('cuts only at whole markers at the start of a line', () => {
    expect(split('a: x---\n ---\n----\n--- \nb: 1')).to.deep.equal([
      [1, 'a: x---\n ---\n----\n'],
      [5, 'b: 1'],
    ])
  })
  it('keeps what stands behind a marker', () => expect(split('--- {a: 1}\n')).to.deep.equal([[1, '--- {a: 1}\n']]))
  it('understands foreign line ends', () =>
    expect(split('a: 1\r\n---\r\nb: 2\r\n').map(([line]) => line)).to.deep.equal([1, 3]))
})

/** Both readers, where the fast one has an opinion. JSON with tabs is not for the package. */
const agree = (text: string): void => {
  const fast = readBlock(text)
  if (fast === undefined) return
  if (/[\t\r]/.test(text)) {
    expect(fast && toValue(fast)).to.deep.equal(JSON.parse(text))
    return
  }
  const slow = readAny(text, newAllowance())
  expect(slow.ok, `${JSON.stringify(text)} ${JSON.stringify(slow)}`).to.equal(true)
  expect(fast, JSON.stringify(text)).to.deep.equal((slow.ok && slow.node) ?? null)
}

describe('the fast reader', () => {
  const usual = [
    'a: 1\nb:\n  c: [x, "y", \'z\', {d: e}]\n  f:\n  - g\n  - h: i\n    j: k\n  - - l\n    - m\n',
    '# comment\n\na: b # comment\nc:   # comment\n- d # e\n-\n  f: g\n-\n- h\n',
    '{"a": [1, 2,\n {"b": null}], "c": {}}',
    '[a, b]\n',
    '{\r\n\t"a": "b\\tc",\r\n\t"d": [1,\t2]\r\n}\r\n',
    '"a b": c\n\'d\': "e\\n\\u00e9\\\\"\nf: http://g:80/h#i\n',
    'a:\nb: ~\nc: ""\n',
    '- a: b\n  c:\n  - d\n- e\n',
    '\n\n# nothing\n',
  ]
  for (const text of usual) {
    it(`reads ${JSON.stringify(text).slice(0, 60)} as the package does`, () => {
      expect(readBlock(text)).to.not.equal(undefined)
      agree(text)
    })
  }

  const unusual = [
    'a: &x 1\nb: *x\n',
    'a: |\n  text\n',
    'a: >-\n  text\n',
    'a: b\n  c\n',
    'a: "b\n  c"\n',
    '? a\n: b\n',
    '!!str a: b\n',
    'a:\tb\n',
    'a: b: c\n',
    'on: 1\n',
    '1: 2\n',
    '<<: {a: 1}\n',
    'a: .inf\n',
    'a: 1\na: 2\n',
    '{a: 1, a: 2}',
    'a: [b\n',
    'a: [b,\n c]\n',
    'a: b\r\n',
    '--- a\n',
    'a: b\n...\nc\n',
    'a: -\n',
    'a: - b\n',
    '  a: 1\n b: 2\n',
    'a: 1\n  b: 2\n',
    "a: 'b\n",
    'a: {b}\n',
    'a: [b: c]\n',
  ]
  for (const text of unusual) {
    it(`leaves ${JSON.stringify(text)} to the package`, () => expect(readBlock(text)).to.equal(undefined))
  }

  it('agrees with the package on any value, however it is written', () => {
    const style = fc.record({
      indent: fc.constantFrom(1, 2, 4),
      indentSeq: fc.boolean(),
      collectionStyle: fc.constantFrom('any', 'block', 'flow'),
      defaultStringType: fc.constantFrom('PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE'),
    })
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), style, (value, options) => {
        const text = stringify(value, null, { ...options, version: '1.1' } as ToStringOptions & DocumentOptions)
        agree(text)
      }),
      { numRuns: 500 },
    )
  })

  it('agrees with the package on damaged manifests', () => {
    const damage = fc.tuple(
      fc.nat(),
      fc.nat(6),
      fc.constantFrom('', ' ', '\n', ':', ' : ', '- ', '#', '"', "'", '[', '{', ',', '&', '|', '\n  '),
    )
    fc.assert(
      fc.property(fc.constantFrom(...usual), fc.array(damage, { minLength: 1, maxLength: 3 }), (text, damages) => {
        let damaged = text
        for (const [at, length, insert] of damages) {
          const start = at % (damaged.length + 1)
          damaged = damaged.slice(0, start) + insert + damaged.slice(start + length)
        }
        agree(damaged)
      }),
      { numRuns: 5000 },
    )
  })
})

describe('reading a document', () => {
  const read = (text: string): unknown => valueIn(readDocument(text))
  const error = (text: string): string => {
    const result = readDocument(text)
    return result.ok ? 'no error' : result.error.message
  }

  it('expands aliases into values of their own', () => {
    const value = read('a: &x {c: 1}\nb: *x\n') as { a: object; b: object }
    expect(value).to.deep.equal({ a: { c: 1 }, b: { c: 1 } })
    expect(value.a).to.not.equal(value.b)
  })
  it('merges maps', () =>
    expect(read('x: &x {a: 1, b: 2}\nz:\n  <<: *x\n  b: 3\n')).to.have.deep.property('z', { b: 3, a: 1 }))
  it('reads block scalars and tags', () => {
    expect(read('a: |\n  x\n  y\nb: !!str 1\nc: !!int "2"\n')).to.deep.equal({ a: 'x\ny\n', b: '1', c: 2 })
  })
  it('names keys as JSON does', () =>
    expect(read('1: a\ntrue: b\n1.5: c\n')).to.deep.equal({ '1': 'a', true: 'b', '1.5': 'c' }))
  it('takes __proto__ for a name', () => {
    const value = read('__proto__: {x: 1}\n') as object
    expect(Object.keys(value)).to.deep.equal(['__proto__'])
    expect('x' in value).to.equal(false)
  })
  it('has nothing to say about comments', () =>
    expect(readDocument('# a\n')).to.deep.equal({ ok: true, node: undefined }))

  it('refuses a key that is there twice', () =>
    expect(error('a: 1\nb: 2\na: 3\n')).to.equal('key "a" already set in map'))
  it('refuses maps as keys', () => expect(error('{a: 1}: b\n')).to.match(/^yaml: /))
  it('refuses numbers that JSON does not have', () =>
    expect(error('a: .nan\n')).to.equal('yaml: json: unsupported value: .nan'))
  it('refuses unknown anchors', () => expect(error('a: *x\n')).to.match(/^yaml: .*x/))
  it('says where the indentation goes wrong', () => {
    const text = 'a:\n  b: 1\n c: 2\n'
    const result = readDocument(text)
    expect(result.ok).to.equal(false)
    if (!result.ok) expect(placeAt({ text, line: 10 }, result.error.at).line).to.equal(12)
  })
})

describe('hostile documents', () => {
  const refused = (name: string, text: string, message: RegExp): void => {
    it(`refuses ${name} in one line`, () => {
      const result = readDocument(text)
      if (result.ok) throw new Error('read')
      expect(result.error.message).to.match(message)
      expect(result.error.message.length).to.be.lessThan(300)
      expect(result.error.message).to.not.include('\n')
    })
  }
  const bomb = Array.from(
    { length: 9 },
    (_, i) =>
      `a${i}: &a${i} [${Array(9)
        .fill(i ? `*a${i - 1}` : 'lol')
        .join(',')}]`,
  )
  refused('a bomb of aliases', bomb.join('\n'), /excessive aliasing/)
  refused('an alias of itself', 'a: &a [*a]\n', /aliasing|max depth|anchor/)
  refused('deep flow collections', '['.repeat(100_000), /yaml: /)
  refused('deep lists', '- '.repeat(100_000), /max depth/)
  refused('deep maps', Array.from({ length: 200 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'), /max depth/)
  refused('a large text that is no plain manifest', `a: |\n${'  x\n'.repeat(300_000)}`, /too large/)
  refused(
    'noise',
    Array.from({ length: 5000 }, (_, i) => String.fromCharCode(33 + ((i * 7919) % 93))).join(''),
    /yaml: /,
  )

  it('never throws, whatever the text', () => {
    const pieces = fc.constantFrom(
      ...' \n\t:-?[]{}#&*!|>\'"%@`,ab1~'.split(''),
      '---\n',
      'a: ',
      '- ',
      '*a',
      '&a ',
      '<<: ',
      '\\',
      'é',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), parts => {
        const text = parts.join('')
        for (const document of splitDocuments(text)) {
          const result = readDocument(document.text)
          if (result.ok && result.node) JSON.stringify(toValue(result.node))
        }
        agree(text)
      }),
      { numRuns: 5000 },
    )
  })
})

describe('where a field is', () => {
  const text = 'spec:\n  rules:\n  - matches:\n    - path: {type: Exact, value: /a}\n  - name: b\n'
  const at = (...steps: Steps): string => {
    const read = readDocument(text)
    if (!read.ok || !read.node) throw new Error('not read')
    const { line, column } = placeAt({ text, line: 1 }, offsetOf(read.node, steps))
    return `${line}:${column}`
  }
  it('points at names', () => expect(at('spec', 'rules')).to.equal('2:3'))
  it('points at items', () => expect(at('spec', 'rules', 1)).to.equal('5:5'))
  it('points into flow collections', () =>
    expect(at('spec', 'rules', 0, 'matches', 0, 'path', 'value')).to.equal('4:27'))
  it('points at what should hold a missing field', () => expect(at('spec', 'rules', 1, 'filters')).to.equal('5:5'))
  it('points at the start without steps', () => expect(at()).to.equal('1:1'))
  it('does not go into scalars', () => expect(at('spec', 'rules', 1, 'name', 'x', 3)).to.equal('5:5'))
})

describe('what the slow reader is spared', () => {
  const lines = (count: number, line: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => line(i)).join('\n')
  const crafted: Record<string, string> = {
    'anchors and aliases': lines(90_000, i => `a${i}: &a${i} x\nb${i}: *a${i}`),
    'lists in lists': '- '.repeat(1 << 18),
    'flows in flows': `a: &a\n  ${'[{x: '.repeat(1 << 16)}`,
    'explicit keys': '? '.repeat(1 << 18),
    'comments behind an anchor': `a: &a b\n${'#c\n'.repeat(1 << 17)}`,
    'merge keys': `b: &b {x: 1}\n${lines(50_000, i => `a${i}: {<<: *b}`)}`,
  }
  for (const [name, text] of Object.entries(crafted))
    it(`is ${name} without end: refused before it is parsed`, () => {
      const read = readDocument(text)
      if (read.ok) throw new Error('was read')
      expect(read.error.message).to.match(
        /^document is too (complex: limit is 100000 tokens|large: limit is 1048576)$|max depth/,
      )
      expect(read.error.at).to.be.below(text.length)
    })

  it('grows no faster than the number of aliases', () => {
    // Looked up in the document one by one, these took minutes.
    const read = readDocument(lines(6_000, i => `a${i}: &a${i} x${i}\nb${i}: *a${i}`))
    if (!read.ok || !read.node) throw new Error('was not read')
    const value = toValue(read.node) as Record<string, string>
    expect(Object.keys(value)).to.have.length(12_000)
    expect(value.b5999).to.equal('x5999')
  }).timeout(20_000)

  it('takes an alias for the last anchor of that name before it, in keys as in values', () => {
    const read = readDocument(
      'a: &x 1\nb: *x\nc: &x 2\nd: *x\n&k e: f\ng: *k\n*x : h\ni: {<<: &m {j: &x 3}}\nl: *x\np: *m\no: *x',
    )
    if (!read.ok || !read.node) throw new Error(JSON.stringify(read))
    expect(toValue(read.node)).to.deep.equal({
      a: 1,
      b: 1,
      c: 2,
      d: 2,
      e: 'f',
      g: 'e',
      2: 'h',
      i: { j: 3 },
      l: 3,
      p: { j: 3 },
      o: 3,
    })
  })

  it('knows no anchor before it is written', () => {
    const read = readDocument('a: *x\nb: &x 1\n')
    expect(read).to.deep.include({ ok: false })
  })
})

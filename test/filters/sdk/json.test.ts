// The SDK's JSON reader against what was written, and against `JSON.parse`: what it takes and what it refuses.
import { expect } from 'chai'
import fc from 'fast-check'
import { Host } from '../../host/core/index.ts'
import { moduleOf } from '../module.ts'

describe('the SDK’s JSON reader', () => {
  let host: Host

  before(async function () {
    this.timeout(60_000)
    host = Host.loadNow(await moduleOf('test/filters/sdk/assembly/probe.ts'))
  })

  const read = (configuration: string | Uint8Array): string => {
    const before = host.logs.length
    host.plugin({ rootId: 'probe', configuration })
    return host.logs.slice(before).at(-1)?.message ?? ''
  }

  /** As the probe tells what it walks over. */
  const told = (value: unknown): string => {
    if (Array.isArray(value)) return `[${value.map(told).join('')}]`
    if (value !== null && typeof value === 'object')
      return `{${Object.entries(value)
        .map(([k, v]) => `${k}:${told(v)}`)
        .join('')}}`
    return `${value} `
  }

  // Not against `JSON.parse`: V8's mixes up keys with escapes now and then (Node 24.21 reads `{"x":{"\\"":0}}` with the
  // key `\\` once it has seen such a key in that place).
  it('reads what JSON.stringify wrote', () => {
    const value = fc.letrec(tie => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.integer({ min: -1_000_000, max: 1_000_000 }),
        fc.boolean(),
        fc.constant(null),
        fc.string({ unit: 'binary', maxLength: 8 }).filter(text => text.isWellFormed()),
        fc.array(tie('any'), { maxLength: 4 }),
        fc.dictionary(fc.stringMatching(/^[a-z"\\]{1,6}$/), tie('any'), { maxKeys: 4, noNullPrototype: true }),
      ),
    })).any
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, 1, '\t'), (one, indent) => {
        const text = JSON.stringify(one, null, indent)
        expect(read(text)).to.equal(`ok: ${told(one)}`)
      }),
      { numRuns: 500 },
    )
  })

  it('takes a document exactly when JSON.parse does and finds no lone surrogate in it, and never traps', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '"a"',
      '1',
      '-',
      '0',
      '.',
      'e',
      '\\',
      '\\u',
      'd800',
      'true',
      'nul',
      ' ',
      '\n',
      '\u0001',
      'é',
    )
    fc.assert(
      fc.property(
        fc.array(piece, { minLength: 1, maxLength: 8 }).map(pieces => pieces.join('')),
        text => {
          const good = parses(text)
          expect(read(text).startsWith('ok: '), text).to.equal(good)
        },
      ),
      { numRuns: 3000, examples: [['"\\ud800"'], ['"\\ud800\\udc00"']] },
    )
  })

  const parses = (text: string): boolean => {
    try {
      return told(JSON.parse(text)).isWellFormed()
    } catch {
      return false
    }
  }

  it('does not trap on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), bytes => {
        expect(read(bytes)).to.match(/^(ok: |line \d+, column \d+: )/)
      }),
      { numRuns: 1000 },
    )
  })

  const faults: [document: string, fault: string][] = [
    ['', ''],
    [' ', 'line 1, column 2: ends too early'],
    ['{"a": [1, {"b": x}]}', 'line 1, column 17: a[1].b: must be a number'],
    ['{\n  "a": 1,\n  "a": 2\n}', 'line 3, column 3: a: is there twice'],
    ['{"a": 1,}', 'line 1, column 9: a: a comma at the end'],
    ['[1 2]', 'line 1, column 4: [0]: expected , or ]'],
    ['{"a" 1}', 'line 1, column 6: a: expected a colon'],
    ['{a: 1}', 'line 1, column 2: expected a name in quotes'],
    ['1 2', 'line 1, column 3: more behind the end'],
    ['[01]', 'line 1, column 3: [0]: must be a number'],
    ['["a\nb"]', 'line 1, column 4: [0]: holds a bare control character'],
    ['["\\x"]', 'line 1, column 3: [0]: holds an unknown escape'],
    ['["\\ud800"]', 'line 1, column 3: [0]: holds an unknown escape'],
    ['["', 'line 1, column 3: [0]: ends too early'],
    ['{"a": [', 'line 1, column 8: a[0]: ends too early'],
    ['{"count": 11}', 'line 1, column 11: count: must be a whole number from 0 to 10'],
    ['{"count": -1}', 'line 1, column 11: count: must be a whole number from 0 to 10'],
    ['{"count": 1.5}', 'line 1, column 11: count: must be a whole number from 0 to 10'],
    ['{"count": 99999999999999999999999}', 'line 1, column 11: count: must be a whole number from 0 to 10'],
    ['{"count": "1"}', 'line 1, column 11: count: must be a number'],
    ['["skip", {"a": [1, [}]}]', 'line 1, column 21: [1].a[1][0]: must be a value'],
    [`${'['.repeat(33)}`, `line 1, column 33: ${'[0]'.repeat(32)}: nests too deep`],
  ]
  for (const [document, fault] of faults)
    it(`says what is wrong with ${JSON.stringify(document.slice(0, 40))}`, () => {
      expect(read(document)).to.equal(fault)
    })

  it('refuses bytes that are no UTF-8', () => {
    for (const bytes of [
      [0xff],
      [0xc0, 0x80],
      [0xe0, 0x80, 0x80],
      [0xed, 0xa0, 0x80],
      [0xf5, 0x80, 0x80, 0x80],
      [0xc3],
    ])
      expect(read(new Uint8Array([0x22, ...bytes, 0x22])), bytes.join()).to.equal('line 1, column 2: is not UTF-8')
  })

  it('skips what nobody reads, and checks it all the same', () => {
    expect(read('["skip", {"a": [1, {"b": null}], "c": "\\u00e9"}, 3]')).to.equal('ok: skipskipskip')
  })

  it('refuses an object of more than 1024 names', () => {
    const names = (count: number): string =>
      JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, i) => [`n${i}`, 0])))
    expect(read(names(1024))).to.match(/^ok/)
    expect(read(names(1025))).to.match(/holds too much$/)
  })
})

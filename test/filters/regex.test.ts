// Our automaton against RE2's own algorithm (re2js): the same expressions, the same matches, the same groups.
import { expect } from 'chai'
import fc from 'fast-check'
import { RE2JS } from 're2js'
import {
  allowSteps,
  captures,
  findMatch,
  isExhausted,
  loadProgram,
  program,
  subject,
} from '../../filters/regex/match.ts'
import { MAX_INSTRUCTIONS, MOST_STEPS } from '../../filters/regex/program.ts'
import { regex } from '../../filters/regex/regex.ts'

const load = (pattern: string): boolean => {
  const result = regex(pattern)
  if (!result.ok) return false
  program.set(result.program)
  return loadProgram(result.program.length)
}

/** Groups of the first match, undefined where there is none. */
const ours = (text: string, groups: number): (string | null)[] | undefined => {
  subject.set(Buffer.from(text, 'latin1'))
  allowSteps(1 << 24)
  if (!findMatch(0, text.length)) return undefined
  return Array.from({ length: groups + 1 }, (_, i) =>
    captures[2 * i]! < 0 ? null : text.slice(captures[2 * i], captures[2 * i + 1]),
  )
}

const theirs = (pattern: string, text: string): (string | null)[] | undefined => {
  const matcher = RE2JS.compile(pattern).matcher(text)
  if (!matcher.find()) return undefined
  return Array.from({ length: matcher.groupCount() + 1 }, (_, i) => matcher.group(i))
}

const atom = fc.constantFrom('a', 'b', '/', '.', '[ab]', '[^a]', '[a-c/]', '\\d', '\\w', '\\.', '1', '\\x61', '[\\d.]')
const quantifier = fc.constantFrom(
  '',
  '',
  '',
  '*',
  '+',
  '?',
  '*?',
  '+?',
  '??',
  '{2}',
  '{1,3}',
  '{0,2}',
  '{2,}',
  '{0,2}?',
)
const expression: fc.Arbitrary<string> = fc.letrec<{ any: string }>(tie => ({
  any: fc
    .array(
      fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        fc.tuple(atom, quantifier).map(([a, q]) => a + q),
        fc.tuple(tie('any'), fc.constantFrom('(', '(?:'), quantifier).map(([inner, open, q]) => `${open}${inner})${q}`),
        fc.tuple(atom, tie('any')).map(([a, inner]) => `(?:${a}|b${inner})`),
      ),
      { minLength: 1, maxLength: 3 },
    )
    .map(parts => parts.join('')),
})).any
const anchored = fc
  .tuple(fc.constantFrom('', '', '^'), expression, fc.constantFrom('', '', '$'))
  .map(([begin, inner, end]) => begin + inner + end)
const sample = fc
  .array(fc.constantFrom('a', 'b', 'c', '1', '/', '.'), { maxLength: 14 })
  .map(letters => letters.join(''))

describe('regular expressions', () => {
  it('match what RE2 matches, group by group', () => {
    fc.assert(
      fc.property(anchored, fc.array(sample, { minLength: 1, maxLength: 4 }), (pattern, texts) => {
        if (!load(pattern)) return fc.pre(false)
        const groups = RE2JS.compile(pattern).matcher('').groupCount()
        for (const text of texts)
          expect(ours(text, groups), `${pattern} on ${text}`).to.deep.equal(theirs(pattern, text))
      }),
      { numRuns: 1000 },
    )
  })

  const cases: [pattern: string, text: string, groups: (string | null)[] | undefined][] = [
    ['^/users/([^/]+)/posts/(\\d+)$', '/users/ann/posts/7', ['/users/ann/posts/7', 'ann', '7']],
    ['^/users/([^/]+)$', '/users/ann/posts', undefined],
    ['a|ab', 'ab', ['a']],
    // A turn that takes nothing ends its loop.
    ['((?:/a)*?a?)*', '/a', ['', '']],
    ['(|a)*', 'aa', ['', '']],
    ['(a|b*?)*', 'ab', ['ab', 'b']],
    ['(a+)(b+)?', 'aac', ['aa', 'aa', null]],
    ['', 'abc', ['']],
    ['(a|b)*c', 'abac', ['abac', 'a']],
    ['\\/v1\\b', '', undefined],
    ['x{3}', 'axxxx', ['xxx']],
    ['[]a]+', 'b]a]', [']a]']],
    ['[a\\-z]+', 'm-az', ['-az']],
  ]
  for (const [pattern, text, groups] of cases)
    it(`${pattern} on ${text}`, () => {
      expect(load(pattern) ? ours(text, groups ? groups.length - 1 : 0) : undefined).to.deep.equal(groups)
    })

  const refused: [pattern: string, why: string, at?: number][] = [
    ['(', 'Syntax', 1],
    ['a)', 'Syntax', 1],
    ['*a', 'Syntax', 0],
    ['a**', 'Syntax', 2],
    ['[a', 'Syntax', 2],
    ['[b-a]', 'Syntax'],
    ['a{2,1}', 'Syntax'],
    ['\\', 'Syntax'],
    ['(?i)a', 'Unsupported'],
    ['(?P<n>a)', 'Unsupported'],
    ['(?=a)', 'Unsupported'],
    ['\\1', 'Unsupported'],
    ['\\bword', 'Unsupported'],
    ['\\pL', 'Unsupported'],
    ['[[:alpha:]]', 'Unsupported'],
    ['[é]', 'Unsupported'],
    ['a{101}', 'TooLarge'],
    ['(((((a{10}){10}){10}){10}){10})', 'TooLarge'],
    ['(a)'.repeat(10), 'TooLarge'],
    ['('.repeat(40), 'TooLarge'],
    ['a'.repeat(1025), 'TooLarge'],
  ]
  for (const [pattern, why, at] of refused)
    it(`refuses ${pattern.slice(0, 40)}: ${why}`, () => {
      const result = regex(pattern)
      expect(result.ok ? 'taken' : result.why).to.equal(why)
      if (at !== undefined && !result.ok) expect(result.at).to.equal(at)
    })

  it('takes any text as expression or refuses it, and never throws', () => {
    const piece = fc.constantFrom(
      'a',
      '(',
      ')',
      '[',
      ']',
      '*',
      '+',
      '?',
      '{',
      '}',
      '1',
      ',',
      '|',
      '^',
      '$',
      '\\',
      'x',
      '-',
      '.',
      'é',
    )
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 12 }).map(pieces => pieces.join('')),
        sample,
        (pattern, text) => {
          if (load(pattern)) ours(text, 0)
        },
      ),
      { numRuns: 5000 },
    )
  })

  it('runs any bytes as program or refuses them, and never throws', () => {
    const good = regex('^(a|b[cd])*?(.{1,3})$')
    if (!good.ok) throw new Error('is no expression')
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(good.program.length - 1), fc.nat(255)), { maxLength: 4 }), changes => {
        const bytes = good.program.slice()
        for (const [at, value] of changes) bytes[at] = value
        program.set(bytes)
        if (loadProgram(bytes.length)) ours('abcdabcd', 0)
      }),
      { numRuns: 3000 },
    )
  })

  it('needs steps in proportion to text and program, where a backtracker would need for ever', () => {
    expect(load(`(${'a?'.repeat(60)}${'a'.repeat(60)})*$`)).to.equal(true)
    subject.fill(0x61)
    subject[8191] = 0x62
    // Each instruction is run, followed and has its two captures copied to and fro.
    allowSteps(8192 * MAX_INSTRUCTIONS * 8)
    expect(findMatch(0, 8192)).to.equal(true)
    expect(captures[0]).to.equal(8192)
    expect(isExhausted()).to.equal(false)
    allowSteps(1000)
    expect(findMatch(0, 8192)).to.equal(false)
    expect(isExhausted()).to.equal(true)
  })

  const cookies = 'session=abcdef0123456789; theme=dark; _ga=GA1.2.1234567890.1234567890; '
  const agent = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 '
  for (const [pattern, piece] of [
    ['.*sid=([^;]*).*', cookies],
    ['^(?:.*; )?sid=([^;]*)(?:;.*)?$', cookies],
    ['^(.*?)sid=(.*)$', cookies],
    ['^/([^/]+)/([^/]+)/([^/]+)/(.*)$', '/users/ann/posts/12345/comments'],
    ['^.*/([^/]+)/([^/]+)$', '/users/ann/posts/12345/comments'],
    ['(Android|iPhone|iPad|iPod|BlackBerry|Windows Phone|webOS)', agent],
    ['^([A-Za-z0-9_-]+)\\.([A-Za-z0-9_-]+)\\.([A-Za-z0-9_-]+)$', 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9'],
    ['(\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3})', '10.1.2.x, '],
    ['(\\w+)\\s*=\\s*"([^"]*)"\\s*,\\s*(\\w+)\\s*=\\s*"([^"]*)"\\s*;\\s*end', 'a="b", c="d", '],
  ] as const)
    it(`has steps for two of ${pattern} on 8 KB`, () => {
      expect(load(pattern)).to.equal(true)
      subject.set(Buffer.from(piece.repeat(8192)).subarray(0, 8192))
      allowSteps(MOST_STEPS)
      for (let i = 0; i < 2; i++) findMatch(0, 8192)
      expect(isExhausted()).to.equal(false)
    })

  it('counts what a step costs: captures that are copied, and instructions that are followed', () => {
    expect(load('(((((((((a|b?|c?|d?)+)+)+)+)+)+)+)+){9}X')).to.equal(true)
    subject.fill(0x61)
    allowSteps(MOST_STEPS)
    expect(findMatch(0, 2048)).to.equal(false)
    expect(isExhausted()).to.equal(true)
  })
})

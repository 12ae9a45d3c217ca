// The small readers: durations, selectors, paths, header filters.
import { expect } from 'chai'
import { milliseconds } from '../../controller/translate/duration.ts'
import { headersOp } from '../../controller/translate/headers.ts'
import { pathChange } from '../../controller/translate/paths.ts'
import { selects } from '../../controller/translate/selector.ts'

describe('a duration (GEP-2257)', () => {
  const cases: [string, number | undefined][] = [
    ['0s', 0],
    ['500ms', 500],
    ['1m', 60_000],
    ['1h30m', 5_400_000],
    ['10s500ms', 10_500],
    ['1h1m1s1ms', 3_661_001],
    ['', undefined],
    ['1.5s', undefined],
    ['-1s', undefined],
    ['1d', undefined],
    ['123456s', undefined],
  ]
  for (const [text, expected] of cases)
    it(`${text || '(nothing)'} is ${expected ?? 'none'}`, () => {
      expect(milliseconds(text)).to.equal(expected)
    })
})

describe('a label selector', () => {
  const labels = { team: 'blue', tier: '' }
  const expression = (key: string, operator: string, values?: string[]) => ({
    matchExpressions: [{ key, operator, ...(values ? { values } : {}) }],
  })
  it('matches nothing where it is absent, everything where it is empty', () => {
    expect(selects(undefined, labels)).to.equal(false)
    expect(selects({}, labels)).to.equal(true)
  })
  it('wants all of its labels and expressions', () => {
    expect(selects({ matchLabels: { team: 'blue' } }, labels)).to.equal(true)
    expect(selects({ matchLabels: { team: 'blue', size: 'big' } }, labels)).to.equal(false)
    expect(selects({ matchLabels: { team: 'blue' }, ...expression('tier', 'DoesNotExist') }, labels)).to.equal(false)
  })
  const cases: [string, string, string[] | undefined, boolean][] = [
    ['team', 'In', ['red', 'blue'], true],
    ['team', 'In', ['red'], false],
    ['size', 'In', ['big'], false],
    ['team', 'NotIn', ['red'], true],
    ['team', 'NotIn', ['blue'], false],
    ['size', 'NotIn', ['big'], true],
    ['tier', 'Exists', undefined, true],
    ['size', 'Exists', undefined, false],
    ['size', 'DoesNotExist', undefined, true],
    ['toString', 'Exists', undefined, false],
    ['team', 'Like', ['b'], false],
  ]
  for (const [key, operator, values, expected] of cases)
    it(`${key} ${operator} ${values ?? ''}: ${expected}`, () => {
      expect(selects(expression(key, operator, values), labels)).to.equal(expected)
    })
})

describe('a path modifier', () => {
  const prefix = (value: string, match?: { type: 'PathPrefix' | 'Exact'; value: string }) =>
    pathChange({ type: 'ReplacePrefixMatch', replacePrefixMatch: value }, match && [{ path: match }], 'here')
  const full = (value: string) => pathChange({ type: 'ReplaceFullPath', replaceFullPath: value }, undefined, 'here')

  it('ignores slashes at the end of prefix and replacement', () => {
    for (const [from, to] of [
      ['/foo', '/xyz'],
      ['/foo/', '/xyz/'],
    ] as const)
      expect(prefix(to, { type: 'PathPrefix', value: from }).value).to.deep.equal({
        type: 'ReplacePrefixMatch',
        prefix: '/foo',
        value: '/xyz',
      })
  })
  it('takes an empty replacement for the root', () => {
    expect(prefix('', { type: 'PathPrefix', value: '/foo' }).value).to.include({ value: '/' })
    expect(full('').value).to.include({ value: '/' })
  })
  it('replaces the root prefix of a rule without matches', () => {
    expect(prefix('/x').value).to.include({ prefix: '/' })
  })
  it('replaces no prefix of an exact match', () => {
    expect(prefix('/x', { type: 'Exact', value: '/foo' }).problem?.message).to.match(/^here\.type: .*PathPrefix/)
  })
  for (const bad of ['a', '//a', '/a b', '/a?b', '/a#b', '/a\r\nb', '/%zz', '/a/../b', '/ä'])
    it(`refuses ${JSON.stringify(bad)}`, () => {
      expect(full(bad).problem).to.include({ type: 'Accepted', reason: 'UnsupportedValue' })
    })
  for (const good of ['/', '/a', '/a/', "/-._~!$&'()*+,;=:@", '/%2F', '/a..b', '/...'])
    it(`takes ${good}`, () => {
      expect(full(good).value).to.deep.equal({ type: 'ReplaceFullPath', value: good })
    })
})

describe('a header modifier', () => {
  it('writes names in lower case and lets the first entry for a name win', () => {
    const op = headersOp(
      {
        set: [
          { name: 'X-A', value: '1' },
          { name: 'x-a', value: '2' },
        ],
        add: [{ name: 'x-A', value: '3' }],
        remove: ['X-A', 'X-B'],
      },
      'ns/name',
      'here',
    )
    expect(op.value).to.deep.equal({
      type: 'Headers',
      policy: 'ns/name',
      set: [{ name: 'x-a', value: '1' }],
      add: [],
      remove: ['x-b'],
    })
  })
  it('names the field that holds what must not reach the wire', () => {
    const bad = headersOp({ add: [{ name: 'x-a', value: 'a\nb' }] }, 'ns/name', 'spec.rules[0].filters[1]')
    expect(bad.problem?.message).to.match(/^spec\.rules\[0\]\.filters\[1\]\.add\[0\]\.value: holds a control character/)
  })
})

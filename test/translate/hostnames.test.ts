import { expect } from 'chai'
import {
  bySpecificity,
  coveringPatterns,
  covers,
  intersection,
  intersections,
} from '../../controller/translate/hostnames.ts'

describe('host names', () => {
  const cases: [string, string, boolean][] = [
    ['*', 'a.example.com', true],
    ['*', '*', true],
    ['*', '*.example.com', true],
    ['*.example.com', 'test.example.com', true],
    ['*.example.com', 'foo.test.example.com', true],
    ['*.example.com', 'example.com', false],
    ['*.example.com', 'testexample.com', false],
    ['*.example.com', '*.example.com', true],
    ['*.example.com', '*.foo.example.com', true],
    ['*.foo.example.com', '*.example.com', false],
    ['*.example.com', '*', false],
    ['a.example.com', 'a.example.com', true],
    ['a.example.com', '*.example.com', false],
  ]
  for (const [outer, inner, expected] of cases)
    it(`${outer} ${expected ? 'covers' : 'does not cover'} ${inner}`, () => {
      expect(covers(outer, inner)).to.equal(expected)
    })

  it('intersect in the narrower of the two, whichever side it is on', () => {
    expect(intersection('*.example.com', 'a.example.com')).to.equal('a.example.com')
    expect(intersection('a.example.com', '*.example.com')).to.equal('a.example.com')
    expect(intersection('*.example.com', 'example.com')).to.equal(undefined)
  })

  it('of a route are those of the listener where it names none, and each once', () => {
    expect(intersections('*.example.com', undefined)).to.deep.equal(['*.example.com'])
    expect(intersections('*.example.com', [])).to.deep.equal(['*.example.com'])
    expect(intersections('a.example.com', ['*.example.com', 'a.example.com', 'b.test'])).to.deep.equal([
      'a.example.com',
    ])
  })

  it('are covered by ever shorter patterns', () => {
    expect(coveringPatterns('a.b.c')).to.deep.equal(['a.b.c', '*.b.c', '*.c', '*'])
    expect(coveringPatterns('*.b.c')).to.deep.equal(['*.b.c', '*.c', '*'])
    expect(coveringPatterns('*')).to.deep.equal(['*'])
  })

  it('are ordered from the most to the least specific', () => {
    const hosts = ['*', '*.com', 'b.com', '*.example.com', 'long.example.com', '*.foo.example.com', '*.longer-name.com']
    expect(hosts.toSorted(bySpecificity)).to.deep.equal([
      'long.example.com',
      'b.com',
      '*.foo.example.com',
      '*.longer-name.com',
      '*.example.com',
      '*.com',
      '*',
    ])
  })
})

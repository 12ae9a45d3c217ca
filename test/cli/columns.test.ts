import { styleText } from 'node:util'
import { expect } from 'chai'
import { inColumns, wrapped } from '../../controller/cli/columns.ts'

describe('columns', () => {
  it('are as wide as what stands in them, whatever its colour', () => {
    const red = styleText('red', 'bad', { validateStream: false })
    expect(
      inColumns([
        [['KIND'], ['A']],
        [['Gateway'], [red, 'x']],
        [['R'], ['good']],
      ]),
    ).to.equal(`KIND     A\nGateway  ${red}\n         x\nR        good\n`)
  })

  it('may be empty', () => {
    expect(
      inColumns([
        [['a'], []],
        [[], ['b']],
      ]),
    ).to.equal('a\n   b\n')
    expect(inColumns([])).to.equal('')
  })

  it('break long lines between words, and words that are longer than a line', () => {
    expect(wrapped('one two three', 7)).to.deep.equal(['one two', 'three'])
    expect(wrapped('', 7)).to.deep.equal([''])
    expect(wrapped('a abcdefghij kl', 4)).to.deep.equal(['a', 'abcd', 'efgh', 'ij', 'kl'])
    expect(wrapped('abcdefgh', 4)).to.deep.equal(['abcd', 'efgh'])
  })

  it('hold every word of any text, and no line is too long', () => {
    const text = Array.from({ length: 300 }, (_, n) => 'x'.repeat((n * 7) % 23)).join(' ')
    const lines = wrapped(text, 12)
    expect(lines.join('').replaceAll(' ', '')).to.equal(text.replaceAll(' ', ''))
    expect(Math.max(...lines.map(line => line.length))).to.equal(12)
  })
})

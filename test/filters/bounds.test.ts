// Released modules have no guards around their tables. Here the guards are in: a debug build of the module with the most tables
// (regular expressions) gets expressions and texts of all kinds, and none may reach beyond its table, or trap in any other way.
import { expect } from 'chai'
import fc from 'fast-check'
import { compile, moduleIn } from '../../filters/compile.ts'
import { Host } from '../host/core/index.ts'

const piece = fc.constantFrom(
  ...[
    'a',
    'b',
    '.',
    '\\d',
    '\\W',
    '[a-f]',
    '[^\\s-]',
    '(',
    ')',
    '(?:',
    '|',
    '*',
    '+',
    '?',
    '{2}',
    '{0,3}',
    '{99,}',
    '^',
  ],
  ...['$', '\\A', '\\z', '\\x41', '[', ']', '\\', '{', '(a*)*', '((((a))))', '(a|b|c)+?', 'é', '[[:alpha:]]', '\\1'],
)
const expression = fc.oneof(
  fc.array(piece, { maxLength: 24 }).map(pieces => pieces.join('')),
  // Beyond every bound: instructions, classes, groups, nesting, length.
  fc.tuple(piece, fc.integer({ min: 1, max: 600 })).map(([one, times]) => one.repeat(times)),
)

describe('with guards', function () {
  this.timeout(120_000)

  it('no expression and no text reaches beyond a table', async () => {
    const outputs = await compile('filters/headers/assembly/index.ts', 'debug', 'guarded.wasm')
    const module = moduleIn(outputs, 'guarded.wasm')
    let taken = 0
    const host = Host.loadNow(module, { onTrap: 'fail-closed' })
    fc.assert(
      fc.property(expression, fc.string({ maxLength: 60 }), fc.integer({ min: 1, max: 200 }), (regex, text, times) => {
        const value = { type: 'Header', header: 'x-in', capture: { regex, template: '\\0\\0' } }
        const configuration = { request: [{ action: 'Set', name: 'x-out', value }] }
        const told = host.logs.length
        try {
          const plugin = host.plugin({ configuration })
          const { traps } = plugin.request({ 'x-in': encodeURIComponent(text).repeat(times) }).sendNow()
          expect(traps).to.deep.equal([])
          taken++
        } catch (error) {
          expect(String(error)).to.contain('PluginError')
          expect(
            host.logs
              .slice(told)
              .map(({ message }) => message)
              .join(),
          ).to.contain('configuration refused')
        }
      }),
      { numRuns: 600, seed: 1 },
    )
    expect(taken).to.be.above(50)
  })
})

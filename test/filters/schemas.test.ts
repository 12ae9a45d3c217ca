// The schema of each module that is configured by hand says what the module says, of random configurations that are valid or
// slightly wrong; but for what no schema can say.
import { readFile } from 'node:fs/promises'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'chai'
import fc from 'fast-check'
import { Host } from '../host/core/index.ts'
import { moduleBytes } from '../host/mocha/covered.ts'
import { CONFIGURATIONS } from './configurations.ts'
import { faultIn } from './fault.ts'

const SEED = 20261130
const RUNS = 2000

type Module = keyof typeof CONFIGURATIONS

interface Difference {
  what: string
  /** What the module says of a configuration that the schema allows. */
  fault: RegExp
  /** What such a configuration has in its text, where the fault alone may have other reasons, which the schema has to know. */
  only?: RegExp
  example: [module: Module, text: string]
}

const set = (value: object): string => JSON.stringify({ request: [{ action: 'Set', name: 'a', value }] })
const captured = (regex: string, template = ''): string => set({ type: 'Path', capture: { regex, template } })

/** What a schema cannot say, or not so that anybody could read it. */
const DIFFERENCES: Difference[] = [
  {
    what: 'one number is compared with another',
    fault: /^fraction\.numerator: must not be above the denominator$/,
    example: ['mirror', '{"cluster":"a","fraction":{"numerator":2,"denominator":1}}'],
  },
  {
    what: 'an expression has a grammar',
    fault: /\.regex: is no regular expression$/,
    example: ['headers', captured('(')],
  },
  {
    what: 'what is RE2’s, and not ours',
    fault: /\.regex: uses syntax that is not supported$/,
    example: ['headers', captured('\\b')],
  },
  {
    what: 'an expression’s size is that of its program',
    fault: /\.regex: is too large an expression$/,
    example: ['headers', captured('(a{100}){6}')],
  },
  {
    what: 'a template’s groups are those of another field',
    fault: /\.template: refers to a missing group$/,
    only: /\\\\[1-9]/,
    example: ['headers', captured('(a)', '\\2')],
  },
  {
    what: 'dot segments are counted',
    fault: /^path\..*: must be an absolute path \(RFC 3986\) without dot segments that leave it$/,
    only: /(?:\.|%2e){2}/i,
    example: ['rewrite', '{"path":{"type":"ReplaceFullPath","replaceFullPath":"/a/%2e./.."}}'],
  },
  {
    what: 'a schema counts characters, a module bytes',
    fault: /: holds a control character or over 8192 bytes$/,
    only: /é{4097}/,
    example: ['headers', set({ type: 'Text', text: 'é'.repeat(4097) })],
  },
  {
    what: 'all edits of a list count together',
    fault: /^is larger than 64 KiB$/,
    example: [
      'mirror',
      JSON.stringify({ cluster: 'a', copy: { set: Array(8).fill({ name: 'a', value: 'b'.repeat(8192) }) } }),
    ],
  },
  {
    what: 'a whole number with a fraction or an exponent is one to a schema',
    fault: /: must be a whole number from/,
    only: /:\d+(?:\.0|e\d)/,
    example: ['mirror', '{"cluster":"a","timeoutMs":1.0}'],
  },
  {
    what: 'half a surrogate pair is no text',
    fault: /: holds an unknown escape$/,
    example: ['headers', '{"request":[{"action":"Set","name":"a","value":{"type":"Text","text":"\\ud800"}}]}'],
  },
  {
    what: 'a schema sees the last of two members of one name, and compares no names of a list',
    fault: /: is there twice$/,
    example: ['mirror', '{"cluster":"a","name":"a","name":"b"}'],
  },
]

describe('the schemas of modules configured by hand', function () {
  this.timeout(60_000)

  const validator = async (module: Module): Promise<(text: string) => boolean> => {
    const file = new URL(`../../filters/${module}/config.schema.json`, import.meta.url)
    const schema = JSON.parse(await readFile(file, 'utf8')) as object
    const isValid = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false }).compile(schema)
    return text => isValid(JSON.parse(text))
  }

  for (const module of Object.keys(CONFIGURATIONS) as Module[])
    it(`${module}: schema and module agree, but for what is written above`, async () => {
      const isValid = await validator(module)
      const bytes = await moduleBytes(module)
      let host = await Host.loadNow(bytes)
      let runs = 0
      let taken = 0
      const agree = (configuration: unknown): void => {
        // A plugin for each configuration: a new host now and then keeps their number small.
        if (++runs % 100 === 0) host = Host.loadNow(bytes)
        const text = JSON.stringify(configuration)
        const fault = faultIn(host, text)
        if (fault === undefined) taken++
        if (isValid(text) === (fault === undefined)) return
        const isWritten = DIFFERENCES.some(it => it.fault.test(fault ?? '') && (it.only?.test(text) ?? true))
        expect(isWritten, `${fault ?? 'the module takes it'}: ${text}`).to.equal(true)
      }
      fc.assert(fc.property(CONFIGURATIONS[module], agree), { seed: SEED, numRuns: RUNS })
      // Neither all nor none of them, or the test would say little.
      expect(taken / runs).to.be.within(0.1, 0.9)
    })

  for (const { what, fault, only, example } of DIFFERENCES)
    it(`differ where ${what}`, async () => {
      const [module, text] = example
      expect((await validator(module))(text)).to.equal(true)
      expect(faultIn(await Host.loadNow(await moduleBytes(module)), text)).to.match(fault)
      if (only) expect(text).to.match(only)
    })
})

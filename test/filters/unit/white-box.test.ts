// Helpers of the SDK and logic of the filters from inside, through AssemblyScript's loader: against JavaScript that says the same
// in one line, for any bytes.
import { expect } from 'chai'
import fc from 'fast-check'
import { KEY_MARK, keyOf } from '../../../filters/plan/key.ts'
import * as portable from '../../../filters/rate-limit/gcra.ts'
import { fnv1a, spread } from '../../fuzz/sample.ts'
import { encodePairs, readPairs } from '../../host/core/pairs.ts'
import { internals } from '../../host/mocha/covered.ts'

type Argument = string | number | bigint

const latin1 = (text: string): ArrayBuffer => Uint8Array.from(text, c => c.charCodeAt(0)).buffer
const bytes = (max = 40): fc.Arbitrary<string> =>
  fc.string({ unit: fc.integer({ min: 0, max: 255 }).map(byte => String.fromCharCode(byte)), maxLength: max })
const list = (): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(' ', '\t', ',', '=', 'a', 'B'), maxLength: 12 })

describe('inside the modules', function () {
  this.timeout(60_000)
  let number: (name: string, ...args: Argument[]) => number | bigint
  let text: (name: string, ...args: Argument[]) => string | null

  before(async () => {
    const inside = await internals('test/filters/unit/assembly/white-box.ts')
    number = (name, ...args) => {
      const given = args.map(arg => (typeof arg === 'string' ? inside.__newArrayBuffer(latin1(arg)) : arg))
      return (inside[name] as (...all: Argument[]) => number | bigint)(...given)
    }
    text = (name, ...args) => {
      const at = Number(number(name, ...args))
      return at === 0 ? null : String.fromCharCode(...new Uint8Array(inside.__getArrayBuffer(at)))
    }
  })

  const holds = <T extends unknown[]>(
    arbitraries: { [K in keyof T]: fc.Arbitrary<T[K]> },
    check: (...values: T) => void,
  ): void =>
    fc.assert(
      fc.property(fc.tuple(...arbitraries) as unknown as fc.Arbitrary<T>, one => check(...one)),
      { numRuns: 300 },
    )

  describe('bytes', () => {
    it('are trimmed of blanks and tabs', () =>
      holds([list()], value => {
        expect(text('trim', value)).to.equal(value.replace(/^[ \t]+|[ \t]+$/g, ''))
      }))

    it('are searched from either end', () =>
      holds([list(), fc.constantFrom(',', '=', 'z'), fc.nat(12)], (value, byte, from) => {
        expect(number('indexOf', value, byte.charCodeAt(0), from)).to.equal(value.indexOf(byte, from))
        expect(number('lastIndexOf', value, byte.charCodeAt(0))).to.equal(value.lastIndexOf(byte))
      }))

    it('are compared, exactly and by letters', () =>
      holds([list(), list()], (a, b) => {
        expect(number('equals', a, b)).to.equal(a === b ? 1 : 0)
        expect(number('equals', a, a)).to.equal(1)
        expect(number('equalsIgnoringCase', a, b)).to.equal(a.toLowerCase() === b.toLowerCase() ? 1 : 0)
        expect(number('equalsIgnoringCase', a.toUpperCase(), a)).to.equal(1)
        expect(number('startsWith', a, b)).to.equal(a.startsWith(b) ? 1 : 0)
        expect(number('startsWith', b + a, b)).to.equal(1)
      }))

    it('are found in lists of words, and words by their place', () =>
      holds(
        [
          fc.uniqueArray(fc.string({ unit: fc.constantFrom('a', 'B', '-'), minLength: 1, maxLength: 12 }), {
            minLength: 1,
          }),
        ],
        words => {
          const list = words.join(' ')
          for (const [i, word] of words.entries()) {
            expect(number('positionIn', list, word)).to.equal(i)
            expect(text('wordAt', list, i)).to.equal(word)
            expect(number('positionIn', list, `${word}x`)).to.equal(-1)
          }
          expect(number('positionIn', list, '')).to.equal(-1)
          expect(number('positionIn', '', words[0]!)).to.equal(-1)
        },
      ))

    it('are cut within their bounds', () =>
      holds([bytes(), fc.nat(60)], (value, at) => {
        expect(text('skip', value, at)).to.equal(value.slice(at))
        expect(text('first', value, at)).to.equal(value.slice(0, at))
      }))
  })

  describe('the hash', () => {
    const KEY = [0x0706050403020100n, 0x0f0e0d0c0b0a0908n] as const
    const hash = (value: string): bigint => BigInt.asUintN(64, number('sipHash', value, ...KEY) as bigint)

    it('is the same for the same bytes and key, and another for others', () =>
      holds([bytes(), bytes()], (a, b) => {
        expect(hash(a) === hash(b)).to.equal(a === b)
        expect(number('sipHash', a, 1n, 2n)).to.not.equal(number('sipHash', a, 2n, 1n))
      }))

    it('spreads evenly', () => {
      const buckets = new Array<number>(16).fill(0)
      for (let i = 0; i < 4096; i++) buckets[Number(hash(`client ${i}`) & 15n)]!++
      for (const count of buckets) expect(count).to.be.within(180, 335)
    })

    it('of samples is FNV-1a with a last step', () => {
      for (const [text, hash] of [
        ['', 0xcbf29ce484222325n],
        ['a', 0xaf63dc4c8601ec8cn],
        ['foobar', 0x85944171f73967e8n],
      ] as const)
        expect(fnv1a(Buffer.from(text), 0n)).to.equal(hash)
      holds([bytes(), fc.nat(9)], (value, seed) => {
        const expected = spread(Buffer.from(value, 'latin1'), BigInt(seed))
        expect(BigInt.asUintN(64, number('spread', value, BigInt(seed)) as bigint)).to.equal(expected)
      })
    })

    it('samples the share that was asked for, each mirror by itself', () => {
      let both = 0
      let one = 0
      for (let i = 0; i < 2000; i++) {
        const first = number('sampled', `id ${i}`, 0, 1, 4) === 1
        if (first) one++
        if (first && number('sampled', `id ${i}`, 1, 1, 4) === 1) both++
      }
      expect(one).to.be.within(420, 580)
      expect(both).to.be.within(80, 180)
    })
  })

  describe('builders', () => {
    it('write any number in decimal', () =>
      holds([fc.bigInt({ min: 0n, max: 999_999_999_999_999n })], value => {
        expect(text('decimal', value)).to.equal(String(value))
      }))

    it('never write beyond their room', () =>
      holds([bytes(9).filter(piece => piece !== ''), fc.nat(30)], (piece, times) => {
        const fits = Math.min(times, Math.floor(16 / piece.length))
        expect(text('build', piece, times)).to.equal(piece.repeat(fits))
      }))
  })

  describe('pairs', () => {
    it('are written as hosts write them', () =>
      holds([bytes(), bytes(), fc.nat(5)], (name, value, count) => {
        const wanted = encodePairs(Array.from({ length: count }, () => [name, value] as const))
        expect(text('pairs', name, value, count, 1000)).to.equal(String.fromCharCode(...wanted))
      }))

    it('do not outgrow what was opened for them', () => {
      expect(text('pairs', 'name', 'value', 3, 20)).to.equal(null)
    })

    it('are none where there was no memory for them', () => {
      expect(text('pairsWithoutMemory')).to.equal('\0\0\0\0')
    })

    it('are read from whatever a host gives: never beyond its end', () =>
      holds([bytes(60), bytes(3)], (buffer, name) => {
        const [found] = readPairs(Uint8Array.from(buffer, c => c.charCodeAt(0))).filter(([key]) => key === name)
        const got = text('firstValue', buffer, name)
        if (found) expect(got).to.equal(found[1])
        if (got !== null) expect(buffer).to.include(got)
        expect(number('pairCount', buffer)).to.be.within(0, buffer.length / 8)
      }))
  })

  describe('the pool of copies', () => {
    it('touches nothing but what was gathered, though it ended within a piece', () => {
      for (const left of [0, 1, 5, 8]) expect(number('strayBytes', left, 'B'.repeat(65_000)), `${left}`).to.equal(0)
    })
  })

  describe('the arena', () => {
    it('gives everything back with the next callback', () => {
      for (let i = 0; i < 50; i++) expect(number('blocks', 4096, 100)).to.equal(100)
    })

    it('has an end, and says so', () => {
      expect(number('blocks', 1 << 20, 10_000)).to.be.within(1, 9_999)
      expect(number('blocks', 0x7fffffff, 1)).to.equal(0)
    })
  })

  it('a cluster is named as protobuf, up to 120 bytes', () => {
    expect(text('grpcService', 'side')).to.equal('\n\x06\n\x04side')
    expect(text('grpcService', 'a'.repeat(121))).to.equal(null)
  })

  describe('what may stand in a header', () => {
    it('names are tokens of RFC 9110', () =>
      holds([bytes(6)], name => {
        expect(number('isToken', name)).to.equal(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name) ? 1 : 0)
      }))

    it('framing and the host are nobody’s to edit', () => {
      for (const name of ['Host', 'connection', 'TE', 'trailer', 'upgrade', 'Content-Length', 'transfer-encoding'])
        expect(number('isForbidden', name), name).to.equal(1)
      for (const name of ['hosts', 'x', 'content-type', '']) expect(number('isForbidden', name), name).to.equal(0)
    })

    it('values end no line', () =>
      holds([bytes()], value => {
        const hasControl = [...value].some(c => (c < ' ' && c !== '\t') || c === '\x7f')
        if (hasControl) expect(number('isSafeValue', value)).to.equal(0)
      }))
  })

  describe('paths', () => {
    const path = (): fc.Arbitrary<string> =>
      fc
        .array(fc.constantFrom('a', 'foo', '..', '.', '', '%2e%2e', 'b c'), { maxLength: 5 })
        .map(all => `/${all.join('/')}`)

    it('begin with exactly what replaced the prefix', () =>
      holds(
        [path(), fc.constantFrom('/foo', '/foo/', '/'), fc.constantFrom('/x/y', '/x/y/', '/', '')],
        (rest, prefix, value) => {
          const bare = prefix.replace(/\/$/, '')
          const result = text('replacePrefix', bare + rest, prefix, value)
          expect(result).to.match(/^\//)
          if (value.length > 1) expect(result).to.equal(value.replace(/\/$/, '') + rest)
        },
      ))

    it('are safe only below what is kept', () =>
      holds([path()], rest => {
        const isSafe = number('isSafePath', `/kept${rest}`, '/kept') === 1
        const { pathname } = new URL(`http://h/kept${rest}`)
        if (isSafe) expect(`${pathname}/`).to.match(/^\/kept\//)
        if (rest.includes(' ')) expect(isSafe).to.equal(false)
      }))
  })

  describe('the key of a plan', () => {
    it('is what the controller makes of its bytes', () =>
      holds([bytes(), bytes(), bytes(5)], (name, plan, other) => {
        const named = name + KEY_MARK + keyOf(new Uint8Array(latin1(plan)))
        expect(number('isKeyOf', named, plan)).to.equal(named.length > 17 ? 1 : 0)
        expect(number('isKeyOf', named, plan + other)).to.equal(named.length > 17 && other === '' ? 1 : 0)
        expect(text('withoutKey', named)).to.equal(name === '' ? named : name)
      }))

    it('is looked for in names that have one only', () =>
      holds([list()], name => {
        expect(number('isKeyOf', name, '')).to.equal(0)
        expect(text('withoutKey', name)).to.equal(name)
      }))

    it('differs where one bit of the plan does', () =>
      holds([bytes(), fc.nat(), fc.nat(7)], (plan, at, bit) => {
        const one = new Uint8Array(latin1(`${plan}x`))
        const two = one.slice()
        two[at % two.length]! ^= 1 << bit
        expect(keyOf(two)).to.not.equal(keyOf(one))
      }))
  })

  it('the rate limit’s arithmetic is the portable one, to the bit', () =>
    holds(
      [
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.nat(2 ** 31 - 1),
        fc.nat(2 ** 31 - 1),
        fc.constantFrom(1, 60, 3600),
      ],
      (level, elapsed, requests, unit) => {
        for (const burst of [5, 1e6])
          expect(number('drained', level, elapsed, requests, unit, burst)).to.equal(
            portable.drained(level, elapsed, requests, unit, burst),
          )
        expect(number('secondsUntilRoom', level, 5, requests, unit)).to.equal(
          portable.secondsUntilRoom(level, 5, requests, unit),
        )
      },
    ))
})

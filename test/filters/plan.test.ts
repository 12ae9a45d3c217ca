import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { type Fault, faultsOf, type Refusal } from '../../filters/plan/check.ts'
import { decode } from '../../filters/plan/decode.ts'
import { encode } from '../../filters/plan/encode.ts'
import { MAX_PLAN } from '../../filters/plan/layout.ts'
import type { HeadersOp, KeyPart, Limit, MirrorOp, Plan, RewriteOp } from '../../filters/plan/plan.ts'
import { print } from '../../filters/plan/print.ts'
import { plan } from './arbitrary.ts'
import { bytesOf, emptyPlan } from './suite.ts'

describe('the plan', () => {
  it('comes back from its bytes as it was', () => {
    fc.assert(
      fc.property(plan, one => {
        expect(decode(bytesOf(one))).to.deep.equal({ ok: true, plan: one })
      }),
      { numRuns: 300 },
    )
  })

  it('decodes any bytes to a plan or a refusal, never to an exception', () => {
    const mutation = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }))
    fc.assert(
      fc.property(plan, fc.array(mutation, { minLength: 1, maxLength: 5 }), fc.nat(), (one, mutations, cut) => {
        const bytes = bytesOf(one)
        for (const [at, value] of mutations) bytes[at % bytes.length] = value
        const part = bytes.subarray(0, cut % (bytes.length + 1))
        for (const candidate of [bytes, part]) expect(decode(candidate).ok).to.be.a('boolean')
      }),
      { numRuns: 300 },
    )
  })

  for (const name of ['everything', 'first-attempt', 'nothing']) {
    it(`has the bytes and the text of its golden file: ${name} (UPDATE_GOLDEN=1 writes it anew)`, async () => {
      const file = (ending: string) => join(import.meta.dirname, 'golden', `${name}.${ending}`)
      const one = JSON.parse(await readFile(file('in.json'), 'utf8')) as Plan
      const hex = Buffer.from(bytesOf(one)).toString('hex').replace(/.{64}/g, '$&\n').trimEnd()
      for (const [ending, actual] of [
        ['hex', `${hex}\n`],
        ['txt', print(one)],
      ] as const) {
        if (process.env.UPDATE_GOLDEN === '1') await writeFile(file(ending), actual)
        expect(actual).to.equal(await readFile(file(ending), 'utf8'))
      }
    })
  }

  it('is read only as a whole and in its own version', () => {
    const bytes = bytesOf({ ...emptyPlan(), rule: 'a/b#0' })
    expect(decode(bytes).ok).to.equal(true)
    for (let length = 0; length < bytes.length; length++) expect(decode(bytes.subarray(0, length)).ok).to.equal(false)
    const next = bytes.slice()
    next[3] = 0x32
    expect(decode(next).ok).to.equal(false)
  })

  it('skips unknown sections that are optional, and only those', () => {
    const bytes = bytesOf(emptyPlan())
    const withSection = (flags: number): Uint8Array => {
      const longer = new Uint8Array([...bytes, 99, flags, 1, 0, 0, 0, 42])
      new DataView(longer.buffer).setUint32(4, longer.length, true)
      return longer
    }
    expect(decode(withSection(1))).to.deep.equal({ ok: true, plan: emptyPlan() })
    expect(decode(withSection(0)).ok).to.equal(false)
  })
})

describe('what a plan may not hold', () => {
  const edit = (name: string, value = 'v'): Plan => ({
    ...emptyPlan(),
    upstream: {
      request: [{ type: 'Headers', policy: 'a/b', set: [], add: [{ name, value }], remove: [] }],
      response: [],
    },
  })
  const rewriting = (more: Partial<RewriteOp>): Plan => ({
    ...emptyPlan(),
    upstream: { request: [{ type: 'Rewrite', policy: 'a/b', ...more }], response: [] },
  })
  const at = 'upstream.request[0]'
  const full = (value: string): Plan => rewriting({ path: { type: 'ReplaceFullPath', value } })

  const cases: [what: string, plan: Plan, at: string, refusal: Refusal][] = [
    ['an empty name', edit(''), `${at}.add[0].name`, 'NotToken'],
    ['a space in a name', edit('x a'), `${at}.add[0].name`, 'NotToken'],
    ['a line break in a name', edit('x\r\na'), `${at}.add[0].name`, 'NotToken'],
    ['a letter beyond ASCII in a name', edit('xä'), `${at}.add[0].name`, 'NotToken'],
    ['a pseudo-header', edit(':path'), `${at}.add[0].name`, 'PseudoHeader'],
    ['the host', edit('Host'), `${at}.add[0].name`, 'HostHeader'],
    ['a hop-by-hop header', edit('Connection'), `${at}.add[0].name`, 'HopByHopHeader'],
    ['te', edit('TE'), `${at}.add[0].name`, 'HopByHopHeader'],
    ['a framing header', edit('Transfer-Encoding'), `${at}.add[0].name`, 'FramingHeader'],
    ['content-length', edit('content-length'), `${at}.add[0].name`, 'FramingHeader'],
    ['a name of 257 bytes', edit('x'.repeat(257)), `${at}.add[0].name`, 'TooLong'],
    ['CR in a value', edit('x', 'a\rb'), `${at}.add[0].value`, 'ControlCharacter'],
    ['LF in a value', edit('x', 'a\nb'), `${at}.add[0].value`, 'ControlCharacter'],
    ['NUL in a value', edit('x', 'a\0b'), `${at}.add[0].value`, 'ControlCharacter'],
    ['DEL in a value', edit('x', 'a\x7fb'), `${at}.add[0].value`, 'ControlCharacter'],
    ['a value over 8 KB', edit('x', 'ä'.repeat(4097)), `${at}.add[0].value`, 'TooLong'],
    ['a relative path', full('x'), `${at}.path.value`, 'NotPath'],
    ['no path', full(''), `${at}.path.value`, 'NotPath'],
    ['a query in a path', full('/a?b'), `${at}.path.value`, 'NotPath'],
    ['a space in a path', full('/a b'), `${at}.path.value`, 'NotPath'],
    ['a broken escape', full('/a%2'), `${at}.path.value`, 'NotPath'],
    ['a dot segment', full('/a/../b'), `${at}.path.value`, 'NotPath'],
    ['an escaped dot segment', full('/a/%2e%2E'), `${at}.path.value`, 'NotPath'],
    ['an empty host', rewriting({ host: '' }), `${at}.host`, 'NotHost'],
    ['two words for a host', rewriting({ host: 'a b' }), `${at}.host`, 'NotHost'],
    ['a host with a path', rewriting({ host: 'a/b' }), `${at}.host`, 'NotHost'],
    ['a host with a user', rewriting({ host: 'u@a' }), `${at}.host`, 'NotHost'],
    ['a port that is none', rewriting({ host: 'a:http' }), `${at}.host`, 'NotHost'],
    ['a quote in a rule’s name', { ...emptyPlan(), rule: 'a"b' }, 'rule', 'NotName'],
  ]
  for (const [what, plan, where, refusal] of cases) {
    it(`${what} is ${refusal}`, () => {
      expect(faultsOf(plan)).to.deep.equal([{ at: where, refusal } satisfies Fault])
      expect(encode(plan)).to.deep.equal({ ok: false, faults: [{ at: where, refusal }] })
    })
  }

  it('names every fault, in the order of the plan', () => {
    const op: HeadersOp = {
      type: 'Headers',
      policy: 'a b',
      set: [{ name: 'x', value: '\n' }],
      add: [],
      remove: [':a', 'ok'],
    }
    const faults = faultsOf({ ...emptyPlan(), clusters: [{ cluster: 'c', request: [], response: [op] }] })
    expect(faults.map(({ at, refusal }) => `${at} ${refusal}`)).to.deep.equal([
      'clusters[0].response[0].policy NotName',
      'clusters[0].response[0].set[0].value ControlCharacter',
      'clusters[0].response[0].remove[0] PseudoHeader',
    ])
  })

  it('numbers out of range, a name of two limits, too many limits, key parts and mirrors', () => {
    const limit: Limit = { name: 'n', requests: 1, unitSeconds: 1, burst: 1, scope: 'Node', key: [] }
    const faultsOfLimits = (limits: Limit[], trustedHops = 0): string[] =>
      faultsOf({
        ...emptyPlan(),
        downstream: { request: [{ type: 'RateLimit', policy: 'a/b', limits, trustedHops }], response: [] },
      }).map(({ at, refusal }) => `${at.replace('downstream.request[0].', '')} ${refusal}`)
    expect(faultsOfLimits([limit])).to.deep.equal([])
    expect(faultsOfLimits([{ ...limit, requests: 2 ** 32 }])).to.deep.equal(['limits[0].requests OutOfRange'])
    expect(faultsOfLimits([{ ...limit, burst: -1 }])).to.deep.equal(['limits[0].burst OutOfRange'])
    expect(faultsOfLimits([{ ...limit, requests: 1.5 }])).to.deep.equal(['limits[0].requests OutOfRange'])
    expect(faultsOfLimits([{ ...limit, name: 'a b' }])).to.deep.equal(['limits[0].name NotToken'])
    const twice = [limit, { ...limit, name: 'm' }, { ...limit, requests: 2 }]
    expect(faultsOfLimits(twice)).to.deep.equal(['limits[2].name Repeated'])
    expect(faultsOfLimits([limit], 256)).to.deep.equal(['trustedHops OutOfRange'])
    expect(faultsOfLimits(Array.from({ length: 9 }, (_, i) => ({ ...limit, name: `n${i}` })))).to.deep.equal([
      'limits TooMany',
    ])
    const key: KeyPart[] = Array.from({ length: 9 }, () => ({ type: 'Path' }))
    expect(faultsOfLimits([{ ...limit, key }])).to.deep.equal(['limits[0].key TooMany'])
    const mirror: MirrorOp = {
      type: 'Mirror',
      policy: 'a/b',
      cluster: 'c',
      fraction: { numerator: 1, denominator: 0 },
      timeoutMs: 1,
    }
    const request = Array.from({ length: 17 }, () => ({ ...mirror, fraction: { numerator: 1, denominator: 1 } }))
    expect(faultsOf({ ...emptyPlan(), upstream: { request, response: [] } })).to.deep.equal([
      { at: 'upstream.request', refusal: 'TooMany' },
    ])
    expect(faultsOf({ ...emptyPlan(), upstream: { request: [mirror], response: [] } })).to.deep.include({
      at: `${at}.fraction.denominator`,
      refusal: 'OutOfRange',
    })
  })

  it('more than the filters read', () => {
    const set = Array.from({ length: 9 }, (_, i) => ({ name: `x-${i}`, value: 'v'.repeat(8192) }))
    const op: HeadersOp = { type: 'Headers', policy: 'a/b', set, add: [], remove: [] }
    const encoded = encode({ ...emptyPlan(), downstream: { request: [], response: [op] } })
    expect(encoded).to.deep.equal({ ok: false, faults: [{ at: 'plan', refusal: 'TooLong' }] })
    expect(
      bytesOf({ ...emptyPlan(), downstream: { request: [], response: [{ ...op, set: set.slice(2) }] } }).length,
    ).to.be.below(MAX_PLAN)
  })
})

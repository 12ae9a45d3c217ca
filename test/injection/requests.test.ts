// No bad byte on either wire: hostile requests go through all four filters in the real Envoy, between a raw client and a raw
// backend.
import { expect } from 'chai'
import type { StaticEnvoy } from '../envoy/static.ts'
import { emptyPlan, startSuite } from '../filters/suite.ts'
import * as corpus from './corpus.ts'
import { manager } from './manager.ts'
import { get, inLanes, type RawBackend, rawBackend, sendRaw, statusOf } from './raw.ts'
import { requestFaults, wireFaults } from './wire-faults.ts'

describe('injection through requests', () => {
  const plan = {
    ...emptyPlan(),
    downstream: {
      request: [
        {
          type: 'RateLimit' as const,
          policy: 'a/l',
          trustedHops: 1,
          limits: (['Worker', 'Node'] as const).map(scope => ({
            name: scope,
            requests: 0xffffffff,
            unitSeconds: 1 as const,
            burst: 0xffffffff,
            scope,
            key: [
              { type: 'Header' as const, name: 'x-in' },
              { type: 'ClientAddress' as const },
              { type: 'Path' as const },
              { type: 'Host' as const },
              { type: 'QueryParam' as const, name: 'b' },
              { type: 'Cookie' as const, name: 'c' },
            ],
          })),
        },
      ],
      response: [
        { type: 'Headers' as const, policy: 'a/h', set: [{ name: 'x-out', value: 'a' }], add: [], remove: [] },
      ],
    },
    upstream: {
      request: [
        { type: 'Headers' as const, policy: 'a/h', set: [], add: [{ name: 'x-in', value: 'b' }], remove: [] },
        {
          type: 'Rewrite' as const,
          policy: 'a/w',
          host: 'new.example',
          path: { type: 'ReplacePrefixMatch' as const, prefix: '/p', value: '/new/place' },
        },
        {
          type: 'Mirror' as const,
          policy: 'a/m',
          cluster: 'copy',
          fraction: { numerator: 1, denominator: 1 },
          timeoutMs: 5000,
        },
      ],
      response: [],
    },
  }

  const serve = (up: RawBackend, copy: RawBackend): Promise<StaticEnvoy> =>
    startSuite([{ plan }], { clusters: { up: up.port, copy: copy.port }, manager })

  const sendAll = (envoy: StaticEnvoy, requests: string[]): Promise<string[]> =>
    inLanes(requests.length, n => sendRaw(envoy.port('main'), requests[n] ?? ''))

  /** A value in every place of a request that a filter reads. */
  const everywhere = (value: string): string[] => [
    get('a.example', '/p/a', [
      ['x-in', value],
      ['cookie', `c=${value}`],
      ['x-forwarded-for', value],
    ]),
    get(value),
    get('a.example', `/p/${value}`),
  ]

  const named = (name: string): string =>
    `${get('a.example', '/p/a', [[name, '5']])}${name === 'content-length' ? 'hello' : ''}`

  it('keeps both wires and the copies clean, whatever clients send', async () => {
    await using up = await rawBackend()
    await using copy = await rawBackend()
    await using envoy = await serve(up, copy)
    const values = [...corpus.LINE_ENDING, ...corpus.NOT_UTF8, ...corpus.NAUGHTY, 'v'.repeat(200_000)].filter(oneLine)
    const requests = [
      ...values.flatMap(everywhere),
      ...corpus.TARGETS.map(target => get('a.example', target)),
      ...corpus.FORBIDDEN_NAMES.filter(oneLine).map(named),
      get('a.example', '/p/a', [
        ['transfer-encoding', 'chunked'],
        ['content-length', '3'],
      ]),
    ]
    const replies = await sendAll(envoy, requests)
    expect(replies.flatMap(reply => wireFaults(reply, 'response').faults)).to.deep.equal([])
    expect(requestFaults(up)).to.deep.equal([])
    expect(requestFaults(copy)).to.deep.equal([])
    const good = replies.filter(reply => statusOf(reply) === '200').length
    expect(good).to.be.greaterThan(500)
    const arrived = up.streams.reduce((sum, { bytes }) => sum + wireFaults(bytes, 'request').messages, 0)
    expect(arrived).to.equal(good)
    const targets = up.streams.flatMap(({ bytes }) =>
      [...bytes.matchAll(/^GET (\S+) HTTP/gm)].map(match => match[1] ?? ''),
    )
    const rewritten = targets.filter(target => target.startsWith('/new'))
    expect(rewritten.filter(target => !target.startsWith('/new/place'))).to.deep.equal([])
    expect(envoy.log()).to.not.match(/wasm vm (failed|runtime)|unreachable/i)
  }).timeout(120_000)

  it('adds no bad byte to what clients make of several lines, whose headers are their own', async () => {
    await using up = await rawBackend()
    await using copy = await rawBackend()
    await using envoy = await serve(up, copy)
    const manyLines = (text: string): boolean => !oneLine(text)
    const values = [...corpus.LINE_ENDING, ...corpus.NAUGHTY].filter(manyLines)
    const requests = [...values.flatMap(everywhere), ...corpus.FORBIDDEN_NAMES.filter(manyLines).map(named)]
    const replies = await sendAll(envoy, requests)
    expect(requests).to.have.length.greaterThan(10)
    // What a client has written as a header of its own is one: not injected by anybody.
    const isFault = (fault: string): boolean => !fault.startsWith('injected: ')
    for (const faults of [
      replies.flatMap(reply => wireFaults(reply, 'response').faults),
      requestFaults(up),
      requestFaults(copy),
    ])
      expect(faults.filter(isFault)).to.deep.equal([])
    expect(up.streams).to.not.have.length(0)
    expect(envoy.log()).to.not.match(/wasm vm (failed|runtime)|unreachable/i)
  }).timeout(120_000)
})

const oneLine = (text: string): boolean => !text.includes('\n')

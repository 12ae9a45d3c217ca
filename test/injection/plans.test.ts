// No bad byte on either wire: hostile plans, as a broken or hostile controller would send them, go through the real Envoy,
// between a raw client and a raw backend.
import { expect } from 'chai'
import * as layout from '../../filters/plan/layout.ts'
import type { StaticEnvoy } from '../envoy/static.ts'
import { startSuite, type TestRoute } from '../filters/suite.ts'
import * as corpus from './corpus.ts'
import { manager } from './manager.ts'
import { type Edit, headers, mirror, mutate, type Operation, planBytes, rateLimit, rewrite } from './plan-bytes.ts'
import { get, inLanes, rawBackend, sendRaw, statusOf } from './raw.ts'
import { requestFaults, wireFaults } from './wire-faults.ts'

const { EDIT_ADD, EDIT_REMOVE, EDIT_SET, REWRITE_FULL_PATH, REWRITE_HOST, REWRITE_PREFIX } = layout
const { SOURCE_HEADER, SOURCE_ROUTE, SOURCE_TEXT } = layout
/** Actions that have a value. */
const ACTIONS = [EDIT_SET, EDIT_ADD, layout.EDIT_ADD_IF_ABSENT, layout.EDIT_APPEND]
const NO_TOKENS = corpus.FORBIDDEN_NAMES.filter(name => !/^[A-Za-z-]{1,256}$/.test(name))

/** A plan that has to be refused, or to do no harm. */
interface Hostile {
  name: string
  plan: Uint8Array
}

const inSection = (name: string, kind: number, operation: Operation): Hostile => ({
  name: `section ${kind}: ${name}`,
  plan: planBytes({ sections: [{ kind, operations: [operation] }] }),
})

const HEADER_SECTIONS = [
  layout.SECTION_UPSTREAM_REQUEST,
  layout.SECTION_UPSTREAM_RESPONSE,
  layout.SECTION_DOWNSTREAM_RESPONSE,
]

const show = (text: string): string => JSON.stringify(text.slice(0, 60))

const hostileEdits = (): Hostile[] =>
  HEADER_SECTIONS.flatMap(kind => [
    ...[...corpus.LINE_ENDING, 'v'.repeat(8193), 'v'.repeat(60_000)].flatMap(value =>
      [EDIT_SET, EDIT_ADD].map(action => inSection(`value ${show(value)}`, kind, headers([action, 'x-a', value]))),
    ),
    ...corpus.FORBIDDEN_NAMES.flatMap(name =>
      [EDIT_SET, EDIT_ADD, EDIT_REMOVE].map(action =>
        inSection(`${action} name ${show(name)}`, kind, headers([action, name, '5'])),
      ),
    ),
  ])

const hostileRewrites = (): Hostile[] => {
  const kind = layout.SECTION_UPSTREAM_REQUEST
  return [
    ...corpus.HOSTILE_HOSTS.map(host => inSection(`host ${show(host)}`, kind, rewrite(REWRITE_HOST, host, '', ''))),
    ...corpus.HOSTILE_PATHS.flatMap(path => [
      inSection(`full path ${show(path)}`, kind, rewrite(REWRITE_FULL_PATH, '', '', path)),
      ...(path === '' ? [] : [inSection(`prefix to ${show(path)}`, kind, rewrite(REWRITE_PREFIX, '', '/p', path))]),
    ]),
  ]
}

/** Header mutations, and edits of mirrored copies: what their names and values may not be. */
const hostileMutations = (): Hostile[] =>
  HEADER_SECTIONS.flatMap(kind => [
    ...[...corpus.LINE_ENDING, 'v'.repeat(8193)].flatMap(value =>
      ACTIONS.flatMap(action => [
        inSection(`text ${show(value)}`, kind, mutate({ action, source: SOURCE_TEXT, name: 'x-a', argument: value })),
        inSection(
          `template ${show(value)}`,
          kind,
          mutate({ action, source: SOURCE_ROUTE, name: 'x-a', template: value }),
        ),
      ]),
    ),
    ...corpus.FORBIDDEN_NAMES.flatMap(name =>
      [...ACTIONS, EDIT_REMOVE].map(action =>
        inSection(`${action} name ${show(name)}`, kind, mutate({ action, source: SOURCE_TEXT, name, argument: '5' })),
      ),
    ),
    ...NO_TOKENS.map(argument =>
      inSection(
        `value of ${show(argument)}`,
        kind,
        mutate({ action: EDIT_SET, source: SOURCE_HEADER, name: 'x-a', argument }),
      ),
    ),
  ])

const hostileCopies = (): Hostile[] => {
  const kind = layout.SECTION_UPSTREAM_REQUEST
  const edited = (name: string, sampleBy: string, ...edits: Edit[]): Hostile =>
    inSection(name, kind, mirror('copy', { sampleBy, edits }))
  return [
    ...[...corpus.LINE_ENDING, 'v'.repeat(8193)].flatMap(value =>
      [EDIT_SET, EDIT_ADD].map(action => edited(`copy's value ${show(value)}`, '', [action, 'x-a', value])),
    ),
    ...corpus.FORBIDDEN_NAMES.flatMap(name =>
      [EDIT_SET, EDIT_ADD, EDIT_REMOVE].map(action => edited(`copy's name ${show(name)}`, '', [action, name, '5'])),
    ),
    ...NO_TOKENS.filter(name => name !== '').flatMap(name => [
      edited(`sample by ${show(name)}`, name),
      inSection(`path of header ${show(name)}`, kind, rewrite(layout.REWRITE_HEADER, '', name, '')),
    ]),
  ]
}

const hostileNames = (): Hostile[] =>
  [...corpus.LINE_ENDING, 'a"b', 'a\\b', '\xe4'].flatMap(name => [
    inSection(`limit ${show(name)}`, layout.SECTION_DOWNSTREAM_REQUEST, rateLimit(name)),
    inSection(`mirror to ${show(name)}`, layout.SECTION_UPSTREAM_REQUEST, mirror(name)),
    ...(['rule', 'policy'] as const).map(field => ({
      name: `${field} ${show(name)}`,
      plan: planBytes({
        [field]: name,
        sections: [{ kind: layout.SECTION_UPSTREAM_REQUEST, operations: [headers([EDIT_SET, 'x-a', 'b'])] }],
      }),
    })),
  ])

const hostOf = (n: number): string => `c${n}.test`
const routesFor = (plans: Uint8Array[]): TestRoute[] => plans.map((plan, n) => ({ host: hostOf(n), plan }))

describe('injection through plan bytes', () => {
  for (const [what, make] of [
    ['header edits', hostileEdits],
    ['rewrites', hostileRewrites],
    ['header mutations', hostileMutations],
    ['edits of copies, and headers to sample by', hostileCopies],
    ['names of rules, policies, limits and clusters', hostileNames],
  ] as const)
    it(`refuses hostile ${what}; both wires and the log stay clean`, async () => {
      const hostile = make()
      await using up = await rawBackend()
      await using envoy = await startSuite(routesFor(hostile.map(({ plan }) => plan)), {
        clusters: { up: up.port },
        manager,
      })
      const replies = await eachReply(envoy, hostile.length)
      const passed = hostile
        .filter((_, n) => !['500', '400'].includes(statusOf(replies[n] ?? '')))
        .map(({ name }) => name)
      expect(passed).to.deep.equal([])
      expect(replies.flatMap(reply => wireFaults(reply, 'response').faults)).to.deep.equal([])
      expect(requestFaults(up)).to.deep.equal([])
      expect(envoy.log()).to.not.match(/x-evil/)
    }).timeout(120_000)

  it('sends a host of any bytes that RFC 3986 has in a registered name as one host', async () => {
    const host = "a,b!$&'()*+;=~-._%2c"
    const plan = planBytes({
      sections: [{ kind: layout.SECTION_UPSTREAM_REQUEST, operations: [rewrite(REWRITE_HOST, host, '', '')] }],
    })
    await using up = await rawBackend()
    await using envoy = await startSuite([{ plan }], { clusters: { up: up.port } })
    expect(statusOf(await sendRaw(envoy.port('main'), get('a.example')))).to.equal('200')
    expect(up.streams.map(({ bytes }) => bytes.match(/^host: .*$/gm))).to.deep.equal([[`host: ${host}`]])
    expect(requestFaults(up)).to.deep.equal([])
  })

  it('lets the Big List of Naughty Strings through as it is, or not at all', async () => {
    const isFine = (text: string): boolean =>
      Buffer.from(text, 'latin1').every(byte => byte === 9 || (byte >= 32 && byte !== 127))
    const values = [...corpus.NAUGHTY, ...corpus.NOT_UTF8]
    const plans = values.map(value =>
      planBytes({
        sections: [
          { kind: layout.SECTION_UPSTREAM_REQUEST, operations: [headers([EDIT_SET, 'x-naughty', value])] },
          { kind: layout.SECTION_DOWNSTREAM_RESPONSE, operations: [headers([EDIT_SET, 'x-naughty', value])] },
        ],
      }),
    )
    await using up = await rawBackend()
    await using envoy = await startSuite(routesFor(plans), { clusters: { up: up.port } })
    const replies = await eachReply(envoy, values.length)
    for (const [n, value] of values.entries()) {
      const line = `x-naughty: ${value}\r\n`
      if (isFine(value)) expect(replies[n], show(value)).to.include(line)
      else expect(statusOf(replies[n] ?? ''), show(value)).to.equal('500')
      expect(
        up.streams.some(({ bytes }) => bytes.includes(line)),
        show(value),
      ).to.equal(isFine(value))
    }
    expect(requestFaults(up)).to.deep.equal([])
  }).timeout(120_000)
})

const eachReply = (envoy: StaticEnvoy, count: number): Promise<string[]> =>
  inLanes(count, n => sendRaw(envoy.port('main'), get(hostOf(n))))

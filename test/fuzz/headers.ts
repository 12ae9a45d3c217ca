// Header edits: our operations against `header_mutation`, or against a route's header options where there is one operation
// and so no order among several.
import type { HeadersOp } from '../../filters/plan/plan.ts'
import { emptyPlan } from '../filters/suite.ts'
import { DIFFERENCES } from './differences.ts'
import type { Random } from './random.ts'
import { smallerHeaders, smallerLists } from './shrink.ts'
import type { Subject } from './subject.ts'
import { viewOf } from './view.ts'

type Edits = Pick<HeadersOp, 'set' | 'add' | 'remove'>

export interface HeadersConfig {
  /** How the native side says it. */
  via: 'route' | 'header_mutation'
  request: Edits[]
  response: Edits[]
}

const TYPE = 'type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.'

/** Few names, so that edits and messages meet; among them those that Envoy treats in ways of its own. */
const NAMES = ['x-a', 'x-b', 'x-c', 'X-Case-Mixed', "!#$%&'*+.^_`|~", 'accept', 'user-agent', 'cookie', 'set-cookie']
const MORE_NAMES = [
  'cache-control',
  'via',
  'authorization',
  'content-type',
  'accept-encoding',
  'referer',
  'vary',
  'date',
]
const RARE_NAMES = [
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-request-id',
  'server',
  'location',
  'etag',
  'grpc-timeout',
]
const ALL_NAMES = [...NAMES, ...NAMES, ...MORE_NAMES, ...RARE_NAMES]
const VALUES = [
  '',
  'a',
  'b',
  'a, b',
  'a;q=0.5, */*',
  '100%',
  '%REQ(x-a)%',
  '"quoted"',
  ' led',
  'tailed ',
  '\t',
  'ä€😀',
  '{}',
]

const value = (random: Random): string =>
  random.once(4)
    ? random.list(0, 40, () => String.fromCharCode(random.pick([0x20 + random.below(95), 9, 0xe4, 0x20ac]))).join('')
    : random.once(60)
      ? 'v'.repeat(random.below(8000))
      : random.pick(VALUES)

const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

const message = (random: Random): [string, string][] =>
  random.list(0, 6, () => [random.pick(ALL_NAMES), latin1(value(random))])

/** Each name at most once in an operation, as the CRD has it. */
function edits(random: Random): Edits {
  const used = new Set<string>()
  const fresh = <T>(make: (name: string) => T): T[] =>
    random
      .list(0, 3, () => random.pick(ALL_NAMES))
      .filter(name => !used.has(name) && used.add(name))
      .map(make)
  return {
    set: fresh(name => ({ name, value: value(random) })),
    add: fresh(name => ({ name, value: value(random) })),
    remove: fresh(name => name),
  }
}

const operations = (list: Edits[]): HeadersOp[] =>
  list.map(parts => ({ type: 'Headers', policy: 'fuzz/headers', ...parts }))

/** `%` begins a command in Envoy's header values. */
const header = ({ name, value }: { name: string; value: string }) => ({ key: name, value: value.replaceAll('%', '%%') })

const option = (action: string) => (one: { name: string; value: string }) => ({
  header: header(one),
  append_action: action,
  keep_empty_value: true,
})
const setting = option('OVERWRITE_IF_EXISTS_OR_ADD')
const adding = option('APPEND_IF_EXISTS_OR_ADD')

const mutations = (list: Edits[]): object[] =>
  list.flatMap(({ set, add, remove }) => [
    ...set.map(one => ({ append: setting(one) })),
    ...add.map(one => ({ append: adding(one) })),
    ...remove.map(name => ({ remove: name })),
  ])

const ofRoute = (list: Edits[], side: 'request' | 'response'): object => ({
  [`${side}_headers_to_add`]: list.flatMap(({ set, add }) => [...set.map(setting), ...add.map(adding)]),
  [`${side}_headers_to_remove`]: list.flatMap(({ remove }) => remove),
})

export const headers: Subject<HeadersConfig> = {
  name: 'headers',
  filters: [{ name: 'mutation', typed_config: { '@type': `${TYPE}HeaderMutation` } }],
  isSequence: false,
  copies: () => 0,
  config: random => {
    const via = random.pick(['route', 'header_mutation'] as const)
    const list = () => random.list(0, via === 'route' ? 1 : 3, () => edits(random))
    return { via, request: list(), response: list() }
  },
  request: random => ({
    method: random.pick(['GET', 'POST', 'DELETE', 'OPTIONS', 'PROPFIND']),
    path: '/',
    headers: message(random),
    answer: message(random).filter(([name]) => name !== 'x-request-id'),
    body: random.once(4) ? 'body' : '',
  }),
  plan: ({ request, response }) => ({
    ...emptyPlan(),
    upstream: { request: operations(request), response: operations(response) },
  }),
  native: ({ via, request, response }) => ({
    routes: [
      {
        match: { prefix: '/' },
        more:
          via === 'route'
            ? { ...ofRoute(request, 'request'), ...ofRoute(response, 'response') }
            : {
                typed_per_filter_config: {
                  mutation: {
                    '@type': `${TYPE}HeaderMutationPerRoute`,
                    mutations: { request_mutations: mutations(request), response_mutations: mutations(response) },
                  },
                },
              },
      },
    ],
  }),
  smaller: config => [
    ...smallerLists(config.request, smallerEdits).map(request => ({ ...config, request })),
    ...smallerLists(config.response, smallerEdits).map(response => ({ ...config, response })),
  ],
  view: viewOf,
  known: (config, request, wasm, native) =>
    DIFFERENCES.headers.find(({ applies }) => applies({ config, request, wasm, native }))?.name,
}

const smallerEdits = (one: Edits): Edits[] => [
  ...smallerLists(one.set, smallerHeaders).map(set => ({ ...one, set })),
  ...smallerLists(one.add, smallerHeaders).map(add => ({ ...one, add })),
  ...smallerLists(one.remove).map(remove => ({ ...one, remove })),
]

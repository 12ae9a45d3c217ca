// HeaderMutation: our mutations against `header_mutation`, whose values are format strings. What it cannot say, captures,
// is held to their meaning in test/filters/extensions.test.ts.
import type { Mutation, MutationValue } from '../../filters/plan/plan.ts'
import { emptyPlan } from '../filters/suite.ts'
import { DIFFERENCES } from './differences.ts'
import type { Random } from './random.ts'
import { smallerLists } from './shrink.ts'
import type { Subject } from './subject.ts'
import { viewOf } from './view.ts'

export interface MutationsConfig {
  request: Mutation[]
  response: Mutation[]
}

const TYPE = 'type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.'
/** Few, so that edits, sources and messages meet. */
const NAMES = ['x-a', 'x-b', 'x-c', 'X-Mixed', 'accept', 'cookie', 'cache-control', 'user-agent']
const VALUES = ['a', 'b, c', '100%', '%REQ(x-a)%', '\t', 'ä€😀', '"quoted"']
const ACTIONS = ['Set', 'Set', 'Add', 'AddIfAbsent', 'Append'] as const

/** Rarely empty, as Envoy cannot copy an empty value. */
const text = (random: Random): string => (random.once(40) ? '' : random.pick(VALUES))

const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

const messageHeaders = (random: Random): [string, string][] =>
  random.list(0, 6, () => [random.pick(NAMES), latin1(text(random))])

const sourceOf = (random: Random, isRequest: boolean): MutationValue => {
  if (random.once(2)) return { type: 'Header', header: random.pick(NAMES) }
  if (random.once(2)) return { type: 'Text', text: text(random) }
  return { type: random.pick(isRequest ? (['ClientAddress', 'Path', 'Host', 'Method'] as const) : ['ClientAddress']) }
}

const mutationOf = (random: Random, isRequest: boolean): Mutation => {
  const name = random.pick(NAMES)
  if (random.once(5)) return { action: 'Remove', name }
  return { action: random.pick(ACTIONS), name, value: sourceOf(random, isRequest) }
}

const APPEND = {
  Set: 'OVERWRITE_IF_EXISTS_OR_ADD',
  Add: 'APPEND_IF_EXISTS_OR_ADD',
  AddIfAbsent: 'ADD_IF_ABSENT',
  Append: 'APPEND_IF_EXISTS_OR_ADD',
} as const

const format = (value: MutationValue, side: 'REQ' | 'RESP'): string => {
  switch (value.type) {
    case 'Text':
      return value.text.replaceAll('%', '%%')
    case 'Header':
      return `%${side}(${value.header})%`
    case 'Path':
      return '%REQ(:path)%'
    case 'Host':
      return '%REQ(:authority)%'
    case 'Method':
      return '%REQ(:method)%'
    default:
      return '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%'
  }
}

const native = (mutations: Mutation[], side: 'REQ' | 'RESP'): object[] =>
  mutations.map(mutation =>
    mutation.action === 'Remove'
      ? { remove: mutation.name }
      : {
          append: {
            header: { key: mutation.name, value: format(mutation.value, side) },
            append_action: APPEND[mutation.action],
            // An empty text is a value; an absent header is none, and an empty one cannot be told from it.
            keep_empty_value: mutation.value.type !== 'Header',
          },
        },
  )

export const mutations: Subject<MutationsConfig> = {
  name: 'mutations',
  filters: [{ name: 'mutation', typed_config: { '@type': `${TYPE}HeaderMutation` } }],
  isSequence: false,
  copies: () => 0,
  config: random => ({
    request: random.list(0, 4, () => mutationOf(random, true)),
    response: random.list(0, 4, () => mutationOf(random, false)),
  }),
  request: random => ({
    method: random.pick(['GET', 'POST', 'PROPFIND']),
    path: random.pick(['/', '/a/b?c=d', '/%41']),
    headers: messageHeaders(random),
    answer: messageHeaders(random),
    body: '',
  }),
  plan: ({ request, response }) => ({
    ...emptyPlan(),
    upstream: {
      request: [{ type: 'Mutate', policy: 'fuzz/mutations', edits: request }],
      response: [{ type: 'Mutate', policy: 'fuzz/mutations', edits: response }],
    },
  }),
  native: ({ request, response }) => ({
    routes: [
      {
        match: { prefix: '/' },
        more: {
          typed_per_filter_config: {
            mutation: {
              '@type': `${TYPE}HeaderMutationPerRoute`,
              mutations: { request_mutations: native(request, 'REQ'), response_mutations: native(response, 'RESP') },
            },
          },
        },
      },
    ],
  }),
  smaller: config => [
    ...smallerLists(config.request).map(request => ({ ...config, request })),
    ...smallerLists(config.response).map(response => ({ ...config, response })),
  ],
  view: viewOf,
  known: (config, request, wasm, native) =>
    DIFFERENCES.mutations.find(({ applies }) => applies({ config, request, wasm, native }))?.name,
}

// The header job: set two, add one, remove one, on request and response. Static, with 1,500 other streams under way, and per
// route.
import type { HeadersOp, Plan } from '../../../filters/plan/plan.ts'
import { emptyPlan } from '../../filters/suite.ts'
import { FILTERS, ifBuilt, lua, type Modules, NO_RECORD, planMetadata, type Variant, wasm } from '../variant.ts'

const EDITS = {
  set: [
    { name: 'x-set-one', value: 'value-one' },
    { name: 'x-set-two', value: 'value-two' },
  ],
  add: [{ name: 'x-added', value: 'value-added' }],
  remove: ['x-remove-me'],
}
export const headersOp: HeadersOp = { type: 'Headers', policy: 'bench/headers', ...EDITS }

const text = (value: string): object => ({ type: 'Text', text: value })
const list = [
  ...EDITS.set.map(({ name, value }) => ({ action: 'Set', name, value: text(value) })),
  ...EDITS.add.map(({ name, value }) => ({ action: 'Add', name, value: text(value) })),
  ...EDITS.remove.map(name => ({ action: 'Remove', name })),
]
/** For `headers.wasm`. */
export const headersConfiguration = { name: 'bench', request: list, response: list }

const appended =
  (append_action: string) =>
  ({ name, value }: { name: string; value: string }): object => ({ header: { key: name, value }, append_action })
const added = [
  ...EDITS.set.map(appended('OVERWRITE_IF_EXISTS_OR_ADD')),
  ...EDITS.add.map(appended('APPEND_IF_EXISTS_OR_ADD')),
]
export const routeHeaders = {
  request_headers_to_add: added,
  request_headers_to_remove: EDITS.remove,
  response_headers_to_add: added,
  response_headers_to_remove: EDITS.remove,
}
const operations = [...added.map(append => ({ append })), ...EDITS.remove.map(remove => ({ remove }))]
const mutations = { mutations: { request_mutations: operations, response_mutations: operations } }
const mutation = (config: object): object => ({
  name: 'mutation',
  typed_config: { '@type': `${FILTERS}header_mutation.v3.HeaderMutation`, ...config },
})

const luaEdits = (phase: string): string =>
  `function envoy_on_${phase}(h) local m=h:headers() m:replace("x-set-one","value-one") m:replace("x-set-two","value-two") ` +
  'm:add("x-added","value-added") m:remove("x-remove-me") end\n'
export const LUA_HEADERS = luaEdits('request') + luaEdits('response')

/** What the client sees of it. */
export const headersShow = {
  'x-set-one': 'value-one',
  'x-set-two': 'value-two',
  'x-added': 'value-added',
  'x-remove-me': '',
}

const direct = (job: string, who: string, more: Partial<Variant>): Variant => ({
  job,
  who,
  answers: 'directly',
  shows: headersShow,
  ...more,
})
const routed = (who: string, more: Partial<Variant>): Variant => ({
  job: 'headers-route',
  who,
  answers: 'by backend',
  shows: headersShow,
  ...more,
})

const plan: Plan = {
  ...emptyPlan(),
  downstream: { request: [], response: [headersOp] },
  upstream: { request: [headersOp], response: [] },
}

export const headersJobs = (modules: Modules): Variant[] => {
  const job = 'headers-static'
  const held = (who: string, filter: object): Variant =>
    direct('headers-held', who, { downstream: [filter], held: 1500 })
  const ours = (vm: string, more = {}): object =>
    wasm(modules.ours.headers, 'headers', vm, { ...headersConfiguration, ...more })
  return [
    direct(job, 'native header_mutation', { downstream: [mutation(mutations)] }),
    direct(job, 'native route options', { route: routeHeaders }),
    direct(job, 'Lua', { downstream: [lua(LUA_HEADERS)] }),
    ...(['C', 'C, counting', 'Rust SDK', 'published AS SDK'] as const).flatMap(rival =>
      ifBuilt(modules, rival, file => direct(job, rival, { downstream: [wasm(file, 'bench', `static ${rival}`)] })),
    ),
    direct(job, 'headers.wasm', { downstream: [ours('static headers')] }),
    direct(job, 'headers.wasm, no record', { downstream: [ours('bare headers', NO_RECORD)] }),
    ...ifBuilt(modules, 'published AS SDK', file => held('published AS SDK', wasm(file, 'bench', 'held AS SDK'))),
    held('headers.wasm', ours('held headers')),
    routed('native header_mutation', {
      downstream: [mutation({})],
      route: {
        typed_per_filter_config: {
          mutation: { '@type': `${FILTERS}header_mutation.v3.HeaderMutationPerRoute`, ...mutations },
        },
      },
    }),
    routed('native route options', { route: routeHeaders }),
    routed('Lua', {
      downstream: [lua('')],
      route: {
        typed_per_filter_config: {
          lua: { '@type': `${FILTERS}lua.v3.LuaPerRoute`, source_code: { inline_string: LUA_HEADERS } },
        },
      },
    }),
    ...ifBuilt(modules, 'C plan, downstream', before =>
      routed('C, the same crossings', {
        downstream: [wasm(before, 'bench', 'C plan, downstream')],
        upstream: [wasm(modules.rivals.get('C plan, upstream') ?? before, 'bench', 'C plan, upstream')],
        route: planMetadata(plan),
      }),
    ),
    routed('suite', { plan }),
  ]
}

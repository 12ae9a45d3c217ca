// The price of each job as counts: what the suite and each bare module ask of Envoy for one request. Whoever makes a filter
// dearer, or cheaper, says so: UPDATE_GOLDEN=1 writes the file.
import { readFile, writeFile } from 'node:fs/promises'
import { expect } from 'chai'
import { build } from '../../filters/build.mts'
import { KEY_MARK, keyOf } from '../../filters/plan/key.ts'
import type { Plan, RateLimitOp, UpstreamRequestOp } from '../../filters/plan/plan.ts'
import { cut } from '../../filters/suite/cut.ts'
import * as names from '../../filters/suite/names.ts'
import { downstreamPlugin, type Plugin, upstreamPlugin } from '../../filters/suite/plugins.ts'
import { type Crossings, crossingsOf } from './crossings.ts'
import { bytesOf, emptyPlan } from './suite.ts'

const golden = new URL('crossings.json', import.meta.url)
const REQUEST = { ':path': '/p3/x/y?z=1', 'x-set-one': 'old', 'x-remove-me': 'gone' }

/** The plugins that the controller would switch on, each with its own module, and the route's name with the key of the plan. */
async function throughSuite(suite: Uint8Array, plan: Plan): Promise<Crossings> {
  const bytes = bytesOf(plan)
  const name = `HTTPRoute/default/test/0/0${KEY_MARK}${keyOf(bytes)}`
  const chain = async (plugin: Plugin | undefined, placement: 'downstream' | 'upstream'): Promise<Crossings> =>
    plugin === undefined
      ? []
      : (
          await crossingsOf(cut(suite, plugin.callbacks), host =>
            host
              .plugin({ vmId: names.VM_ID, rootId: plugin.rootId, placement })
              .request(REQUEST)
              .route({ name, cluster: 'up', typedMetadata: { [names.PLAN_METADATA]: bytes } }),
          )
        ).map(line => `${plugin.name} ${line}`)
  return [...(await chain(downstreamPlugin(plan), 'downstream')), ...(await chain(upstreamPlugin(plan), 'upstream'))]
}

const headers = {
  type: 'Headers' as const,
  policy: 'bench/headers',
  set: [
    { name: 'x-set-one', value: 'value-one' },
    { name: 'x-set-two', value: 'value-two' },
  ],
  add: [{ name: 'x-added', value: 'value-added' }],
  remove: ['x-remove-me'],
}
const rewrite: UpstreamRequestOp = {
  type: 'Rewrite',
  policy: 'bench/rewrite',
  host: 'internal.example.com',
  path: { type: 'ReplacePrefixMatch', prefix: '/p3', value: '/rewritten' },
}
const mirror: UpstreamRequestOp = {
  type: 'Mirror',
  policy: 'bench/mirror',
  cluster: 'mirror',
  fraction: { numerator: 1, denominator: 1 },
  timeoutMs: 1000,
}
const limit = (scope: 'Worker' | 'Node'): RateLimitOp => ({
  type: 'RateLimit',
  policy: `bench/limit-${scope}`,
  trustedHops: 0,
  limits: [{ name: 'all', requests: 4_000_000_000, unitSeconds: 1, burst: 4_000_000_000, scope, key: [] }],
})
const plan = (request: UpstreamRequestOp[], limits: RateLimitOp[], hasResponse: boolean): Plan => ({
  ...emptyPlan(),
  downstream: { request: limits, response: hasResponse ? [headers] : [] },
  upstream: { request, response: [] },
})
const SUITE: Record<string, Plan> = {
  headers: plan([headers], [], true),
  rewrite: plan([rewrite], [], false),
  'rate limit, worker': plan([], [limit('Worker')], false),
  'rate limit, node': plan([], [limit('Node')], false),
  mirror: plan([mirror], [], false),
  'all four': plan([headers, rewrite, mirror], [limit('Worker')], true),
}

const text = (value: string): object => ({ type: 'Text', text: value })
const edits = [
  { action: 'Set', name: 'x-set-one', value: text('value-one') },
  { action: 'Set', name: 'x-set-two', value: text('value-two') },
  { action: 'Add', name: 'x-added', value: text('value-added') },
  { action: 'Remove', name: 'x-remove-me' },
]
const prefix = { prefix: '/p3', replacement: '/rewritten' }
const STANDALONE: Record<string, object> = {
  headers: { request: edits, response: edits },
  mirror: { cluster: 'mirror' },
  'rate-limit': { limits: [{ name: 'all', requests: 4_000_000_000, unit: 'Second', scope: 'Worker' }] },
  rewrite: {
    hostname: 'internal.example.com',
    path: { type: 'ReplacePrefixMatch', replacePrefixMatch: prefix },
  },
}

describe('crossings between Envoy and the modules', () => {
  const modules = new Map<string, Uint8Array>()
  let counted: Record<string, Crossings>
  before(async () => {
    for (const { module, file } of await build('release')) modules.set(module, await readFile(file))
    counted = {}
    for (const [job, plan] of Object.entries(SUITE))
      counted[`suite.wasm: ${job}`] = await throughSuite(modules.get('suite')!, plan)
    for (const [module, configuration] of Object.entries(STANDALONE))
      for (const placement of ['downstream', 'upstream'] as const)
        counted[`${module}.wasm, ${placement}`] = await crossingsOf(modules.get(module)!, host =>
          host.plugin({ configuration, placement }).request(REQUEST),
        )
    if (process.env.UPDATE_GOLDEN) await writeFile(golden, `${JSON.stringify(counted, null, 2)}\n`)
  })

  it('are those written down', async () => {
    expect(counted).to.deep.equal(JSON.parse(await readFile(golden, 'utf8')))
  })
})

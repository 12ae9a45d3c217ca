// The trap drill: the suite with a way to trap, in Envoy as the controller configures it. What `FAIL_RELOAD` gives then, as
// docs/filters-safety.md tells users. Our modules have no such way; whoever adds code to them has to know what it would cost.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect } from 'chai'
import type { Limit, Plan } from '../../filters/plan/plan.ts'
import { type StaticEnvoy, startEnvoy } from '../envoy/static.ts'
import { call, type Reply, startUpstream, type Upstream } from '../envoy/upstream.ts'
import { moduleOf } from '../filters/module.ts'
import { emptyPlan, suiteBootstrap, suiteModule } from '../filters/suite.ts'

const LIMIT = 20
const limit: Limit = { name: 'each', requests: LIMIT, burst: LIMIT, unitSeconds: 2592000, scope: 'Node', key: [] }
const limited = (scope: Limit['scope']): Plan => ({
  ...emptyPlan(),
  downstream: {
    request: [{ type: 'RateLimit', policy: `default/drill-${scope}`, trustedHops: 0, limits: [{ ...limit, scope }] }],
    response: [],
  },
})

describe('a trap in the suite, under FAIL_RELOAD', function () {
  this.timeout(60_000)
  let folder: string
  let backend: Upstream
  let envoy: StaticEnvoy
  let release: () => void
  /** Requests that the limit has let pass. */
  let taken = 0

  const ask = (host: string, headers: Record<string, string> = {}, path = '/'): Promise<Reply> =>
    call(envoy.port('main'), { path, headers: { host, ...headers } })
  const askFiltered = async (headers: Record<string, string> = {}, path = '/'): Promise<number> => {
    const { status } = await ask('filtered', headers, path)
    if (status === 200) taken++
    return status
  }
  const trap = (): Promise<Reply> => ask('filtered', { 'x-trap': 'now' })
  const stat = async (name: string): Promise<number> =>
    Number((await envoy.admin(`/stats?filter=^wasm.sluice.downstream.${name}$`)).split(' ')[1])

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-trap-'))
    const file = join(folder, 'trap.wasm')
    await writeFile(file, await moduleOf('test/trap/assembly/index.ts'))
    const released = new Promise<void>(resolve => {
      release = resolve
    })
    backend = await startUpstream(async ({ path }) => {
      if (path === '/slow') await released
      return {}
    })
    const routes = [
      { host: 'filtered', plan: limited('Node') },
      { host: 'worker', plan: limited('Worker') },
      { host: 'plain' },
    ]
    const ofSuite = new RegExp(`${(await suiteModule()).replace(/\.wasm$/, '')}[a-z-]*\\.wasm`, 'g')
    const bootstrap = JSON.stringify(await suiteBootstrap(routes, { clusters: { up: backend.port } }))
    envoy = await startEnvoy(JSON.parse(bootstrap.replaceAll(ofSuite, file)) as object, {
      logLevel: 'error',
    })
  })
  after(async () => {
    await envoy?.[Symbol.asyncDispose]()
    await backend?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  it('fails every stream of the worker that has the filter, when its answer comes, and no other', async () => {
    expect(await askFiltered()).to.equal(200)
    const filtered = ask('filtered', {}, '/slow')
    taken++
    const plain = ask('plain', {}, '/slow')
    await backend.nth(3)
    expect((await trap()).status).to.equal(503)
    release()
    expect((await filtered).status).to.equal(503)
    expect((await plain).status).to.equal(200)
  })

  it('answers 503 while it backs off, and comes back by itself', async () => {
    // The module was loaded, or loaded again, less than a second before: Envoy waits.
    while ((await stat('vm_reload_backoff')) === 0) {
      while ((await askFiltered()) !== 200);
      await trap()
      await askFiltered()
    }
    expect((await ask('plain')).status).to.equal(200)
    const reloads = await stat('vm_reload_success')
    while ((await askFiltered()) !== 200);
    expect(await stat('vm_reload_success')).to.equal(reloads + 1)
    expect(await stat('vm_reload_failure')).to.equal(0)
  })

  it('is good again for the very next request once the module has run for a while', async () => {
    let status = 0
    for (let age = 500; status !== 200; age += 500) {
      await setTimeout(age)
      expect((await trap()).status).to.equal(503)
      status = await askFiltered()
      while (status !== 200 && (await askFiltered()) !== 200);
    }
  })

  it('keeps the buckets of node scope', async () => {
    while ((await askFiltered()) === 200);
    expect(taken).to.equal(LIMIT)
    expect((await ask('filtered')).status).to.equal(429)
  })

  it('loses those of worker scope', async () => {
    const pass = async (): Promise<number> => {
      let passed = 0
      while ((await ask('worker')).status === 200) passed++
      return passed
    }
    expect(await pass()).to.equal(LIMIT)
    expect(await pass()).to.equal(0)
    expect((await trap()).status).to.equal(503)
    while ((await ask('worker')).status !== 200);
    expect(await pass()).to.equal(LIMIT - 1)
  })
})

import { expect } from 'chai'
import type { Plan, RewriteOp } from '../../filters/plan/plan.ts'
import type { StaticEnvoy } from '../envoy/static.ts'
import { call, startUpstream, type Upstream, valuesOf } from '../envoy/upstream.ts'
import { eventually } from '../eventually.ts'
import { emptyPlan, metrics, startSuite, type TestRoute } from './suite.ts'

const rewriting = (path: RewriteOp['path'], more: Partial<RewriteOp> = {}): Plan => ({
  ...emptyPlan(),
  upstream: { request: [{ type: 'Rewrite', policy: 'default/r', ...(path ? { path } : {}), ...more }], response: [] },
})

const prefixTo = (prefix: string, value: string) => rewriting({ type: 'ReplacePrefixMatch', prefix, value })

/** One row of the Gateway API's table, or of those that users of other gateways asked for. */
interface Row {
  path: string
  prefix: string
  value: string
  result: string | 400
}

const rows: Row[] = [
  { path: '/foo/bar', prefix: '/foo', value: '/xyz', result: '/xyz/bar' },
  { path: '/foo/bar', prefix: '/foo', value: '/xyz/', result: '/xyz/bar' },
  { path: '/foo/bar', prefix: '/foo/', value: '/xyz', result: '/xyz/bar' },
  { path: '/foo/bar', prefix: '/foo/', value: '/xyz/', result: '/xyz/bar' },
  { path: '/foo', prefix: '/foo', value: '/xyz', result: '/xyz' },
  { path: '/foo/', prefix: '/foo', value: '/xyz', result: '/xyz/' },
  { path: '/foo/bar', prefix: '/foo', value: '', result: '/bar' },
  { path: '/foo/bar', prefix: '/foo', value: '/', result: '/bar' },
  { path: '/foo/', prefix: '/foo', value: '', result: '/' },
  { path: '/foo', prefix: '/foo', value: '', result: '/' },
  { path: '/foo/', prefix: '/foo', value: '/', result: '/' },
  { path: '/foo', prefix: '/foo', value: '/', result: '/' },
  { path: '/foo?a=/b', prefix: '/foo', value: '/', result: '/?a=/b' },
  { path: '/foo?a=/foo', prefix: '/foo', value: '/xyz', result: '/xyz?a=/foo' },
  { path: '/foobar', prefix: '/foo', value: '/xyz', result: '/foobar' },
  { path: '/foobar/foo/', prefix: '/foo', value: '/', result: '/foobar/foo/' },
  { path: '/anything', prefix: '/', value: '/xyz', result: '/xyz/anything' },
  { path: '/', prefix: '/', value: '/xyz', result: '/xyz/' },
  { path: '/foo//bar', prefix: '/foo', value: '/xyz', result: '/xyz//bar' },
  { path: '/foo//bar', prefix: '/foo', value: '/', result: '/bar' },
  { path: '/foo/a%2Fb%41', prefix: '/foo', value: '/xyz', result: '/xyz/a%2Fb%41' },
  { path: '/foo/a?x[]=1|2', prefix: '/foo', value: '/xyz', result: '/xyz/a?x[]=1|2' },
  { path: '/foo/a/../b', prefix: '/foo', value: '/xyz', result: '/xyz/a/../b' },
  { path: '/foo/../b', prefix: '/foo', value: '/xyz', result: 400 },
  { path: '/foo/a/../..', prefix: '/foo', value: '/xyz', result: 400 },
  { path: '/foo/.%2E/b', prefix: '/foo', value: '/xyz', result: 400 },
  { path: '/foo/a//../../b', prefix: '/foo', value: '/xyz', result: 400 },
  { path: '/foo/..', prefix: '/foo', value: '/', result: 400 },
  { path: '/foo/..a/.../b', prefix: '/foo', value: '/xyz', result: '/xyz/..a/.../b' },
  { path: '/foo/%zz', prefix: '/foo', value: '/xyz', result: 400 },
  { path: '/foo/a%2', prefix: '/foo', value: '/xyz', result: 400 },
  { path: '/foo/a|b', prefix: '/foo', value: '/xyz', result: 400 },
]

describe('rewrite in Envoy', () => {
  let upstream: Upstream
  let envoy: StaticEnvoy

  const plans = [...new Set(rows.map(({ prefix, value }) => `${prefix}>${value}`))]

  before(async () => {
    upstream = await startUpstream()
    // One host for each prefix and value: Envoy's own path match stays out of the way.
    const routes = plans.map((plan): TestRoute => {
      const [prefix = '', value = ''] = plan.split('>')
      return { host: plan.replace(/[^a-z]/g, '-') + plans.indexOf(plan), plan: prefixTo(prefix, value) }
    })
    envoy = await startSuite(
      [
        ...routes,
        { host: 'full', plan: rewriting({ type: 'ReplaceFullPath', value: '/one/two' }) },
        { host: 'host', plan: rewriting(undefined, { host: 'other.example:8080' }) },
        { host: 'dry', plan: rewriting({ type: 'ReplaceFullPath', value: '/one' }, { host: 'other', dryRun: true }) },
      ],
      { clusters: { up: upstream.port } },
    )
  })

  after(async () => {
    await envoy[Symbol.asyncDispose]()
    await upstream[Symbol.asyncDispose]()
  })

  const ask = async (host: string, path: string) => {
    const reply = await call(envoy.port('main'), { path, headers: { host } })
    return { reply, received: reply.status === 200 ? upstream.received.at(-1) : undefined }
  }

  for (const { path, prefix, value, result } of rows) {
    it(`${path}: ${prefix} → ${value || 'nothing'} gives ${result}`, async () => {
      const plan = `${prefix}>${value}`
      const { reply, received } = await ask(plan.replace(/[^a-z]/g, '-') + plans.indexOf(plan), path)
      if (result === 400) {
        expect(reply.status).to.equal(400)
      } else {
        expect(reply.status).to.equal(200)
        expect(received?.path).to.equal(result)
        expect(received && valuesOf(received, 'x-envoy-original-path')).to.deep.equal(
          path === result && path.startsWith('/foobar') ? [] : [path],
        )
      }
    })
  }

  it('replaces the full path and keeps the query', async () => {
    expect((await ask('full', '/any/%41?q=1')).received?.path).to.equal('/one/two?q=1')
  })

  it('replaces the host and keeps the path', async () => {
    const { received } = await ask('host', '/p')
    expect(received?.path).to.equal('/p')
    expect(received && valuesOf(received, 'host')).to.deep.equal(['other.example:8080'])
  })

  it('changes nothing in a dry run, and counts it', async () => {
    const { received } = await ask('dry', '/p')
    expect(received?.path).to.equal('/p')
    expect(received && valuesOf(received, 'host')).to.deep.equal(['dry'])
    await eventually(async () =>
      expect(await metrics(envoy)).to.include({
        'sluice_decisions_total{filter="rewrite",policy="default/r",outcome="applied",mode="DryRun"}': 1,
      }),
    )
  })

  it('counts what it refused and what it left alone', async () => {
    const refused = rows.filter(({ result }) => result === 400).length
    await eventually(async () =>
      expect(await metrics(envoy)).to.include({
        'sluice_decisions_total{filter="rewrite",policy="default/r",outcome="refused",mode="Enforce"}': refused,
        'sluice_decisions_total{filter="rewrite",policy="default/r",outcome="skipped",mode="Enforce"}': 2,
      }),
    )
  })
})

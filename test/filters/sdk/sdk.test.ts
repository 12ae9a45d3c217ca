// The SDK in the test host (`streams.test.ts`, `grpc.test.ts` and `json.test.ts` have parts of their own), the first filter of its
// README, and its examples.
import { readdir, readFile } from 'node:fs/promises'
import { expect } from 'chai'
import { reference } from '../../../filters/sdk/reference.mts'
import { type Chain, Host, type Outcome, type Plugin, text } from '../../host/core/index.ts'
import { moduleOf } from '../module.ts'

const file = (path: string): URL => new URL(`../../../${path}`, import.meta.url)

describe('the SDK', function () {
  this.timeout(60_000)

  const load = async (entry: string, options = {}): Promise<Host> => Host.loadNow(await moduleOf(entry), options)

  it('has a first filter of ten lines in its README, which works', async () => {
    const readme = await readFile(file('filters/sdk/README.md'), 'utf8')
    const first = /```ts\n(import[\s\S]*?)```/.exec(readme)?.[1] ?? ''
    const example = await readFile(file('filters/sdk/examples/assembly/hello.ts'), 'utf8')
    expect(first).to.equal(example)
    expect(first.split('\n').filter(line => line !== '')).to.have.length.at.most(10)
    const host = await load('filters/sdk/examples/assembly/hello.ts')
    const outcome = await host.plugin().request().send()
    expect(outcome.response?.headers.get('x-hello')).to.equal('world')
  })

  describe('example gate', () => {
    const entry = 'filters/sdk/examples/assembly/gate.ts'

    it('lets in who has the header, counts and answers the others', async () => {
      const host = await load(entry)
      const plugin = host.plugin({ configuration: { header: 'x-key', value: 'secret' } })
      expect((await plugin.request({ 'x-key': 'secret' }).send()).response?.status).to.equal(200)
      expect((await plugin.request({ 'x-key': 'guess' }).send()).response?.status).to.equal(403)
      expect((await plugin.request().send()).response?.status).to.equal(403)
      expect(host.metrics['gate_refused_total;header=x-key']).to.equal(2)
    })

    it('keeps the neighbour’s configuration apart, and old streams with theirs', async () => {
      const host = await load(entry)
      const one = host.plugin({ name: 'one', configuration: { header: 'x-key', value: 'one' } })
      const two = host.plugin({ name: 'two', configuration: { header: 'x-key', value: 'two' } })
      expect((await one.request({ 'x-key': 'one' }).send()).response?.status).to.equal(200)
      expect((await two.request({ 'x-key': 'one' }).send()).response?.status).to.equal(403)
      one.configure({ header: 'x-key', value: 'three' })
      expect((await one.request({ 'x-key': 'three' }).send()).response?.status).to.equal(200)
      expect((await two.request({ 'x-key': 'two' }).send()).response?.status).to.equal(200)
    })

    it('does not grow with the number of its configurations', async () => {
      const host = await load(entry)
      const plugin = host.plugin({ configuration: { header: 'x-key', value: 'v'.repeat(2000) } })
      const configure = async (): Promise<void> => {
        for (let i = 0; i < 500; i++) {
          plugin.configure({ header: 'x-key', value: `${i}`.repeat(500) })
          await plugin.request({ 'x-key': `${i}`.repeat(500) }).send()
        }
      }
      await configure()
      const before = host.memory
      await configure()
      expect(host.memory).to.deep.equal(before)
    })

    for (const [name, configuration, fault] of [
      ['no object', '[]', 'line 1, column 1: must be an object'],
      ['a missing field', '{"header": "x"}', 'line 1, column 12: value: is missing'],
      ['an unknown field', '{"header": "x", "value": "y", "z": 1}', 'line 1, column 36: z: is no field here'],
    ] as const)
      it(`refuses ${name}, and says so`, async () => {
        const host = await load(entry)
        expect(() => host.plugin({ configuration })).to.throw()
        expect(host.logs.at(-1)?.message).to.equal(`gate: configuration refused fault="${fault}"`)
      })
  })

  describe('probe', () => {
    const entry = 'test/filters/sdk/assembly/probe.ts'
    const send = async (path: string, options = {}): Promise<{ host: Host; outcome: Outcome; results: string[] }> => {
      const host = await load(entry, options)
      const outcome = await host.plugin({ vmId: 'probe' }).request({ ':path': path }).send()
      expect(outcome.traps).to.deep.equal([])
      return { host, outcome, results: outcome.upstream?.headers.all('x-result') ?? [] }
    }

    it('calls by gRPC and hears the answer', async () => {
      const grpc = () => ({ message: 'answer', status: 0 })
      const { host, outcome, results } = await send('/grpc-call', { clusters: { grpc: { grpc } } })
      expect(results).to.deep.equal(['0'])
      const [call] = outcome.grpcCalls
      expect([call?.service, call?.method, text(call!.message), call?.timeoutMs]).to.deep.equal([
        'test.Echo',
        'Say',
        'hello',
        1000,
      ])
      await host.clock.advance(1)
      expect(host.logs.map(({ message }) => message)).to.include('answer')
    })

    it('hears the status of a gRPC call that failed', async () => {
      const grpc = () => ({ status: 7, statusMessage: 'not you' })
      const { host } = await send('/grpc-call', { clusters: { grpc: { grpc } } })
      await host.clock.advance(1)
      expect(host.logs.map(({ message }) => message)).to.include('Say key=7 status=7 queue="not you{via_upstream}"')
    })

    it('tells a gRPC service that does not exist', async () => {
      const { results } = await send('/grpc-nobody')
      expect(results).to.have.length(1)
      expect(results).to.not.deep.equal(['0'])
    })

    it('streams by gRPC: 9 parameters, send and close', async () => {
      const seen: string[] = []
      const stream = () => (message: Uint8Array, last: boolean) => void seen.push(`${text(message)} ${last}`)
      const { results } = await send('/grpc-stream', { clusters: { grpc: { stream } } })
      expect(results).to.deep.equal(['0', '0', '0'])
      expect(seen[0]).to.equal('hello false')
    })

    it('gives up a gRPC call', async () => {
      const { host, results } = await send('/grpc-cancel', {
        clusters: { grpc: { grpc: () => ({ message: 'late', afterMs: 5 }) } },
      })
      expect(results).to.deep.equal(['0'])
      await host.clock.advance(10)
      expect(host.logs.map(({ message }) => message)).to.not.include('late')
    })

    it('registers, finds, fills and empties queues', async () => {
      expect((await send('/queue')).results).to.deep.equal(['1', '1', '0', 'hello', '1', '1'])
    })

    it('tells a foreign function that the host does not have', async () => {
      expect((await send('/foreign')).results).to.deep.equal(['1', '1'])
    })

    it('puts labels into a metric’s name, without what would break it', async () => {
      expect((await send('/label')).host.metrics['probe_total;key=a_b_c']).to.equal(3)
    })

    it('logs fields on one line, whatever they hold', async () => {
      const { host } = await send('/log')
      expect(host.logs.at(-1)).to.deep.include({
        level: 'warn',
        message: 'hello key="a;b c" queue=/log nobody=- probe="\\x0a\\"\\xff" Say=-12',
      })
    })

    it('draws random bytes', async () => {
      expect((await send('/random')).results).to.deep.equal(['16', '1'])
    })

    it('knows wall and monotonic time', async () => {
      const [monotonic = '0', wall = '0'] = (await send('/time')).results
      expect(Number(wall)).to.be.above(1e18)
      expect(Number(monotonic)).to.be.below(1e18)
    })

    it('changes bodies and trailers of both directions', async () => {
      const host = await load(entry)
      const chain: Chain = { downstream: [host.plugin() as Plugin] }
      const outcome = await host
        .chain(chain)
        .request({ ':method': 'POST', ':path': '/body' })
        .body('ab')
        .trailers({ t: '1' })
        .answer({ body: 'original', trailers: { t: '2' } })
        .send()
      expect(text(outcome.upstream!.body)).to.equal('<ab')
      expect(outcome.upstream?.trailers?.get('key')).to.equal('hello')
      expect(outcome.response?.trailers?.get('key')).to.equal('hello')
      const whole = await host
        .chain(chain)
        .request({ ':method': 'POST', ':path': '/body' })
        .body('ab')
        .answer({ body: 'original' })
        .send()
      expect(text(whole.upstream!.body)).to.equal('<ab>')
      expect(text(whole.response!.body)).to.equal('hello')
    })
  })
})

describe('the SDK’s reference', () => {
  it('is up to date: npm run generate:sdk', async () => {
    expect(await readFile(file('filters/sdk/REFERENCE.md'), 'utf8')).to.equal(await reference())
  })

  it('holds whole signatures, host functions, members with their values', async () => {
    const page = await reference()
    for (const part of [
      '- `function indexOf(bytes: View, byte: u8, from: i32 = 0): i32`: Position',
      '- `function log(level: i32, line: View): i32` → `proxy_log`: ',
      '- `function wallTime(): i64` → `proxy_get_current_time_nanoseconds`: ',
      '- `function monotonicTime(): i64` → `clock_time_get` of WASI: ',
      '`Ok` 0 · `NotFound` 1 · `BadArgument` 2',
      '`Critical` 5\n',
    ])
      expect(page).to.contain(part)
  })

  it('says something of each export, and names each host function that the SDK imports', async () => {
    const page = await reference()
    expect(page.match(/^- `[^`]+`(?: → `\w+`(?: of WASI)?)?$/gm) ?? []).to.deep.equal([])
    const folder = file('filters/sdk/assembly/')
    for (const name of await readdir(folder))
      for (const [, host] of (await readFile(new URL(name, folder), 'utf8')).matchAll(/@external\('\w+', '(\w+)'\)/g))
        expect(page, name).to.contain(` → \`${host}\``)
  })
})

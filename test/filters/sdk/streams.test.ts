// What the SDK has for streams, whole header maps, gauges, histograms and late ends, in the test host; and that it lacks
// nothing of the ABI, and has nothing that no module uses.
import { glob, readFile } from 'node:fs/promises'
import { expect } from 'chai'
import { foreignImports } from '../../../filters/imports.ts'
import { importType } from '../../host/core/abi.ts'
import { Host, type Outcome, type RequestBuilder, text } from '../../host/core/index.ts'
import { importing, moduleOf } from '../module.ts'

const root = new URL('../../../', import.meta.url)
const read = (path: string): Promise<string> => readFile(new URL(path, root), 'utf8')

describe('the SDK, the rest of it', function () {
  this.timeout(60_000)

  const load = async (): Promise<Host> => Host.loadNow(await moduleOf('test/filters/sdk/assembly/streams.ts'))

  const run = async (
    path: string,
    change: (request: RequestBuilder) => RequestBuilder = request => request,
  ): Promise<{ host: Host; outcome: Outcome; results: number[] }> => {
    const host = await load()
    const plugin = host.plugin()
    const outcome = await change(plugin.request({ ':path': path, 'x-old': 'old' })).send()
    expect(outcome.traps).to.deep.equal([])
    return { host, outcome, results: told(outcome.logs) }
  }
  const told = (logs: readonly { message: string }[]): number[] =>
    logs.flatMap(({ message }) => /^result value=(-?\d+)$/.exec(message)?.[1] ?? []).map(Number)

  it('reads the VM’s configuration, its size, an empty value and the log level', async () => {
    const host = await load()
    host.plugin({ vmConfiguration: 'of-the-vm' })
    expect(host.logs.map(({ message }) => message)).to.include('vm value=of-the-vm empty=0')
    expect(told(host.logs)).to.deep.equal([1, 0])
  })

  it('replaces a whole header map, and says how large it was', async () => {
    const { outcome, results } = await run('/pairs')
    const headers = outcome.upstream!.headers
    expect([headers.get('x-new'), headers.get('x-old'), outcome.upstream!.path]).to.deep.equal([
      'value',
      undefined,
      '/pairs',
    ])
    const [bytes = 0, nowhere, status] = results
    expect([nowhere, status]).to.deep.equal([-1, 0])
    const before = (await run('/')).outcome.upstream!.headers
    const sizes = [...before].map(([name, value]) => name.length + value.length)
    expect(bytes).to.equal(sizes.reduce((sum, size) => sum + size, 0) + 'pairs'.length)
  })

  it('keeps what the last successful call of a kind has brought', async () => {
    const host = Host.loadNow(await moduleOf('test/filters/sdk/assembly/streams.ts'), {
      clusters: { backend: { http: () => ({}) } },
    })
    const { logs } = await host.plugin().request({ ':path': '/last' }).send()
    expect(told(logs)).to.deep.equal([0, 0, 0, 1, 1])
  })

  it('sets gauges, changes and reads them, and adds samples to histograms', async () => {
    const { host, results } = await run('/metrics')
    expect(results).to.deep.equal([0, 0, 5, 0, 0, 1, 0])
    expect(host.metrics).to.deep.include({ gauge: 5, histogram: 1 })
  })

  it('goes on with a paused stream out of a tick', async () => {
    const host = await load()
    const exchange = await host.plugin().request({ ':path': '/pause' }).open()
    expect([exchange.outcome().paused, exchange.outcome().upstream]).to.deep.equal(['request', undefined])
    await host.clock.advance(10)
    expect([exchange.outcome().paused, exchange.outcome().response?.status]).to.deep.equal([undefined, 200])
  })

  it('closes a stream', async () => {
    const { outcome, results } = await run('/close')
    expect([results, outcome.reset, outcome.upstream]).to.deep.equal([[0], 'wasm_close_stream', undefined])
  })

  it('tells that a host cannot go on with an upstream connection, or with none', async () => {
    expect((await run('/upstream')).results).to.deep.equal([0, 12, 2])
  })

  it('ends a root late', async () => {
    const host = await load()
    const plugin = host.plugin()
    plugin.remove()
    expect(told(host.logs)).to.have.length(2)
    await host.clock.advance(10)
    const lines = host.logs.map(({ message }) => message)
    expect(lines.slice(-2)).to.deep.equal(['result value=0', `done value=${plugin.rootContext()}`])
  })

  it('has what Envoy takes of callbacks of headers beyond the ABI', async () => {
    const limited = async (path: string): Promise<Outcome> =>
      (await run(path, request => request.body('0123456789').bodyLimit(5))).outcome
    expect((await limited('/end')).upstream?.body).to.have.length(10)
    expect((await limited('/buffer')).response?.status).to.equal(413)
    const held = await limited('/watermark')
    expect([held.paused, held.response]).to.deep.equal(['request', undefined])
  })

  for (const [what, first, body, sizes] of [
    ['gathers pieces', 'g1', 'g12', [2, 3]],
    ['holds pieces', 'h1', 'h12', [2, 1]],
    ['takes pieces away', 'd1', '2', [2, 1]],
    ['lets pieces go', '-1', '-12', [2, 1]],
    ['puts something in a piece’s place', 'r1', '!12', [2, 1]],
  ] as const)
    it(`${what}, and knows a body’s size without its bytes`, async () => {
      const { outcome, results } = await run('/body', request => request.body(first, '2'))
      expect(text(outcome.upstream!.body)).to.equal(body)
      expect(results).to.deep.equal(sizes.flatMap(size => [size, -1]))
    })
})

describe('the SDK is whole', () => {
  /** The sources below a folder, as one text. */
  const sources = async (...patterns: string[]): Promise<string> => {
    const paths: string[] = []
    for await (const path of glob(patterns, { cwd: root })) paths.push(path)
    return (await Promise.all(paths.sort().map(read))).join('\n')
  }

  /** Every call of the ABI's text: https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1 */
  const CALLS = `done set_effective_context log get_log_level get_current_time_nanoseconds set_tick_period_milliseconds
    set_buffer_bytes get_buffer_bytes get_buffer_status get_header_map_size get_header_map_pairs set_header_map_pairs
    get_header_map_value add_header_map_value replace_header_map_value remove_header_map_value continue_stream close_stream
    get_status send_local_response http_call grpc_call grpc_stream grpc_send grpc_cancel grpc_close set_shared_data
    get_shared_data register_shared_queue resolve_shared_queue enqueue_shared_queue dequeue_shared_queue define_metric
    record_metric increment_metric get_metric get_property set_property call_foreign_function`.split(/\s+/)

  it('wraps every call of the ABI, with parameters of the host’s types, and modules may import it', async () => {
    const sdk = await sources('filters/sdk/assembly/*.ts')
    for (const call of CALLS.map(name => `proxy_${name}`)) {
      const parameters = new RegExp(`declare function ${call}\\(([^)]*)\\): i32`).exec(sdk)?.[1]
      expect(parameters, call).to.be.a('string')
      const types = [...parameters!.matchAll(/: (\w+)/g)].map(([, type]) => (type!.endsWith('64') ? 'I' : 'i'))
      expect(`${types.join('')}>i`, call).to.equal(importType('0.2.1', 'env', call))
      expect(foreignImports(importing('env', call))).to.deep.equal([])
    }
  })

  /** The ABI's, and below them those of proxy-wasm-cpp-host's `FilterHeadersStatus` and `FilterDataStatus`. */
  for (const [name, numbers] of Object.entries({
    Action: { Continue: 0, Pause: 1 },
    Direction: { Request: 0, Response: 1, Downstream: 2, Upstream: 3 },
    Peer: { Unknown: 0, Local: 1, Remote: 2 },
    Metric: { Counter: 0, Gauge: 1, Histogram: 2 },
    Level: { Trace: 0, Debug: 1, Info: 2, Warn: 3, Error: 4, Critical: 5 },
    HeadersAction: { ContinueAndEndStream: 2, StopAllIterationAndBuffer: 3, StopAllIterationAndWatermark: 4 },
    BodyAction: { StopIterationAndBuffer: 1, StopIterationAndWatermark: 2, StopIterationNoBuffer: 3 },
  }))
    it(`has the numbers of ${name}`, async () => {
      const sdk = await sources('filters/sdk/assembly/*.ts')
      const body = new RegExp(`^export namespace ${name} \\{([^}]*)\\}`, 'm').exec(sdk)?.[1] ?? ''
      const found = [...body.matchAll(/export const (\w+): i32 = (\d+)/g)].map(([, key, value]) => [key, Number(value)])
      expect(Object.fromEntries(found)).to.deep.equal(numbers)
    })

  /** Every callback, with the number of its parameters: as `proxy-wasm-cpp-host` asks a module of this ABI for them (`wasm.h`). */
  const CALLBACKS = {
    vm_start: 2,
    configure: 2,
    tick: 1,
    context_create: 2,
    new_connection: 1,
    downstream_data: 3,
    upstream_data: 3,
    downstream_connection_close: 2,
    upstream_connection_close: 2,
    request_headers: 3,
    request_body: 3,
    request_trailers: 2,
    request_metadata: 2,
    http_call_response: 5,
    grpc_receive: 3,
    grpc_receive_initial_metadata: 3,
    grpc_close: 3,
    queue_ready: 2,
    foreign_function: 3,
    done: 1,
    log: 1,
    delete: 1,
  }

  it('has a page with every callback and its parameters', async () => {
    const page = await read('filters/sdk/README.md')
    const named = [...page.matchAll(/`proxy_on_(\w+)\(([^)]*)\)`/g)].map(([, name, list]) => [
      name,
      list!.split(', ').length,
    ])
    expect(Object.fromEntries(named)).to.deep.equal(CALLBACKS)
    for (const other of ['headers', 'body', 'trailers', 'metadata'])
      expect(page).to.contain(`also \`…response_${other}\``)
    expect(page).to.contain('also `…trailing_metadata`')
  })

  it('exports no function that no module uses', async () => {
    const index = await read('filters/sdk/assembly/index.ts')
    const parts = [...index.matchAll(/^export \* from '\.\/(.*)'$/gm)].map(([, part]) => part!)
    const exported = await sources(...parts.map(part => `filters/sdk/assembly/${part}.ts`))
    const names = [
      ...[...exported.matchAll(/^export function (\w+)/gm)].map(([, name]) => name!),
      ...[...exported.matchAll(/^export \{([^}]*)\}/gm)].flatMap(([, list]) =>
        list!.split(',').map(name => name.trim()),
      ),
    ]
    expect(names).to.include.members(['bufferSize', 'headerBytes', 'readString'])
    const modules = await sources(
      'filters/{headers,mirror,plan,rate-limit,regex,rewrite,standalone,suite}/assembly/*.ts',
      'filters/sdk/examples/assembly/*.ts',
      'test/**/assembly/*.ts',
    )
    const lists = modules.matchAll(/^(?:im|ex)port \{([^}]*)\}\s+from 'proxy-wasm-assemblyscript-sdk\/assembly'$/gm)
    const used = new Set([
      ...[...lists].flatMap(([, list]) => list!.split(',').map(name => name.trim())),
      ...[...modules.matchAll(/\bsdk\.(\w+)\(/g)].map(([, name]) => name!),
    ])
    expect(names.filter(name => !used.has(name))).to.deep.equal([])
  })
})

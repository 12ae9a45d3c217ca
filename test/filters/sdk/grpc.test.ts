// gRPC calls and streams of a module in a real Envoy, to a real gRPC server: what the SDK hands over is what arrives.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as grpc from '@grpc/grpc-js'
import { expect } from 'chai'
import { type StaticEnvoy, startEnvoy } from '../../envoy/static.ts'
import { call } from '../../envoy/upstream.ts'
import { moduleOf } from '../module.ts'

const raw = (bytes: Buffer): Buffer => bytes
const TYPE = 'type.googleapis.com/envoy.extensions.'

/** Answers each message by `answer`, and refuses with `not you` where it is told to; says what it has heard. */
async function startEcho(heard: string[], status: grpc.status): Promise<{ port: number } & AsyncDisposable> {
  const server = new grpc.Server()
  const method = {
    path: '/test.Echo/Say',
    requestStream: true,
    responseStream: true,
    requestSerialize: raw,
    requestDeserialize: raw,
    responseSerialize: raw,
    responseDeserialize: raw,
  }
  const Say = (stream: grpc.ServerDuplexStream<Buffer, Buffer>): void => {
    stream.on('data', (message: Buffer) => heard.push(message.toString()))
    stream.on('end', () => {
      if (status === grpc.status.OK) stream.write(Buffer.from('answer'))
      if (status === grpc.status.OK) stream.end()
      else stream.emit('error', { code: status, details: 'not you' })
    })
  }
  server.addService({ Say: method }, { Say })
  const credentials = grpc.ServerCredentials.createInsecure()
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound))),
  )
  return { port, [Symbol.asyncDispose]: async () => server.forceShutdown() }
}

const socket = (port: number): object => ({ socket_address: { address: '127.0.0.1', port_value: port } })

const bootstrap = (file: string, port: number): object => ({
  static_resources: {
    listeners: [
      {
        name: 'main',
        address: socket(0),
        filter_chains: [
          {
            filters: [
              {
                name: 'hcm',
                typed_config: {
                  '@type': `${TYPE}filters.network.http_connection_manager.v3.HttpConnectionManager`,
                  stat_prefix: 'main',
                  route_config: {
                    virtual_hosts: [
                      {
                        name: 'all',
                        domains: ['*'],
                        routes: [{ match: { prefix: '/' }, direct_response: { status: 200 } }],
                      },
                    ],
                  },
                  http_filters: [
                    {
                      name: 'probe',
                      typed_config: {
                        '@type': `${TYPE}filters.http.wasm.v3.Wasm`,
                        config: {
                          configuration: { '@type': 'type.googleapis.com/google.protobuf.StringValue', value: '{}' },
                          vm_config: { runtime: 'envoy.wasm.runtime.v8', code: { local: { filename: file } } },
                        },
                      },
                    },
                    { name: 'router', typed_config: { '@type': `${TYPE}filters.http.router.v3.Router` } },
                  ],
                },
              },
            ],
          },
        ],
      },
    ],
    clusters: [
      {
        name: 'grpc',
        load_assignment: {
          cluster_name: 'grpc',
          endpoints: [{ lb_endpoints: [{ endpoint: { address: socket(port) } }] }],
        },
        typed_extension_protocol_options: {
          'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
            '@type': `${TYPE}upstreams.http.v3.HttpProtocolOptions`,
            explicit_http_config: { http2_protocol_options: {} },
          },
        },
      },
    ],
  },
})

describe('gRPC of a module in Envoy', function () {
  this.timeout(60_000)
  let folder: string
  let file: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-grpc-'))
    file = join(folder, 'probe.wasm')
    await writeFile(file, await moduleOf('test/filters/sdk/assembly/probe.ts'))
  })

  after(() => rm(folder, { recursive: true, force: true }))

  const start = (port: number): Promise<StaticEnvoy> => startEnvoy(bootstrap(file, port), { logLevel: 'info' })

  /** Waits until Envoy's log has it; the test's own limit ends the wait. */
  async function logged(envoy: StaticEnvoy, text: string): Promise<void> {
    while (!envoy.log().includes(text)) await new Promise(resolve => setTimeout(resolve, 20))
  }

  it('calls, and hears the answer', async () => {
    const heard: string[] = []
    await using server = await startEcho(heard, grpc.status.OK)
    await using envoy = await start(server.port)
    await call(envoy.port('main'), { path: '/grpc-call' })
    await logged(envoy, 'answer')
    expect(heard).to.deep.equal(['hello'])
  })

  it('hears the status of a refusal, and its message as on the wire', async () => {
    await using server = await startEcho([], grpc.status.PERMISSION_DENIED)
    await using envoy = await start(server.port)
    await call(envoy.port('main'), { path: '/grpc-call' })
    await logged(envoy, 'status=7')
    expect(/Say key=.*/.exec(envoy.log())?.[0]).to.contain('not%20you')
  })

  it('streams: a message, the end of our side, the answer', async () => {
    const heard: string[] = []
    await using server = await startEcho(heard, grpc.status.OK)
    await using envoy = await start(server.port)
    await call(envoy.port('main'), { path: '/grpc-stream' })
    await logged(envoy, 'answer')
    expect(heard).to.deep.equal(['hello'])
  })
})

// The host against the real Envoy: every written scenario, and seeded ones (HOST_SEEDS of them, 2,000 by default).
import { readdirSync } from 'node:fs'
import { expect } from 'chai'
import { inlineNames } from '../core/headers.ts'
import { probe } from '../fixtures/build.ts'
import { envoyRunner, type InEnvoy } from './in-envoy.ts'
import { hostRunner, type InHost } from './in-host.ts'
import type { Operation } from './program.ts'
import { randomScenario } from './random.ts'
import { readScenarios, type Scenario } from './scenario.ts'

const SEEDS = Number(process.env.HOST_SEEDS ?? 2000)
/** Streams in flight: most scenarios wait for something. */
const AT_ONCE = 16

const NOT_INLINE = [
  'x-plain',
  'accept-language',
  'cookie',
  'set-cookie',
  'forwarded',
  'x-real-ip',
  'baggage',
  'priority',
]

/** The request is answered at once, so that no odd header goes any further; a response loses the header again. */
const inlineScenario = (name: string, map: 'request' | 'response', operations: Operation[]): Scenario => ({
  name: `${name} in a ${map}`,
  placement: 'downstream',
  request: { method: 'GET', path: '/', headers: [], body: [], trailers: [] },
  response: { status: 200, headers: [], body: [], trailers: [] },
  program:
    map === 'request'
      ? { 'request-headers': [...operations, ['reply', 200, 'done', '', {}, -1]] }
      : {
          'response-headers': [...operations, ['remove', 'response', name], ['replace', 'response', ':status', '200']],
        },
})

// The status of a gRPC call stays with the plugin for whoever asks next: those that make one come last.
const files = readdirSync(import.meta.dirname)
  .filter(name => name.endsWith('.yaml'))
  .sort((a, b) => Number(a === 'grpc.yaml') - Number(b === 'grpc.yaml') || (a < b ? -1 : 1))

describe('the host behaves as Envoy does', function () {
  this.timeout(120_000)
  let host: InHost
  let envoy: InEnvoy
  let count = 0

  before(async () => {
    const { bytes, file } = await probe()
    host = await hostRunner(bytes)
    envoy = await envoyRunner(file)
  })

  after(() => envoy?.stop())

  const compare = async (scenario: Scenario): Promise<string | undefined> => {
    const id = `i${count++}`
    const inHost = await host.run(scenario, id)
    const inEnvoy = await envoy.run(scenario, id, inHost)
    try {
      expect(inHost).to.deep.equal(inEnvoy)
      return undefined
    } catch {
      const program = JSON.stringify(scenario.program)
      return `${scenario.name}: ${program}\nhost  ${JSON.stringify(inHost)}\nEnvoy ${JSON.stringify(inEnvoy)}`
    }
  }

  /** Compares all of them, some at once; what differs. */
  const compareAll = async (next: () => Scenario | undefined): Promise<string[]> => {
    const differing: string[] = []
    const worker = async (): Promise<void> => {
      for (let scenario = next(); scenario; scenario = next()) {
        const difference = await compare(scenario)
        if (difference !== undefined) differing.push(difference)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    return differing
  }

  for (const file of files) {
    it(`in ${file}`, async () => {
      const scenarios = readScenarios(new URL(file, import.meta.url))
      const differing = await compareAll(() => scenarios.shift())
      expect(differing.slice(0, 5).join('\n\n')).to.equal('')
    })
  }

  it('in which names are inline', async () => {
    const names = new Set([...inlineNames('request'), ...inlineNames('response'), ...NOT_INLINE])
    const twice = (map: 'request' | 'response', name: string): Operation[] => [
      ['remove', map, name],
      ['add', map, name, '1'],
      ['add', map, name, '2'],
      ['pairs', map],
    ]
    const scenarios = [...names].flatMap(name =>
      (['request', 'response'] as const).map(map => inlineScenario(name, map, twice(map, name))),
    )
    const differing = await compareAll(() => scenarios.shift())
    expect(differing.slice(0, 5).join('\n\n')).to.equal('')
  })

  it('in at least 300 written scenarios', () => {
    const all = files.flatMap(file => readScenarios(new URL(file, import.meta.url)))
    expect(all.length).to.be.greaterThan(300)
    expect(new Set(all.map(scenario => scenario.name)).size).to.equal(all.length)
  })

  it(`in ${SEEDS} seeded scenarios`, async () => {
    let seed = 0
    const differing = await compareAll(() => (seed < SEEDS ? randomScenario(seed++) : undefined))
    expect(differing.slice(0, 3).join('\n\n')).to.equal('')
  })
})

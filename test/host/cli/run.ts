// Runs cases in the host, each in an Envoy of its own.
import {
  type BackendAnswer,
  type Cluster,
  Host,
  type HttpOutcome,
  type Plugin,
  type PluginOptions,
  type RequestBuilder,
  seeded,
  TestClock,
} from '../core/index.ts'
import type { AnswerPart, Case, CaseFile, HeaderTable, PluginPart, RequestPart, Step } from './cases.ts'
import { compare } from './compare.ts'

export interface CaseResult {
  name: string
  /** Empty: passed. */
  wrong: string[]
}

/** Runs all cases of a file, in order; `begin` is told of each before it runs. */
export async function* runCases(
  file: CaseFile,
  wasm: Uint8Array,
  begin: (name: string) => void = () => {},
  sourceMap = '',
): AsyncGenerator<CaseResult> {
  for (const one of file.cases) {
    begin(one.name)
    yield { name: one.name, wrong: await runCase(file, one, wasm, sourceMap) }
  }
}

const runCase = async (file: CaseFile, one: Case, wasm: Uint8Array, sourceMap: string): Promise<string[]> => {
  try {
    const host = await Host.load(wasm, {
      // The clock of the command ends what loops, with the name of its case.
      budget: 'none',
      clock: new TestClock(),
      random: seeded(1),
      workers: one.workers ?? 1,
      clusters: clustersOf(one),
      sourceMap,
    })
    const plugin = host.plugin(pluginOf({ ...file.plugin, ...one.plugin }))
    const steps = one.steps ?? [one]
    const wrong: string[] = []
    for (const [i, step] of steps.entries()) {
      const found = await runStep(host, plugin, step)
      wrong.push(...(one.steps ? found.map(line => `step ${i + 1}: ${line}`) : found))
    }
    return wrong
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}

const runStep = async (host: Host, plugin: Plugin, step: Step): Promise<string[]> => {
  if (step.afterMs !== undefined) await host.clock.advance(step.afterMs)
  const times = step.times ?? 1
  for (let time = 1; time <= times; time++) {
    const outcome = await requestOf(plugin, step).send()
    const wrong = compare(step.expect ?? {}, outcome)
    if (wrong.length > 0) return times === 1 ? wrong : wrong.map(line => `time ${time}: ${line}`)
  }
  return []
}

const requestOf = (plugin: Plugin, step: Step): RequestBuilder => {
  const { method, path, authority, headers, body, trailers, properties, route, retries }: RequestPart =
    step.request ?? {}
  let request = plugin.request({
    ':method': method ?? (body === undefined ? 'GET' : 'POST'),
    ':path': path ?? '/',
    ':authority': authority ?? 'example.com',
    ':scheme': 'http',
    ...table(headers),
  })
  if (body !== undefined) request = request.body(...(Array.isArray(body) ? body : [body]))
  if (trailers) request = request.trailers(table(trailers))
  if (properties) request = request.properties(properties)
  if (route !== undefined) {
    request = request.route(route === null ? null : { ...route, typedMetadata: bytesOf(route.typedMetadata ?? {}) })
  }
  if (retries !== undefined) request = request.retries(retries)
  if (step.worker !== undefined) request = request.on(step.worker)
  const answers = step.answer === undefined ? [] : Array.isArray(step.answer) ? step.answer : [step.answer]
  return answers.length === 0 ? request : request.answer(...answers.map(answerOf))
}

const table = (headers: HeaderTable | undefined): Record<string, string | string[]> =>
  Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(String) : String(value),
    ]),
  )

const answerOf = (answer: AnswerPart | 'never' | 'reset'): BackendAnswer | 'never' | 'reset' => {
  if (typeof answer === 'string') return answer
  const { headers, trailers, ...rest } = answer
  return { ...rest, ...(headers && { headers: table(headers) }), ...(trailers && { trailers: table(trailers) }) }
}

const clustersOf = (one: Case): Record<string, Cluster> =>
  Object.fromEntries(
    Object.entries(one.clusters ?? {}).map(([name, answer]) => [
      name,
      { http: (): HttpOutcome => (typeof answer === 'string' ? answer : (answerOf(answer) as HttpOutcome)) },
    ]),
  )

const pluginOf = ({ configuration, vmConfiguration, ...rest }: PluginPart): PluginOptions => ({
  ...rest,
  ...(configuration !== undefined && { configuration: configuration as string | object }),
  ...(vmConfiguration !== undefined && { vmConfiguration: vmConfiguration as string | object }),
})

/** Typed metadata in hexadecimal. */
const bytesOf = (values: Record<string, string>): Record<string, Uint8Array> =>
  Object.fromEntries(
    Object.entries(values).map(([name, hex]) => [
      name,
      Uint8Array.from(hex.match(/../g) ?? [], byte => Number.parseInt(byte, 16)),
    ]),
  )

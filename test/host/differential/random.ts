// Random scenarios from a seed: programs over everything that both sides define, requests and answers of every shape.
import { seeded } from '../core/clock.ts'
import type { Operation, Program } from './program.ts'
import type { Pairs, Scenario } from './scenario.ts'

const NAMES = [
  'x-a',
  'x-b',
  'X-A',
  'accept',
  'user-agent',
  'cookie',
  'set-cookie',
  'content-type',
  'x-none',
  'cache-control',
  'via',
  'x-forwarded-host',
  'vary',
]
const VALUES = ['', '1', 'two', 'a,b', 'x'.repeat(300), 'q=0.5; p', 'ä']
const PATHS = [
  'request|path',
  'request|method',
  'request|headers|x-a',
  'response|code',
  'response|headers|x-b',
  'own',
  'other',
  'xds|route_name',
  'xds|cluster_name',
  'xds|route_metadata|filter_metadata|test|name',
  'plugin_root_id',
  'none|none',
  'request|size',
  'filter_state|wasm.own',
  'upstream|request_attempt_count',
]
const REQUEST_PHASES = ['request-headers', 'request-body', 'request-trailers'] as const
const RESPONSE_PHASES = ['response-headers', 'response-body', 'response-trailers'] as const

/** The scenario of this seed. */
export const randomScenario = (seed: number): Scenario => {
  const random = seeded(seed)
  const below = (n: number): number => Math.floor(random() * n)
  const pick = <T>(from: readonly T[]): T => from[below(from.length)]!
  const some = <T>(most: number, make: () => T): T[] => Array.from({ length: below(most + 1) }, make)
  const header = (): [string, string] => [pick(NAMES).toLowerCase(), pick(VALUES)]
  const map = (): string =>
    pick(['request', 'request', 'response', 'response', 'request-trailers', 'response-trailers', 'call'])
  const body = (): string[] => (below(2) === 0 ? [] : [pick(['x', 'hello', 'b'.repeat(5000)])])
  const trailers = (has: boolean): Pairs => (has && below(3) === 0 ? [['x-t', pick(VALUES) || 't']] : [])

  const operation = (): Operation => {
    switch (below(16)) {
      case 0:
      case 1:
        return ['add', map(), pick(NAMES), pick(VALUES)]
      case 2:
      case 3:
        return ['replace', map(), pick(NAMES), pick(VALUES)]
      case 4:
        return ['remove', map(), pick(NAMES)]
      case 5:
      case 6:
        return ['get', map(), pick([...NAMES, ':path', ':status', 'host', ':method'])]
      case 7:
        return ['pairs', pick(['request', 'response', 'request-trailers', 'response-trailers'])]
      case 8:
        return ['size', map()]
      case 9:
        return ['buffer', pick(['request', 'response', 'vm', 'plugin', 'call']), below(8), below(10)]
      case 10:
        return ['set-buffer', pick(['request', 'response']), pick([0, 0, 1, 9999]), pick([0, 1, 9999]), pick(VALUES)]
      case 11:
        return ['property', pick(PATHS)]
      case 12:
        return ['set-property', pick(['own', 'other']), pick(VALUES)]
      case 13:
        return ['set-shared', 'k%id', pick(VALUES), below(3)]
      case 14:
        return ['get-shared', 'k%id']
      default:
        return ['increment', below(2), 'random.%id', 1 + below(3)]
    }
  }

  const request = {
    method: 'POST',
    path: pick(['/', '/p?q=1', '/a/b']),
    headers: some(4, header),
    body: body(),
    trailers: [] as Pairs,
  }
  request.trailers = trailers(request.body.length > 0)
  const response = {
    status: pick([200, 200, 201, 404, 500]),
    headers: some(4, header),
    body: body(),
    trailers: [] as Pairs,
  }
  response.trailers = trailers(response.body.length > 0)
  const program: Program = {}
  // Bodies change their length: whoever may touch one takes the header away first.
  program['request-headers'] = [['remove', 'request', 'content-length']]
  program['response-headers'] = [['remove', 'response', 'content-length']]
  for (const phase of [...REQUEST_PHASES, ...RESPONSE_PHASES, 'log'] as const) {
    const operations = some(4, operation)
    // What the connection manager adds after all filters (`date`) is seen there and is not of interest.
    const wanted = phase === 'log' ? operations.filter(([name]) => name !== 'pairs') : operations
    program[phase] = [...(program[phase] ?? []), ...wanted]
  }
  // A body may be held back to its end, where trailers or nothing more come.
  if (below(4) === 0) {
    program['response-body']!.push(['return', 1])
    program['response-trailers']!.push(['return', 0])
    if (response.trailers.length === 0) program['response-body']!.pop()
  }
  if (below(6) === 0) {
    const phase = pick(REQUEST_PHASES)
    program[phase]!.push(['reply', pick([200, 403, 429]), 'why', pick(['', 'no']), [header()], pick([-1, 5])])
  }
  if (below(10) === 0) {
    program['response-headers']!.push(['reply', pick([403, 502]), 'why', pick(['', 'no']), [header()], -1])
  }
  if (below(8) === 0) {
    program['request-headers']!.push(
      ['call', 'side', { ':method': 'GET', ':path': '/', ':authority': 'side' }, '', 1000],
      ['return', 1],
    )
    program['call-response'] = [...some(3, operation), ['continue', 'request']]
  }
  return { name: `seed ${seed}`, placement: below(3) === 0 ? 'upstream' : 'downstream', request, response, program }
}

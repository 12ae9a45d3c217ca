// Many worlds through one rig, and the first mismatch made small. In: a seed and a count. Out: what was asked, and the
// smallest world and request for which controller and Envoy do not do what the model says.
import fc from 'fast-check'
import { type Case, caseOf } from './arbitrary/case.ts'
import { compare, type Seen } from './compare.ts'
import type { Expected } from './model/expected.ts'
import { expected as modelled } from './model/model.ts'
import type { Request, World } from './objects.ts'
import { type Rig, yamlOf } from './rig.ts'
import { type Shrunk, shrink } from './shrink.ts'

export interface Options {
  seed: number
  /** Worlds. */
  count: number
  /** Of each world, on average. */
  requests: number
  /** Another model, for the proof that a wrong one is found out. */
  model?: (world: World, request: Request) => Expected
  progress?: (worlds: number) => void
}

export interface Result {
  worlds: number
  /** Asked and compared, shrinking left out. */
  requests: number
  /** How often each kind of answer was expected. */
  kinds: Map<string, number>
  mismatch?: Mismatch
}

export interface Mismatch {
  world: World
  /** Absent where the world itself was refused. */
  request?: Request
  expected?: Expected
  seen: string
}

/** Smaller cases are looked for this long. */
const SHRINK_MS = 60_000

export async function fuzz(rig: Rig, options: Options): Promise<Result> {
  const { seed, count, requests, model = modelled, progress } = options
  const result: Result = { worlds: 0, requests: 0, kinds: new Map() }
  const property = fc.asyncProperty(caseOf(requests), async one => {
    const mismatch = await tryCase(rig, one, model, PATIENT)
    if (mismatch) result.mismatch = mismatch
    result.worlds++
    result.requests += one.requests.length
    for (const request of one.requests) tally(result.kinds, kindOf(model(one.world, request)))
    progress?.(result.worlds)
    return mismatch === undefined
  })
  const { failed, errorInstance } = await fc.check(property, { seed, numRuns: count, endOnFailure: true })
  if (failed && !result.mismatch) throw errorInstance
  if (result.mismatch) {
    const isWrong = ({ world, request }: Shrunk): Promise<Mismatch | undefined> =>
      tryCase(rig, { world, requests: request ? [request] : [] }, model, BRISK).then(
        again => (again && again.request === request && !again.seen.startsWith(NOT_ADMITTED) ? again : undefined),
        () => undefined,
      )
    result.mismatch = await shrink(result.mismatch, isWrong, performance.now() + SHRINK_MS)
  }
  return result
}

/** What `objectsOf` says of an object that an API server would refuse. */
const NOT_ADMITTED = 'not admitted'

const tally = (kinds: Map<string, number>, kind: string): void => {
  kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
}

const kindOf = (expected: Expected): string => {
  if (expected.type === 'Closed') return 'closed'
  const [first] = expected.answers
  if (expected.answers.length > 1) return 'split'
  if (first?.type === 'Rpc') return `grpc ${first.status}`
  return first?.type === 'Status' ? String(first.status) : (first?.type ?? '').toLowerCase()
}

/** At once: Envoy is asked by many. */
const AT_ONCE = 8

const tryCase = async (
  rig: Rig,
  { world, requests }: Case,
  model: (world: World, request: Request) => Expected,
  pauses: readonly number[],
): Promise<Mismatch | undefined> => {
  try {
    await rig.show(world)
  } catch (error) {
    return { world, seen: (error as Error).message }
  }
  for (let at = 0; at < requests.length; at += AT_ONCE) {
    const found = await Promise.all(
      requests.slice(at, at + AT_ONCE).map(async (request): Promise<Mismatch | undefined> => {
        const expected = model(world, request)
        const seen = await settled(rig, request, expected, pauses)
        return seen === undefined ? undefined : { world, request, expected, seen }
      }),
    )
    const first = found.find(mismatch => mismatch !== undefined)
    if (first) return first
  }
  return undefined
}

/**
 * Workers take a configuration up a moment after Envoy acknowledged it, and copies come a moment after the answer: what is
 * wrong has to stay wrong.
 */
const PATIENT = [0, 5, 20, 50, 200, 400]
/** While it is made smaller. */
const BRISK = [0, 5, 20]

const settled = async (
  rig: Rig,
  request: Request,
  expected: Expected,
  pauses: readonly number[],
): Promise<string | undefined> => {
  let fault: string | undefined
  for (const pause of pauses) {
    if (pause > 0) await new Promise(done => setTimeout(done, pause))
    const answered = await rig.ask(request)
    const look = (): string | undefined => compare(request, expected, { answered, arrivals: arrivalsOf(rig, answered) })
    fault = look()
    for (let wait = 1; fault?.includes('no copy came') && wait <= 64; wait *= 2) {
      await new Promise(done => setTimeout(done, wait))
      fault = look()
    }
    if (fault === undefined) return undefined
  }
  return fault
}

const arrivalsOf = (rig: Rig, answered: Seen['answered']): Seen['arrivals'] =>
  answered.type === 'Answered' ? rig.backends.arrivals(answered.id) : []

/** All that a person needs to see it again. */
export const describeMismatch = ({ world, request, expected, seen }: Mismatch): string => {
  const { namespaces: _, services, slices, ...rest } = world
  const backends = `# namespaces default (team: blue) and other (team: red); Services ${services
    .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
    .join(
      ', ',
    )}; ${slices.filter(({ endpoints }) => endpoints.some(({ conditions }) => !conditions.ready)).map(({ metadata }) => metadata.name)} without a ready endpoint`
  return [
    backends,
    yamlOf({ ...rest, namespaces: [], services: [], slices: [] }),
    `request: ${JSON.stringify(request)}`,
    `expected: ${JSON.stringify(expected, null, 1)}`,
    `seen: ${seen}`,
  ].join('\n')
}

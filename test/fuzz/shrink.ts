// A mismatch in, the smallest one that still shows it out: all reductions by one step are tried at once, each as a
// configuration of the same Envoy, until none of them shows a mismatch any more.
import { type Case, type Mismatch, runBatch } from './run.ts'
import type { Request, Subject } from './subject.ts'

/** The list without one of its items, or with one of them made smaller. Long lists are halved first. */
export function smallerLists<T>(list: T[], smaller: (item: T) => T[] = () => []): T[][] {
  const half = list.length >> 1
  const halves = list.length > 3 ? [list.slice(0, half), list.slice(half)] : []
  const without = list.map((_, i) => list.toSpliced(i, 1))
  return [...halves, ...without, ...list.flatMap((item, i) => smaller(item).map(one => list.with(i, one)))]
}

/** By code points, which must not be cut. */
export function smallerText(text: string): string[] {
  const points = Array.from(text)
  const half = points.length >> 1
  if (points.length > 8) return [points.slice(0, half).join(''), points.slice(half).join('')]
  return points.map((_, i) => points.toSpliced(i, 1).join(''))
}

export const smallerHeaders = ({ name, value }: { name: string; value: string }): { name: string; value: string }[] =>
  smallerText(value).map(less => ({ name, value: less }))

const smallerPairs = (pairs: [string, string][]): [string, string][][] =>
  smallerLists(pairs, ([name, value]) => smallerText(value).map(less => [name, less]))

/** Paths keep their first slash. */
const smallerRequest = (request: Request): Request[] => [
  ...(request.method === 'GET' ? [] : [{ ...request, method: 'GET' }]),
  ...smallerText(request.path.slice(1)).map(path => ({ ...request, path: `/${path}` })),
  ...smallerPairs(request.headers).map(headers => ({ ...request, headers })),
  ...smallerPairs(request.answer).map(answer => ({ ...request, answer })),
  ...smallerText(request.body).map(body => ({ ...request, body })),
  ...(request.chunks ? [withoutChunks(request)] : []),
]

const withoutChunks = ({ chunks: _, ...request }: Request): Request => request

/** One Envoy is asked about so many reductions at most. */
const AT_ONCE = 400
const MOST_STEPS = 40

export async function shrink<Config>(subject: Subject<Config>, found: Mismatch<Config>): Promise<Mismatch<Config>> {
  const { requests, at } = found
  let smallest: Mismatch<Config> = subject.isSequence
    ? { ...found, requests: requests.slice(0, at + 1) }
    : { ...found, requests: [requests[at]!], at: 0 }
  for (let step = 0; step < MOST_STEPS; step++) {
    const { mismatches } = await runBatch(subject, reductions(subject, smallest).slice(0, AT_ONCE))
    const first = mismatches[0]
    if (!first) return smallest
    smallest = first
  }
  return smallest
}

const reductions = <Config>(subject: Subject<Config>, { config, requests }: Case<Config>): Case<Config>[] => [
  ...subject.smaller(config).map(less => ({ config: less, requests })),
  ...smallerLists(requests, smallerRequest)
    .filter(less => less.length > 0)
    .map(less => ({ config, requests: less })),
]

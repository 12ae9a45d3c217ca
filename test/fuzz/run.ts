// Cases in, mismatches out: starts an Envoy for a batch of configurations, sends every request to both listeners and
// compares what came of it.
import { isDeepStrictEqual } from 'node:util'
import { hostOf, startPairs } from './envoy.ts'
import type { Outcome, Request, Subject } from './subject.ts'
import { ANSWER, type Backend, exchange, hex, type Message, type Reply, startBackend, takeMessage } from './wire.ts'

export interface Case<Config> {
  config: Config
  requests: Request[]
}

export interface Mismatch<Config> extends Case<Config> {
  /** Which of the requests it was. */
  at: number
  wasm: unknown
  native: unknown
}

export interface Batch<Config> {
  mismatches: Mismatch<Config>[]
  /** How often each written difference came up. */
  known: Map<string, number>
}

const LANES = 8
const MIRRORS = ['copy0', 'copy1', 'copy2'] as const
/** How long to wait for copies that are missing before they count as missing. */
const PATIENCE_MS = 3000

type Side = 'wasm' | 'native'

export async function runBatch<Config>(subject: Subject<Config>, cases: Case<Config>[]): Promise<Batch<Config>> {
  const copies = new Map<string, Message[]>()
  let arrived = 0
  const collect = (request: Message): void => {
    const key = request.headers.find(([name]) => name === 'x-case')?.[1] ?? ''
    copies.set(key, [...(copies.get(key) ?? []), request])
    arrived++
  }
  const backends: Backend[] = [await startBackend()]
  for (const _ of MIRRORS) backends.push(await startBackend(collect))
  try {
    const ports = Object.fromEntries(['up', ...MIRRORS].map((name, i) => [name, backends[i]!.port]))
    const pairs = cases.map(({ config }) => ({ plan: subject.plan(config), native: subject.native(config) }))
    await using envoy = await startPairs(pairs, subject.filters, ports)
    const send = (side: Side) => sendAll(cases, side, envoy.port(side))
    const [wasm, native] = await Promise.all([send('wasm'), send('native')])
    const expected = cases
      .flatMap(({ config, requests }) => requests.map(request => subject.copies(config, request)))
      .reduce((sum, copies) => sum + copies, 0)
    await settled(() => arrived, 2 * expected)
    const outcome = (side: Side, replies: Reply[][], n: number, i: number): Outcome => {
      const reply = replies[n]?.[i] ?? 'closed'
      return {
        reply,
        request: reply === 'closed' ? undefined : takeMessage(reply.body),
        copies: copies.get(caseId(side, n, i)) ?? [],
      }
    }
    return compare(subject, cases, (n, i) => [outcome('wasm', wasm, n, i), outcome('native', native, n, i)])
  } finally {
    for (const backend of backends) await backend[Symbol.asyncDispose]()
  }
}

function compare<Config>(
  subject: Subject<Config>,
  cases: Case<Config>[],
  outcomes: (n: number, i: number) => [wasm: Outcome, native: Outcome],
): Batch<Config> {
  const batch: Batch<Config> = { mismatches: [], known: new Map() }
  for (const [n, { config, requests }] of cases.entries()) {
    for (const [i, request] of requests.entries()) {
      const [wasm, native] = outcomes(n, i)
      const views = [subject.view(wasm, config, request), subject.view(native, config, request)]
      if (isDeepStrictEqual(views[0], views[1])) continue
      const known = subject.known(config, request, wasm, native)
      if (known !== undefined) {
        batch.known.set(known, (batch.known.get(known) ?? 0) + 1)
        continue
      }
      batch.mismatches.push({ config, requests, at: i, wasm: views[0], native: views[1] })
      if (subject.isSequence) break
    }
  }
  return batch
}

const caseId = (side: Side, n: number, i: number): string => `${side}-${n}-${i}`

/** The replies of one listener by configuration; those of one configuration are asked for in order, on one connection. */
async function sendAll<Config>(cases: Case<Config>[], side: Side, port: number): Promise<Reply[][]> {
  const replies: Reply[][] = cases.map(() => [])
  const lanes = Array.from({ length: LANES }, (_, lane) => cases.flatMap((_, n) => (n % LANES === lane ? [n] : [])))
  await Promise.all(
    lanes.map(async lane => {
      const requests = lane.flatMap(n => cases[n]!.requests.map((request, i) => bytesOf(request, side, n, i)))
      const answers = await exchange(port, requests)
      let at = 0
      for (const n of lane) {
        const count = cases[n]!.requests.length
        replies[n] = answers.slice(at, at + count)
        at += count
      }
    }),
  )
  return replies
}

const lines = (headers: readonly [string, string][]): string =>
  headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')

/** The request on the wire. */
function bytesOf({ method, path, headers, answer, body, chunks }: Request, side: Side, n: number, i: number): string {
  const answered: [string, string][] = answer.length > 0 ? [[ANSWER, hex(lines(answer))]] : []
  const own: [string, string][] = [['host', hostOf(n)], ['x-case', caseId(side, n, i)], ...answered]
  const head = (framing: [string, string][]): string =>
    `${method} ${path} HTTP/1.1\r\n${lines([...own, ...headers, ...framing])}\r\n`
  if (!chunks) return `${head(body === '' ? [] : [['content-length', String(body.length)]])}${body}`
  const pieces = Array.from({ length: Math.ceil(body.length / chunks.size) }, (_, k) =>
    body.slice(k * chunks.size, (k + 1) * chunks.size),
  )
  const chunked = pieces.map(piece => `${piece.length.toString(16)}\r\n${piece}\r\n`).join('')
  return `${head([['transfer-encoding', 'chunked']])}${chunked}0\r\n${lines(chunks.trailers)}\r\n`
}

/** Waits until `count` reaches what is expected, or has not moved for as long as one can be patient. */
async function settled(count: () => number, expected: number): Promise<void> {
  let last = count()
  let since = performance.now()
  while (count() < expected && performance.now() - since < PATIENCE_MS) {
    await new Promise(done => setTimeout(done, 5))
    if (count() === last) continue
    last = count()
    since = performance.now()
  }
}

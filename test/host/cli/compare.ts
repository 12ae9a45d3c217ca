// What a case expects against what became of it: one line per thing that is not as it should be.
import { type Headers, type Outcome, text } from '../core/index.ts'
import type { ExpectPart, Wanted } from './cases.ts'

const shown = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value))

const agrees = (wanted: Wanted, got: string | string[] | undefined): boolean => {
  if (wanted === null) return got === undefined
  if (Array.isArray(wanted))
    return JSON.stringify(wanted.map(String)) === JSON.stringify(Array.isArray(got) ? got : [got])
  if (Array.isArray(got)) return false
  const pattern = typeof wanted === 'string' ? /^\/(.*)\/$/s.exec(wanted) : null
  // `/path` is a text, `/…/` with anything inside is a pattern.
  if (pattern && pattern[1] !== '') return got !== undefined && new RegExp(pattern[1]!).test(got)
  return got === String(wanted)
}

export const compare = (expected: ExpectPart, outcome: Outcome): string[] => {
  const wrong: string[] = []
  const want = (what: string, wanted: Wanted | undefined, got: string | string[] | undefined): void => {
    if (wanted !== undefined && !agrees(wanted, got))
      wrong.push(`${what}: expected ${shown(wanted)}, got ${shown(got)}`)
  }
  const wantHeaders = (what: string, wanted: Record<string, Wanted> | undefined, got: Headers | undefined): void => {
    for (const [name, value] of Object.entries(wanted ?? {})) {
      const all = got?.all(name) ?? []
      want(`${what} ${name}`, value, Array.isArray(value) || all.length > 1 ? all : all[0])
    }
  }
  const { response, upstream, localReply } = outcome
  if (outcome.traps[0]) {
    const { callback, message } = outcome.traps[0]
    wrong.push(`the module trapped in ${callback}: ${message}`)
  }
  want('status', expected.status, response && String(response.status))
  wantHeaders('response header', expected.headers, response?.headers)
  want('response body', expected.body, response && text(response.body))
  wantHeaders('response trailer', expected.trailers, response?.trailers)
  if (expected.upstream === null) {
    if (upstream) wrong.push(`upstream: expected nothing, got ${upstream.method} ${upstream.path}`)
  } else if (expected.upstream) {
    const part = expected.upstream
    if (!upstream) wrong.push('upstream: expected a request, got nothing')
    else {
      want('upstream method', part.method, upstream.method)
      want('upstream path', part.path, upstream.path)
      want('upstream authority', part.authority, upstream.authority)
      wantHeaders('upstream header', part.headers, upstream.headers)
      want('upstream body', part.body, text(upstream.body))
      want('attempts', part.attempts, String(outcome.attempts.length))
    }
  }
  if (expected.localReply === null && localReply) wrong.push(`local reply: expected none, got ${localReply.status}`)
  if (expected.localReply) {
    want('local reply status', expected.localReply.status, localReply && String(localReply.status))
    want('local reply details', expected.localReply.details, localReply?.details)
    want('local reply body', expected.localReply.body, localReply?.body)
  }
  if (expected.paused !== undefined) want('paused', expected.paused, outcome.paused)
  else if (outcome.paused) wrong.push(`the ${outcome.paused} is held by the plugin`)
  if (expected.calls) {
    want('calls', expected.calls.length, String(outcome.httpCalls.length))
    for (const [i, call] of expected.calls.entries()) {
      const made = outcome.httpCalls[i]
      want(`call ${i + 1} cluster`, call.cluster, made?.cluster)
      want(`call ${i + 1} path`, call.path, made?.headers.get(':path'))
      want(`call ${i + 1} body`, call.body, made && text(made.body))
    }
  }
  for (const wanted of expected.logs ?? []) {
    if (!outcome.logs.some(line => agrees(wanted, line.message))) wrong.push(`logs: no line is ${shown(wanted)}`)
  }
  for (const [name, value] of Object.entries(expected.metrics ?? {})) {
    want(`metric ${name}`, value, String(outcome.metrics[name] ?? 0))
  }
  if (expected.decision !== undefined && JSON.stringify(expected.decision) !== JSON.stringify(outcome.decision)) {
    wrong.push(`decision: expected ${shown(expected.decision)}, got ${shown(outcome.decision)}`)
  }
  return wrong
}

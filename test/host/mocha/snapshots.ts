// Outcomes as text that a person can read and review, kept beside the tests: `snapshots/FILE.txt`, one section per snapshot.
//
//   useSnapshots(import.meta.url)                     once in a describe
//   expect(outcome).to.matchSnapshot()
//
// UPDATE_SNAPSHOTS=1 writes what is new or different; under CI a missing snapshot is a failure.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Assertion } from 'chai'
import type { Headers, Outcome } from '../core/index.ts'

declare global {
  namespace Chai {
    interface Assertion {
      matchSnapshot(): void
    }
  }
}

interface File {
  path: string
  sections: Map<string, string>
  changed: boolean
}

let current: { file: File; test: string; number: number } | undefined

/** To be called in a `describe`: its tests keep their snapshots beside their file. */
export const useSnapshots = (url: string): void => {
  let file: File
  before(() => {
    file = read(url)
  })
  beforeEach(function () {
    current = { file, test: this.currentTest!.fullTitle(), number: 0 }
  })
  after(() => {
    if (file.changed) write(file)
    current = undefined
  })
}

Assertion.addMethod('matchSnapshot', function (this: { _obj: unknown; assert(...args: unknown[]): void }) {
  if (!current) throw new Error('matchSnapshot needs useSnapshots(import.meta.url) in the describe')
  const { file, test } = current
  current.number++
  const title = current.number === 1 ? test : `${test} (${current.number})`
  const text = typeof this._obj === 'string' ? this._obj : describeOutcome(this._obj as Outcome)
  const held = file.sections.get(title)
  const mayWrite = process.env.UPDATE_SNAPSHOTS === '1' || (held === undefined && process.env.CI === undefined)
  if (held !== text && mayWrite) {
    file.sections.set(title, text)
    file.changed = true
    return
  }
  this.assert(held === text, `snapshot "${title}" differs`, 'expected another outcome', held, text, true)
})

const HEAD = '## '

const read = (url: string): File => {
  const test = fileURLToPath(url)
  const path = join(dirname(test), 'snapshots', `${basename(test).replace(/\.test\.ts$/, '')}.txt`)
  const sections = new Map<string, string>()
  let text = ''
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    // None yet.
  }
  for (const part of text.split(`\n${HEAD}`).map((section, i) => (i === 0 ? section.replace(HEAD, '') : section))) {
    const end = part.indexOf('\n')
    if (end > 0) sections.set(part.slice(0, end), part.slice(end + 1).trimEnd())
  }
  return { path, sections, changed: false }
}

const write = (file: File): void => {
  mkdirSync(dirname(file.path), { recursive: true })
  const sections = [...file.sections].sort(([a], [b]) => (a < b ? -1 : 1))
  writeFileSync(file.path, sections.map(([title, text]) => `${HEAD}${title}\n${text}\n`).join('\n'))
}

const utf8 = new TextDecoder()

const lines = (headers: Headers | undefined, skip: readonly string[]): string[] =>
  [...(headers ?? [])].filter(([name]) => !skip.includes(name)).map(([name, value]) => `  ${name}: ${value}`)

const bodyLines = (body: Uint8Array): string[] =>
  body.length === 0 ? [] : [`  body ${JSON.stringify(utf8.decode(body))}`]

/** What became of a request, for people. */
export const describeOutcome = (outcome: Outcome): string => {
  const out: string[] = []
  const pseudo = [':method', ':path', ':authority', ':scheme', ':status']
  if (outcome.attempts.length === 0) out.push('upstream: nothing')
  for (const [i, { method, path, authority, headers, body, trailers, complete }] of outcome.attempts.entries()) {
    const which = outcome.attempts.length > 1 ? ` ${i + 1}` : ''
    out.push(`upstream${which}: ${method} ${path} at ${authority}${complete ? '' : ' (cut off)'}`)
    out.push(...lines(headers, pseudo), ...bodyLines(body), ...(trailers ? ['  trailers', ...lines(trailers, [])] : []))
  }
  const { response, localReply } = outcome
  if (!response) out.push('client: nothing')
  else {
    out.push(`client: ${response.status}${localReply ? ` (the filter's own: ${localReply.details})` : ''}`)
    out.push(...lines(response.headers, pseudo), ...bodyLines(response.body))
    if (response.trailers) out.push('  trailers', ...lines(response.trailers, []))
  }
  if (outcome.paused) out.push(`paused: ${outcome.paused}`)
  if (outcome.reset !== undefined) out.push(`reset: ${outcome.reset}`)
  for (const call of outcome.httpCalls) {
    out.push(
      `call: ${call.headers.get(':method')} ${call.headers.get(':path')} to ${call.cluster}, ${call.timeoutMs} ms`,
    )
    out.push(...lines(call.headers, pseudo), ...bodyLines(call.body))
  }
  for (const { level, message } of outcome.logs) out.push(`log: ${level} ${message}`)
  for (const [name, by] of Object.entries(outcome.metrics)) out.push(`metric: ${name} +${by}`)
  if (outcome.decision !== undefined) out.push(`decision: ${JSON.stringify(outcome.decision)}`)
  for (const { callback, message } of outcome.traps) out.push(`trap: ${callback}: ${message}`)
  return out.join('\n')
}

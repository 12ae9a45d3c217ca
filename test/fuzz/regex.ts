// PathRewrite by expression: our automaton and its replacement against RE2 in `regex_rewrite`, on small expressions over the
// bytes that paths are made of.
import { INSTRUCTION } from '../../filters/regex/program.ts'
import { regex as compile } from '../../filters/regex/regex.ts'
import { emptyPlan } from '../filters/suite.ts'
import { DIFFERENCES, without } from './differences.ts'
import type { Random } from './random.ts'
import { smallerText } from './shrink.ts'
import type { Subject } from './subject.ts'
import { viewOf } from './view.ts'

export interface RegexConfig {
  regex: string
  value: string
}

const ATOMS = ['a', 'b', '/', 'ab', '/a', '.', '[^/]', '[ab]', '[^a]', '[a-c/]', '\\d', '\\w', '\\.', '%', '\\b', '']
const REPEATS = ['', '', '', '*', '+', '?', '*?', '+?', '??', '{2}', '{1,2}', '{0,1}?']
const PATHS = ['a', 'b', 'ab', 'ba', 'abc', 'aab', '', '1', 'a.b', '%41', '~', 'A']

const term = (random: Random, depth: number): string => {
  const atom = depth < 2 && random.once(3) ? group(random, depth + 1) : random.pick(ATOMS)
  const repeat = random.pick(REPEATS)
  return atom.length > 1 && !/^[([\\]/.test(atom) && repeat !== '' ? `(?:${atom})${repeat}` : atom + repeat
}

const group = (random: Random, depth: number): string => {
  const inside = random.list(1, 2, () => terms(random, depth)).join('|')
  return random.once(3) ? `(?:${inside})` : `(${inside})`
}

const terms = (random: Random, depth: number): string => random.list(1, 3, () => term(random, depth)).join('')

/** Envoy takes RE2 programs of up to 100 instructions; ours are about as long. */
const MOST_INSTRUCTIONS = 60

const isUsable = ({ regex, value }: RegexConfig): boolean => {
  const compiled = compile(regex)
  if (regex === '' || !compiled.ok || compiled.program.length > MOST_INSTRUCTIONS * INSTRUCTION) return false
  const groups = compiled.program[2] ?? 0
  return value
    .split('\\')
    .slice(1)
    .every(rest => Number(rest[0]) <= groups)
}

const config = (random: Random): RegexConfig => {
  for (;;) {
    const regex = `${random.once(3) ? '^' : ''}${terms(random, 0)}${random.once(5) ? '$' : ''}`
    const value = random.list(0, 3, () => random.pick(['/', 'x', '/y', '\\0', '\\1', '\\2', '%2F'])).join('')
    if (isUsable({ regex, value })) return { regex, value }
  }
}

export const regex: Subject<RegexConfig> = {
  name: 'regex',
  filters: [],
  isSequence: false,
  copies: () => 0,
  config,
  request: random => ({
    method: 'GET',
    path: `/${random.list(0, 4, () => random.pick(PATHS)).join('/')}${random.once(4) ? '?a/b=ab' : ''}`,
    headers: [],
    answer: [],
    body: '',
  }),
  plan: ({ regex, value }) => ({
    ...emptyPlan(),
    upstream: {
      request: [{ type: 'Rewrite', policy: 'fuzz/regex', computed: { type: 'ReplaceRegexMatch', regex, value } }],
      response: [],
    },
  }),
  native: ({ regex, value }) => ({
    routes: [{ match: { prefix: '/' }, action: { regex_rewrite: { pattern: { regex }, substitution: value } } }],
  }),
  smaller: ({ regex, value }) =>
    [
      ...smallerText(regex).map(less => ({ regex: less, value })),
      ...smallerText(value).map(less => ({ regex, value: less })),
    ].filter(isUsable),
  view: outcome =>
    viewOf({
      ...outcome,
      request: outcome.request && without(DIFFERENCES.regexRequests, outcome.request, outcome.request),
    }),
  known: (config, request, wasm, native) =>
    DIFFERENCES.regex.find(({ applies }) => applies({ config, request, wasm, native }))?.name,
}

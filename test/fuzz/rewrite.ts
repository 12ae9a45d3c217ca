// URL rewrite: our operation against `prefix_rewrite` below `path_separated_prefix`, `regex_rewrite` and
// `host_rewrite_literal`, as other gateways translate the Gateway API.
import { emptyPlan } from '../filters/suite.ts'
import { DIFFERENCES, without } from './differences.ts'
import type { Random } from './random.ts'
import { smallerText } from './shrink.ts'
import type { Native, Subject } from './subject.ts'
import { viewOf } from './view.ts'

export interface RewriteConfig {
  host?: string
  path?: { type: 'ReplaceFullPath'; value: string } | { type: 'ReplacePrefixMatch'; prefix: string; value: string }
}

const HOSTS = ['shop.internal', 'shop.internal:8443', '10.0.0.1', '[::1]:80', 'a', "x!$&'()*+,;=~", 'a%2eb']
const SEGMENTS = ['a', 'b', 'foo', 'foobar', 'v1', '%41', '%2F', 'a;b=c', "!$&'()*+,=:@", '~', '-._']
/** What clients also send. */
const WILD_SEGMENTS = [
  '',
  '.',
  '..',
  '%2e',
  '.%2E',
  '%2e%2E',
  '...',
  '%',
  '%4',
  '%zz',
  '"',
  '<a>',
  '[1]',
  '{x}',
  '|',
  '\\',
  '^',
  '`',
]
const QUERIES = ['?', '?a=b', '?a[]=1&b', '?x=/../y', '??', '?a%20b', '?"', '?%', '?a=b?c=d/']

const path = (random: Random, least: number): string =>
  random.list(least, 3, () => `/${random.pick(SEGMENTS)}`).join('') + (random.once(3) ? '/' : '')

const clientPath = (random: Random, { path: rule }: RewriteConfig): string => {
  const prefix = rule?.type === 'ReplacePrefixMatch' && !random.once(5) ? withoutSlash(rule.prefix) : ''
  const segment = () => (random.once(4) ? random.pick(WILD_SEGMENTS) : random.pick(SEGMENTS))
  const rest = random.list(0, 4, () => `/${segment()}`).join('')
  const glued = random.once(12) ? random.pick(SEGMENTS) : ''
  return `${prefix}${glued}${rest}${random.once(3) ? random.pick(QUERIES) : ''}`.replace(/^(?!\/)/, '/')
}

const withoutSlash = (text: string): string => text.replace(/\/$/, '')

/** RE2 has no replacement of its own for a literal backslash or dollar: RFC 3986 paths hold no backslash. */
const literally = (text: string): string => text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&')

const regex = (pattern: string, substitution: string) => ({
  regex_rewrite: { pattern: { regex: pattern }, substitution },
})

function nativeOf({ host, path: rule }: RewriteConfig): Native {
  const ofHost = host === undefined ? {} : { host_rewrite_literal: host }
  if (!rule) return { routes: [{ match: { prefix: '/' }, action: ofHost }] }
  if (rule.type === 'ReplaceFullPath')
    return { routes: [{ match: { prefix: '/' }, action: { ...ofHost, ...regex('^.*$', rule.value) } }] }
  const prefix = withoutSlash(rule.prefix)
  const value = withoutSlash(rule.value)
  const match = prefix === '' ? { prefix: '/' } : { path_separated_prefix: prefix }
  const replace =
    value === '' ? regex(`^${literally(prefix)}/*`, '/') : { prefix_rewrite: prefix === '' ? `${value}/` : value }
  // A path that is not below the prefix is not on the route of the rewrite: nothing happens to it.
  return { routes: [{ match, action: { ...ofHost, ...replace } }, { match: { prefix: '/' } }] }
}

export const rewrite: Subject<RewriteConfig> = {
  name: 'rewrite',
  filters: [],
  isSequence: false,
  copies: () => 0,
  config: random => ({
    ...(random.once(2) ? { host: random.pick(HOSTS) } : {}),
    ...(random.once(6)
      ? {}
      : {
          path: random.once(3)
            ? { type: 'ReplaceFullPath', value: path(random, 1) }
            : { type: 'ReplacePrefixMatch', prefix: path(random, 1), value: path(random, 0) },
        }),
  }),
  request: (random, config) => ({
    method: random.pick(['GET', 'POST']),
    path: clientPath(random, config),
    headers: random.once(20) ? [['x-envoy-original-path', '/forged']] : [],
    answer: [],
    body: '',
  }),
  plan: config => ({
    ...emptyPlan(),
    upstream: { request: [{ type: 'Rewrite', policy: 'fuzz/rewrite', ...config }], response: [] },
  }),
  native: nativeOf,
  smaller: ({ host, path: rule }) => [
    ...(host !== undefined && rule ? [{ path: rule }, { host }] : []),
    ...(rule?.type === 'ReplacePrefixMatch'
      ? [
          ...smallerPath(rule.prefix).map(prefix => ({ path: { ...rule, prefix } })),
          ...smallerPath(rule.value).map(value => ({ path: { ...rule, value } })),
        ]
      : rule
        ? smallerPath(rule.value).map(value => ({ path: { ...rule, value } }))
        : []),
  ],
  view: outcome =>
    viewOf({
      ...outcome,
      request: outcome.request && without(DIFFERENCES.rewriteRequests, outcome.request, outcome.request),
    }),
  known: (config, request, wasm, native) =>
    DIFFERENCES.rewrite.find(({ applies }) => applies({ config, request, wasm, native }))?.name,
}

const smallerPath = (text: string): string[] =>
  text === ''
    ? []
    : smallerText(text.slice(1))
        .map(rest => `/${rest}`)
        .filter(isEncodable)

/** Made smaller, an escape may be cut and dot segments may appear, which no plan holds. */
const isEncodable = (text: string): boolean =>
  !/%(?![0-9a-f]{2})/i.test(text) && !text.split('/').some(segment => /^(\.|%2e){1,2}$/i.test(segment))

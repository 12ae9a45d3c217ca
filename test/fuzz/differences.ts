// Where our filters and Envoy's own features may differ: the written list, each entry with its reason and with a test of
// whether a case is an instance of it. Whatever is not on it is a bug. Beyond these, two things are not compared at all:
// the order of headers of different names, and what shows the time.
import type { HeadersConfig } from './headers.ts'
import type { MirrorConfig } from './mirror.ts'
import type { MutationsConfig } from './mutations.ts'
import type { RateLimitConfig } from './rate-limit.ts'
import type { RegexConfig } from './regex.ts'
import type { RewriteConfig } from './rewrite.ts'
import type { Outcome, Request } from './subject.ts'
import type { Message } from './wire.ts'

export interface Compared<Config> {
  config: Config
  request: Request
  wasm: Outcome
  native: Outcome
}

export interface Difference<Config> {
  name: string
  reason: string
  applies(compared: Compared<Config>): boolean
}

/** A difference in one header of every message of a kind: taken out before the two sides are compared. */
export interface HeaderDifference {
  name: string
  reason: string
  /** The value to compare; undefined: none. `request` is what the backend got. */
  edit(header: [name: string, value: string], request: Message | undefined): string | undefined
}

/** The message without what may differ. */
export const without = (list: HeaderDifference[], message: Message, request: Message | undefined): Message => ({
  ...message,
  headers: message.headers.flatMap(([name, value]): [string, string][] => {
    let edited: string | undefined = value
    for (const { edit } of list) edited = edited === undefined ? undefined : edit([name, edited], request)
    return edited === undefined ? [] : [[name, edited]]
  }),
})

const statusOf = ({ reply }: Outcome): string => (reply === 'closed' ? reply : (reply.line.split(' ')[1] ?? ''))

const headers: Difference<HeadersConfig>[] = []

const rewrite: Difference<RewriteConfig>[] = [
  {
    name: 'unsafe path',
    reason:
      'Envoy sends a rewritten path upstream whatever it holds; we answer 400 when it is not one by RFC 3986, or when its ' +
      'dot segments lead out of the replacement.',
    applies: ({ config, wasm, native }) => {
      const sent = native.request?.line.split(' ')[1]
      if (!config.path || sent === undefined || statusOf(wasm) !== '400' || wasm.request) return false
      const isRewritten = native.request?.headers.some(([name]) => name === 'x-envoy-original-path')
      return isRewritten === true && !isSafe(sent, config.path.value)
    },
  },
]

const rewriteRequests: HeaderDifference[] = [
  {
    name: 'x-envoy-original-host',
    reason:
      'Envoy leaves the host that it replaces in a header; for us that would be two more calls of the host a request.',
    edit: ([name, value]) => (name === 'x-envoy-original-host' ? undefined : value),
  },
]

/** RFC 3986, 3.3, said another way than the filter says it; depth is counted from the end of the replacement. */
function isSafe(target: string, replacement: string): boolean {
  const [path = '', query = ''] = target.split(/\?(.*)/s, 2)
  if (!/^\/([A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*$/.test(path)) return false
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\x00-\x20\x7f#]/.test(query)) return false
  let depth = 0
  for (const segment of path.slice(replacement.replace(/\/$/, '').length).split('/')) {
    const plain = segment.replace(/%2e/gi, '.')
    if (plain === '..') depth--
    else if (plain !== '.' && plain !== '') depth++
    if (depth < 0) return false
  }
  return true
}

const mirror: Difference<MirrorConfig>[] = [
  {
    name: 'nothing to sample by',
    reason: 'Without the header that the sample goes by, chance decides. Only cases that were made smaller lack it.',
    applies: ({ config, request }) => !request.headers.some(([name]) => name === config.sampleBy),
  },
]

const mirrorCopies: HeaderDifference[] = [
  {
    name: 'framing of the copy',
    reason:
      'Envoy streams a copy with the framing of the request; ours is gathered first and has a content-length. It has no ' +
      'trailers: Envoy sends none with a call that a filter makes.',
    edit: ([name, value]) => (name === 'transfer-encoding' ? undefined : value),
  },
  {
    name: 'hop-by-hop headers',
    reason: 'Envoy copies what belongs to one hop only (RFC 9110, 7.6.1); a copy of ours begins a hop of its own.',
    edit: ([name, value]) => (['te', 'keep-alive', 'proxy-connection'].includes(name) ? undefined : value),
  },
  {
    name: 'x-sluice-copy',
    reason: 'Our copies say that they are copies, so that none is copied again.',
    edit: ([name, value]) => (name === 'x-sluice-copy' ? undefined : value),
  },
  {
    name: 'timeout of the copy',
    reason: 'A copy of ours is a request of its own with the timeout of the mirror, not that of the route.',
    edit: ([name, value]) => (name === 'x-envoy-expected-rq-timeout-ms' ? undefined : value),
  },
  {
    name: 'x-forwarded-for',
    reason: 'Envoy appends its own address on a copy; ours says the same as the request that the backend gets.',
    edit: ([name, value], request) => {
      const own = request?.headers.find(([key]) => key === name)?.[1]
      return name === 'x-forwarded-for' && own !== undefined && /^,?[\d.]+$/.test(value.slice(own.length)) ? own : value
    },
  },
]

const rateLimit: Difference<RateLimitConfig>[] = [
  {
    name: 'missing key',
    reason:
      'Envoy leaves a request without the header of a key unlimited; for us a missing value is a bucket of its own.',
    applies: ({ config, request, wasm, native }) =>
      statusOf(wasm) === '429' &&
      statusOf(native) === '200' &&
      config.key.some(part => part.type === 'Header' && !request.headers.some(([name]) => name === part.name)),
  },
]

const mutations: Difference<MutationsConfig>[] = [
  {
    name: 'empty source',
    reason: 'Envoy’s format strings cannot tell an empty header from an absent one; for us an empty value is a value.',
    applies: ({ config, request: { headers, answer } }) => {
      const values = [...config.request, ...config.response].flatMap(edit =>
        edit.action === 'Remove' ? [] : [edit.value],
      )
      const isEmpty = ([, value]: [string, string]): boolean => value.trim() === ''
      return (
        values.some(({ type }) => type === 'Header') &&
        (headers.some(isEmpty) ||
          answer.some(isEmpty) ||
          values.some(value => value.type === 'Text' && !value.text.trim()))
      )
    },
  },
]

const regex: Difference<RegexConfig>[] = [
  {
    name: 'unsafe path',
    reason:
      'As for other rewrites; no beginning of the path is fixed, so that dot segments may not lead out of the root.',
    applies: ({ wasm, native }) => {
      const sent = native.request?.line.split(' ')[1]
      return sent !== undefined && statusOf(wasm) === '400' && !wasm.request && !isSafe(sent, '')
    },
  },
  {
    name: 'empty path',
    reason: 'Envoy keeps the path when nothing is left of it, and says so by no x-envoy-original-path; we answer 400.',
    applies: ({ wasm, native }) =>
      statusOf(wasm) === '400' &&
      !wasm.request &&
      native.request?.headers.some(([name]) => name === 'x-envoy-original-path') === false,
  },
]

const regexRequests: HeaderDifference[] = [
  {
    name: 'x-envoy-original-path of a path that stays',
    reason: 'Envoy says that it has rewritten a path when its expression has not matched.',
    edit: ([name, value], request) =>
      name === 'x-envoy-original-path' && request?.line.split(' ')[1] === value ? undefined : value,
  },
]

export const DIFFERENCES = {
  headers,
  mutations,
  regex,
  regexRequests,
  rewrite,
  rewriteRequests,
  mirror,
  mirrorCopies,
  rateLimit,
}

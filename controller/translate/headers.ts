// A header modifier filter in, the operation of the plan out, or why its values must not reach the wire. Names that
// differ in case only are one header; of several entries for it the first counts (HTTPHeaderFilter). Envoy checks none
// of this: a line break in a value would split a response in two.
import type { Header, HeadersOp } from '../../filters/plan/plan.ts'
import type { HTTPHeader, HTTPHeaderFilter } from '../model/kinds.ts'
import type { Outcome } from './conditions.ts'
import { unsupported } from './problems.ts'

export const headersOp = (filter: HTTPHeaderFilter, policy: string, at: string): Outcome<HeadersOp> => {
  const taken = new Set<string>()
  const set = entries(filter.set, `${at}.set`, taken)
  if (set.problem) return set
  const add = entries(filter.add, `${at}.add`, taken)
  if (add.problem) return add
  const remove: string[] = []
  for (const [index, given] of (filter.remove ?? []).entries()) {
    const problem = nameProblem(given, `${at}.remove[${index}]`)
    if (problem) return { problem }
    const name = given.toLowerCase()
    if (!taken.has(name)) remove.push(name)
    taken.add(name)
  }
  return { value: { type: 'Headers', policy, set: set.value, add: add.value, remove } }
}

const entries = (headers: readonly HTTPHeader[] | undefined, at: string, taken: Set<string>): Outcome<Header[]> => {
  const kept: Header[] = []
  for (const [index, header] of (headers ?? []).entries()) {
    const problem =
      nameProblem(header.name, `${at}[${index}].name`) ?? valueProblem(header.value, `${at}[${index}].value`)
    if (problem) return { problem }
    const name = header.name.toLowerCase()
    if (!taken.has(name)) kept.push({ name, value: header.value })
    taken.add(name)
  }
  return { value: kept }
}

/** RFC 9110 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** Message framing and the connection belong to the proxy (RFC 9110 7.6.1, RFC 9112 6). */
const FRAMING = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

const nameProblem = (name: string, at: string) => {
  if (name.startsWith(':'))
    return unsupported(at, `${name} is a pseudo-header`, 'use a URLRewrite filter for path and host')
  if (!TOKEN.test(name))
    return unsupported(at, `${JSON.stringify(name)} is no header name`, 'use letters, digits and hyphens')
  const lower = name.toLowerCase()
  if (lower === 'host') return unsupported(at, 'host is no header to modify', 'use urlRewrite.hostname')
  if (FRAMING.has(lower)) return unsupported(at, `${lower} frames the message and belongs to the proxy`, 'leave it out')
  return undefined
}

const LONGEST_VALUE = 8192

/** RFC 9110 5.5: visible characters, spaces and tabs, and bytes above ASCII as they are. */
const valueProblem = (value: string, at: string) => {
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index)
    if ((code < 32 && code !== 9) || code === 127)
      return unsupported(
        at,
        `holds the control character 0x${code.toString(16).padStart(2, '0')}, which could split a message`,
        'take it out',
      )
  }
  if (value !== value.trim()) return unsupported(at, 'begins or ends with white space', 'trim it')
  if (new TextEncoder().encode(value).length > LONGEST_VALUE)
    return unsupported(at, `is longer than ${LONGEST_VALUE} bytes`, 'shorten it')
  return undefined
}

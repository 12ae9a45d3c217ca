// A path modifier of a URLRewrite or RequestRedirect in, a checked path change out. The value must be an absolute path
// of RFC 3986 characters and nothing else: Envoy would send a space, a `?` or a `#` upstream as it is.
import type { PathChange } from '../ir/ir.ts'
import type { HTTPPathModifier, HTTPRouteMatch } from '../model/kinds.ts'
import type { Outcome } from './conditions.ts'
import { withoutTrailingSlash } from './match.ts'
import { unsupported } from './problems.ts'

/** `matches` are those of the rule: only a single path prefix can be replaced. */
export const pathChange = (
  path: HTTPPathModifier,
  matches: readonly HTTPRouteMatch[] | undefined,
  at: string,
): Outcome<PathChange> => {
  if (path.type === 'ReplaceFullPath') {
    const value = absolutePath(path.replaceFullPath ?? '', `${at}.replaceFullPath`)
    return value.problem ? value : { value: { type: 'ReplaceFullPath', value: value.value } }
  }
  if (path.type !== 'ReplacePrefixMatch')
    return {
      problem: unsupported(
        `${at}.type`,
        `${path.type} is no type of path modifier`,
        'use ReplaceFullPath or ReplacePrefixMatch',
      ),
    }
  const [match, ...others] = matches ?? []
  if (others.length > 0 || (match?.path && match.path.type !== 'PathPrefix'))
    return {
      problem: unsupported(
        `${at}.type`,
        'ReplacePrefixMatch needs exactly one match, of type PathPrefix',
        'split the rule',
      ),
    }
  const value = absolutePath(path.replacePrefixMatch ?? '', `${at}.replacePrefixMatch`)
  if (value.problem) return value
  const prefix = withoutTrailingSlash(match?.path?.value ?? '/')
  return { value: { type: 'ReplacePrefixMatch', prefix, value: withoutTrailingSlash(value.value) } }
}

/** pchar and `/` (RFC 3986 3.3); `%` only before two hexadecimal digits. */
const PATH = /^(?:[-A-Za-z0-9._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*$/

const absolutePath = (value: string, at: string): Outcome<string> => {
  if (value === '') return { value: '/' }
  if (!value.startsWith('/'))
    return { problem: unsupported(at, `${JSON.stringify(value)} does not begin with a slash`, 'begin it with /') }
  if (value.startsWith('//'))
    return { problem: unsupported(at, 'begins with two slashes, which names a host', 'begin it with one') }
  if (!PATH.test(value))
    return {
      problem: unsupported(
        at,
        `${JSON.stringify(value)} holds characters that no path may`,
        'percent-encode them (RFC 3986)',
      ),
    }
  if (value.split('/').some(segment => segment === '.' || segment === '..'))
    return { problem: unsupported(at, 'holds a dot segment', 'write the path without . and ..') }
  return { value }
}

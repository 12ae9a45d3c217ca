// Paths of requests: how they are read before anything is matched, and what path modifiers make of them.
import type { Match, PathChange } from '../objects.ts'

export const splitTarget = (target: string): { path: string; query: string; tail: string } => {
  const at = target.indexOf('?')
  if (at < 0) return { path: target, query: '', tail: '' }
  return { path: target.slice(0, at), query: target.slice(at + 1), tail: target.slice(at) }
}

/**
 * Our choice where the specification is silent: octets that need no encoding are decoded (RFC 3986 6.2.2.2), dot segments
 * removed (5.2.4), empty segments merged; nothing else is decoded.
 */
export const normalPath = (path: string): string => {
  const out: string[] = []
  const segments = path.split('/').slice(1)
  for (const [index, raw] of segments.entries()) {
    const segment = raw.replace(/%[\da-f]{2}/gi, octet => {
      const character = decodeOctet(octet)
      return /[\w.~-]/.test(character) ? character : octet
    })
    const isLast = index === segments.length - 1
    if (segment === '..') out.pop()
    if (segment === '.' || segment === '..') {
      if (isLast) out.push('')
    } else out.push(segment)
  }
  return `/${out.join('/')}`.replace(/\/{2,}/g, '/')
}

const decodeOctet = (octet: string): string => String.fromCharCode(Number.parseInt(octet.slice(1), 16))

/** HTTPPathModifier, and its table for prefixes. `path` is normal and matched `match`; a query stays. */
export const changedPath = (change: PathChange | undefined, match: Match, path: string): string => {
  if (!change) return path
  if (change.type === 'ReplaceFullPath') return change.replaceFullPath
  const prefix = (match.path?.value ?? '/').replace(/\/$/, '')
  const replacement = change.replacePrefixMatch.replace(/\/$/, '')
  const rest = path.slice(prefix.length)
  return replacement + rest || '/'
}

// What filters make of a request's headers, and where redirects lead (HTTPHeaderFilter, HTTPRequestRedirectFilter).
import type { Filter, HeaderEdits, Listener, Match, Redirect } from '../objects.ts'
import { changedPath } from './paths.ts'

type Headers = Record<string, string>

export const edited = ({ set = [], add = [], remove = [] }: HeaderEdits, headers: Headers): Headers => {
  const result = { ...headers }
  for (const name of remove) delete result[name.toLowerCase()]
  for (const { name, value } of set) result[name.toLowerCase()] = value
  for (const { name, value } of add) {
    const before = result[name.toLowerCase()]
    // "It appends to any existing values associated with the header name."
    result[name.toLowerCase()] = before === undefined ? value : `${before},${value}`
  }
  return result
}

export const ofType = <T extends Filter['type']>(filters: readonly Filter[] | undefined, type: T) =>
  (filters ?? []).filter((filter): filter is Extract<Filter, { type: T }> => filter.type === type)

/** The Location of a redirect. `path` is normal, `tail` the query with its mark. */
export const locationOf = (
  { scheme, hostname, port, path: change }: Redirect,
  match: Match,
  at: { listener: Listener; host: string; path: string; tail: string },
): string => {
  const actual = scheme ?? (at.listener.protocol === 'HTTPS' ? 'https' : 'http')
  const wellKnown = actual === 'https' ? 443 : 80
  // "If redirect scheme is not-empty, the well-known port; if empty, the Gateway Listener port."
  const wanted = port ?? (scheme === undefined ? at.listener.port : wellKnown)
  const authority = (hostname ?? at.host.replace(/:\d+$/, '')) + (wanted === wellKnown ? '' : `:${wanted}`)
  return `${actual}://${authority}${changedPath(change, match, at.path)}${at.tail}`
}

// A RequestRedirect filter and the listener it answers on in, the IR redirect out. The port of the Location follows
// HTTPRequestRedirectFilter.port: what is asked for, else the scheme's own, else the listener's.
import type { PathChange, Redirect } from '../ir/ir.ts'
import type { HTTPRequestRedirectFilter, HTTPRouteMatch } from '../model/kinds.ts'
import type { Outcome } from './conditions.ts'
import { pathChange } from './paths.ts'
import { unsupported } from './problems.ts'

/** How a listener is reached: what a redirect without scheme or port falls back to. */
export interface Face {
  scheme: 'http' | 'https'
  port: number
}

/** A redirect that still has to be told where it is asked. */
export type OpenRedirect = (face: Face) => Redirect

const WELL_KNOWN = { http: 80, https: 443 } as const

export const redirectOf = (
  filter: HTTPRequestRedirectFilter,
  matches: readonly HTTPRouteMatch[] | undefined,
  at: string,
): Outcome<OpenRedirect> => {
  const { scheme, hostname, port, statusCode } = filter
  if (scheme !== undefined && !Object.hasOwn(WELL_KNOWN, scheme))
    return { problem: unsupported(`${at}.scheme`, `${scheme} is no scheme we redirect to`, 'use http or https') }
  if (![301, 302, 303, 307, 308].includes(statusCode))
    return { problem: unsupported(`${at}.statusCode`, `${statusCode} is no redirect`, 'use 301, 302, 303, 307 or 308') }
  let path: PathChange | undefined
  if (filter.path) {
    const change = pathChange(filter.path, matches, `${at}.path`)
    if (change.problem) return change
    path = change.value
  }
  return {
    value: face => ({
      type: 'Redirect',
      status: statusCode,
      scheme: scheme ?? face.scheme,
      port: port ?? (scheme ? WELL_KNOWN[scheme] : face.port),
      ...(hostname ? { host: hostname } : {}),
      ...(path ? { path } : {}),
    }),
  }
}
